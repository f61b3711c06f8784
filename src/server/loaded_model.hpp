#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>

#include "peel/pool.hpp"
#include "peel/remover.hpp"

namespace peel::server {

/// A model in memory: masks of pictures, from several threads at a time.
///
/// A picture that comes alone gets every core. Pictures that come together go through a RemoverPool, which makes more
/// of them in a second though each takes longer. Sessions of ONNX Runtime have their threads and their batch for life,
/// so the pool has its own, made when it is first of use.
class LoadedModel {
 public:
  /// Loads the model. `jobs`: pictures in the network at a time; 0: planned. Throws what BackgroundRemover's
  /// constructor throws.
  LoadedModel(const Settings& settings, int jobs);

  /// As BackgroundRemover::see(), between the making and the end of an InHand. Throws Cancelled where `stop` is
  /// requested while the picture waits.
  Mask see(const Image& picture, const Look& look, const std::stop_token& stop) const;

  /// Makes the pool now.
  void prepare() const;

  const SessionInfo& info() const { return alone_.session(); }
  int pictures_in_hand() const;  ///< so many keep it busy
  /// Bytes: what loading it took, by the process's growth (at least the size of its file), and what the runtime keeps
  /// of a run of the network for the next one, as planned by the network's input.
  std::uint64_t memory() const;

  /// A picture that is worked on. Threads for its other work: all where it is the only one in hand.
  class InHand {
   public:
    explicit InHand(const LoadedModel& model) : model_(model) { ++model_.in_hand_; }
    InHand(const InHand&) = delete;
    InHand& operator=(const InHand&) = delete;
    ~InHand() { --model_.in_hand_; }
    int threads() const { return model_.in_hand_ > 1 ? 1 : model_.threads_; }

   private:
    const LoadedModel& model_;
  };

 private:
  bool on_cpu() const { return info().provider == "cpu"; }
  const RemoverPool& pool() const;
  /// Null where the model cannot be loaded another time, its file being gone or damaged by now.
  const RemoverPool* pool_if_possible() const;

  PoolSettings pool_settings_;
  int threads_;
  mutable std::atomic<std::uint64_t> growth_ = 0;  ///< before what is measured
  BackgroundRemover alone_;
  mutable std::atomic<bool> pool_is_made_ = false;
  mutable std::atomic<bool> pool_failed_ = false;
  mutable std::atomic<int> in_hand_ = 0;
  mutable std::mutex mutex_;
  mutable std::optional<RemoverPool> pool_;  ///< made under the mutex, and not changed after
};

}  // namespace peel::server
