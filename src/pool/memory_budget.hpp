#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <stop_token>

namespace peel {

/// Bytes that many threads share, and the most there should be in use. May be used from many threads.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::uint64_t bytes) : total_(bytes) {}

  /// What one user holds, given back when it ends. Its own functions are for one thread at a time.
  class Share {
   public:
    explicit Share(MemoryBudget& budget) : budget_(budget) {}
    /// Waits for so many bytes, in the order of asking. Where nothing else is in use it gets them even if they are more
    /// than there is. Throws Cancelled where `stop` is requested first.
    Share(MemoryBudget& budget, std::uint64_t bytes, const std::stop_token& stop = {});
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;
    ~Share() { shrink(bytes_); }

    /// Without waiting: so many more are counted in any case. False: that is more than there is.
    bool grow(std::uint64_t bytes);
    void shrink(std::uint64_t bytes);
    std::uint64_t bytes() const { return bytes_; }

   private:
    MemoryBudget& budget_;
    std::uint64_t bytes_ = 0;
  };

  std::uint64_t taken() const;
  void set_total(std::uint64_t bytes);

 private:
  std::uint64_t total_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::uint64_t taken_ = 0;
  std::deque<const Share*> waiting_;  ///< in the order of asking
};

}  // namespace peel
