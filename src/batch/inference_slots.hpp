#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <span>
#include <vector>

#include "peel/image.hpp"
#include "peel/remover.hpp"

namespace peel {

/// The places at which pictures go through the network: so many at a time, each for a batch. A picture that finds the
/// others of its batch still on their way waits for them.
class InferenceSlots {
 public:
  /// Pictures through the network at a slot, results in the same order.
  using Run = std::function<std::vector<Result>(std::size_t slot, std::span<const Image> pictures)>;

  InferenceSlots(std::size_t slots, std::size_t batch, Run run);

  /// A picture that will come: it is being decoded. Ends when it has come, or with this object where it failed.
  class Coming {
   public:
    explicit Coming(InferenceSlots& slots);
    Coming(const Coming&) = delete;
    Coming& operator=(const Coming&) = delete;
    ~Coming();

   private:
    friend class InferenceSlots;
    InferenceSlots& slots_;
    bool counted_ = true;
  };

  /// Waits for its turn. Throws what the network throws for this picture.
  Result infer(const Image& picture, Coming& coming);

 private:
  struct Waiting {
    const Image* picture;
    Result result;
    std::exception_ptr error;
    bool taken = false;
    bool done = false;
  };

  bool leads(const Waiting& own) const;
  void run(std::size_t slot, std::span<Waiting* const> batch) const;

  std::size_t batch_;
  Run run_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::size_t> free_;
  std::deque<Waiting*> waiting_;
  std::size_t coming_ = 0;
};

}  // namespace peel
