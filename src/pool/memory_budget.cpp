#include "pool/memory_budget.hpp"

#include <algorithm>

#include "peel/pool.hpp"

namespace peel {

MemoryBudget::Share::Share(MemoryBudget& budget, std::uint64_t bytes, const std::stop_token& stop) : budget_(budget) {
  std::unique_lock lock(budget.mutex_);
  // In turn: a large picture would otherwise wait for ever behind small ones that always fit.
  budget.waiting_.push_back(this);
  const bool admitted = budget.changed_.wait(lock, stop, [&] {
    return budget.waiting_.front() == this &&
           (budget.taken_ == 0 || bytes <= budget.total_ - std::min(budget.taken_, budget.total_));
  });
  std::erase(budget.waiting_, this);
  budget.changed_.notify_all();
  if (!admitted) throw Cancelled();
  budget.taken_ += bytes;
  bytes_ = bytes;
}

bool MemoryBudget::Share::grow(std::uint64_t bytes) {
  const std::scoped_lock lock(budget_.mutex_);
  bytes_ += bytes;
  budget_.taken_ += bytes;
  return budget_.taken_ <= budget_.total_;
}

void MemoryBudget::Share::shrink(std::uint64_t bytes) {
  const std::scoped_lock lock(budget_.mutex_);
  bytes_ -= bytes;
  budget_.taken_ -= bytes;
  budget_.changed_.notify_all();
}

std::uint64_t MemoryBudget::taken() const {
  const std::scoped_lock lock(mutex_);
  return taken_;
}

void MemoryBudget::set_total(std::uint64_t bytes) {
  const std::scoped_lock lock(mutex_);
  total_ = bytes;
  changed_.notify_all();
}

}  // namespace peel
