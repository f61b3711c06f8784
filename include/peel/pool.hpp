#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>

#include "peel/control.hpp"
#include "peel/export.hpp"
#include "peel/image.hpp"
#include "peel/mask.hpp"
#include "peel/remover.hpp"

namespace peel {

/// So many pictures in the network at a time, with so many threads each.
struct CoreSplit {
  int jobs = 1;
  int threads = 1;
  bool operator==(const CoreSplit&) const = default;
};

struct PoolSettings {
  /// The model and what it runs on. `threads` is for the network and the pixels of one picture; 0: planned.
  Settings remover;
  int jobs = 0;  ///< pictures in the network at a time, 1 to 1024; 0: planned, on a GPU two runs
  /// What the runs of the network should take no more of together, in bytes, where the cores' sharing out is planned;
  /// 0: no bound.
  std::uint64_t memory_bytes = 0;
  /// Try which sharing out of the cores is the fastest on this machine, and remember it in the user's cache: takes as
  /// long as some pictures, once for a model. Without: a thread a picture, or what was remembered.
  bool search = false;
};

class InferenceSlots;

/// A model that sees many pictures from many threads: so many at a time as the cores are shared out for, the others
/// wait in the order in which they come. On a GPU (Settings::batch) pictures go through the network together. One that
/// was moved from throws Error(usage), and its session() is empty.
class PEEL_API RemoverPool {
 public:
  /// Loads the model. Throws what BackgroundRemover's constructor throws, and Error(usage).
  explicit RemoverPool(PoolSettings settings);
  RemoverPool(RemoverPool&&) noexcept;
  RemoverPool& operator=(RemoverPool&&) noexcept;
  ~RemoverPool();

  /// A picture that is on its way: it is being read or decoded, and a batch that has room for it waits. Ends when see()
  /// has it, or with this object where it does not come. May not outlive its pool.
  class PEEL_API Expected {
   public:
    explicit Expected(const RemoverPool& pool);
    Expected(const Expected&) = delete;
    Expected& operator=(const Expected&) = delete;
    ~Expected();

   private:
    friend class RemoverPool;
    InferenceSlots& slots_;
    bool counted_ = true;
  };

  /// As BackgroundRemover::see(), when its turn has come. Throws Cancelled where `stop` is requested before that.
  Mask see(const Image& picture, const Look& look, Expected& expected, const std::stop_token& stop = {}) const;

  const SessionInfo& session() const noexcept;
  const CoreSplit& split() const noexcept;
  bool measured() const noexcept;         ///< `split` was found by trying, now or in an earlier run
  int pictures_in_hand() const noexcept;  ///< from reading to writing: so many keep the network busy

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace peel
