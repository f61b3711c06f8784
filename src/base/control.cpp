#include "base/control.hpp"

namespace peel {
namespace {

thread_local const std::stop_token* current = nullptr;

}  // namespace

Cancelled::Cancelled() : Error(ErrorCode::cancelled, "cancelled") {}

StopScope::StopScope(const std::stop_token& stop) : own_(stop), outer_(current) {
  if (own_.stop_possible()) current = &own_;
}

StopScope::~StopScope() {
  current = outer_;
}

std::stop_token current_stop() noexcept {
  return current ? *current : std::stop_token();
}

void check_stopped() {
  if (current && current->stop_requested()) throw Cancelled();
}

void begin_step(const Control& control, std::string_view what, std::uint64_t done, std::uint64_t total) {
  if (control.stop.stop_requested()) throw Cancelled();
  check_stopped();
  if (control.progress) control.progress({what, done, total});
}

}  // namespace peel
