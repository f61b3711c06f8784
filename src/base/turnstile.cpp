#include "base/turnstile.hpp"

namespace peel {

Turnstile::Pass Turnstile::pass(std::uint64_t number) {
  std::unique_lock lock(mutex_);
  moved_.wait(lock, [&] { return stopped_ || next_ == number; });
  return Pass(stopped_ ? nullptr : this);
}

Turnstile::Pass::~Pass() {
  if (turnstile_ == nullptr) return;
  const std::scoped_lock lock(turnstile_->mutex_);
  ++turnstile_->next_;
  turnstile_->moved_.notify_all();
}

void Turnstile::stop() {
  const std::scoped_lock lock(mutex_);
  stopped_ = true;
  moved_.notify_all();
}

}  // namespace peel
