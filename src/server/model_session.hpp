#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "batch/inference_slots.hpp"
#include "peel/remover.hpp"

namespace peel::server {

/// A model that is loaded: masks of pictures, from several threads at a time.
///
/// A picture that comes alone gets every core. Pictures that come together have a core each, or on a GPU go through the
/// network together, which makes more of them in a second though each takes longer. Sessions of ONNX Runtime have their
/// threads and their batch for life, so these are two, of which the second is made when it is first of use.
class ModelSession {
 public:
  /// Loads the model. `together`: pictures at a time; 0: planned. Throws what BackgroundRemover's constructor throws.
  ModelSession(const Settings& settings, int together);

  /// What BackgroundRemover::remove() makes with Kind::network_mask, or with `options.compat` and a model of classes
  /// all of what was asked for: `whole` tells which.
  struct Seen {
    Result result;
    bool whole = false;
  };
  /// Between the making and the end of an InHand.
  Seen see(const Image& picture, const RemoveOptions& options) const;

  /// Makes the second session now.
  void prepare() const;

  const SessionInfo& info() const { return alone_.session(); }
  int together() const { return together_; }
  /// Pictures in each run of the network, of those that come together.
  int batch_together() const;
  /// Bytes: what loading it took, by the process's growth (at least the size of its file), and what the runtime keeps
  /// of a run of the network for the next one, as planned by the network's input.
  std::uint64_t memory() const;

  /// A picture that is worked on. Threads for its other work: all where it is the only one in hand.
  class InHand {
   public:
    explicit InHand(const ModelSession& session) : session_(session) { ++session_.in_hand_; }
    InHand(const InHand&) = delete;
    InHand& operator=(const InHand&) = delete;
    ~InHand() { --session_.in_hand_; }
    int threads() const { return session_.in_hand_ > 1 ? 1 : session_.threads_; }

   private:
    const ModelSession& session_;
  };

 private:
  struct Together {
    std::vector<BackgroundRemover> removers;
    std::unique_ptr<InferenceSlots> slots;
  };
  const Together& loaded_together() const;

  Settings settings_;
  int threads_;
  mutable std::atomic<std::uint64_t> memory_ = 0;  ///< before what is measured
  BackgroundRemover alone_;
  int together_;
  mutable std::atomic<bool> two_sessions_ = false;
  mutable std::atomic<int> in_hand_ = 0;
  mutable std::mutex mutex_;
  mutable Together shared_;  ///< made under the mutex, and not changed after
};

}  // namespace peel::server
