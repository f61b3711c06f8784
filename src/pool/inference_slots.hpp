#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <span>
#include <stop_token>
#include <vector>

#include "peel/remover.hpp"

namespace peel {

/// The places at which pictures go through the network: so many at a time, each for a batch of pictures in which the
/// same is looked for. A picture that finds the others of its batch still on their way waits for them.
class InferenceSlots {
 public:
  /// Pictures through the network at a slot, their masks in the same order.
  using Run = std::function<std::vector<Mask>(std::size_t slot, std::span<const Image> pictures, const Look& look)>;

  InferenceSlots(std::size_t slots, std::size_t batch, Run run);

  /// A picture will come: see() is called for it, or withdraw().
  void expect();
  void withdraw();

  /// Of a picture that was expected, when its turn has come. Throws what the network throws for it, and Cancelled where
  /// `stop` is requested while it waits.
  Mask see(const Image& picture, const Look& look, const std::stop_token& stop = {});

 private:
  struct Waiting {
    const Image* picture;
    const Look* look;
    Mask mask;
    std::exception_ptr error;
    bool taken = false;
    bool done = false;
  };

  std::size_t next_batch() const;
  bool leads(const Waiting& own) const;
  void run(std::size_t slot, std::span<Waiting* const> batch) const;

  std::size_t batch_;
  Run run_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<std::size_t> free_;
  std::deque<Waiting*> waiting_;
  std::size_t expected_ = 0;
};

}  // namespace peel
