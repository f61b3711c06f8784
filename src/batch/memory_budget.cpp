#include "batch/memory_budget.hpp"

#include <algorithm>

namespace peel {

MemoryBudget::Share::Share(MemoryBudget& budget, std::uint64_t bytes) : budget_(budget), bytes_(bytes) {
  std::unique_lock lock(budget.mutex_);
  // In turn: a large picture would otherwise wait for ever behind small ones that always fit.
  const std::uint64_t ticket = budget.next_ticket_++;
  budget.changed_.wait(lock, [&] {
    return budget.served_ == ticket &&
           (budget.taken_ == 0 || bytes <= budget.total_ - std::min(budget.taken_, budget.total_));
  });
  ++budget.served_;
  budget.taken_ += bytes;
  budget.changed_.notify_all();
}

MemoryBudget::Share::~Share() {
  const std::scoped_lock lock(budget_.mutex_);
  budget_.taken_ -= bytes_;
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
