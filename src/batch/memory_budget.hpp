#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace peel {

/// Memory that is promised to who asks for it, in the order of asking, and never more of it than there is; but who
/// finds everything free gets what it wants even if that is more.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::uint64_t bytes) : total_(bytes) {}

  /// A share, given back when it ends.
  class Share {
   public:
    Share(MemoryBudget& budget, std::uint64_t bytes);
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;
    ~Share();

   private:
    MemoryBudget& budget_;
    std::uint64_t bytes_;
  };

  std::uint64_t taken() const;
  void set_total(std::uint64_t bytes);

 private:
  std::uint64_t total_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t taken_ = 0;
  std::uint64_t next_ticket_ = 0;
  std::uint64_t served_ = 0;
};

}  // namespace peel
