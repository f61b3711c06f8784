#pragma once

#include "peel/control.hpp"

namespace peel {

/// While one lives, the work of this thread can be ended: check_stopped() and parallel_for() throw Cancelled once the
/// stop is requested, and a network stops between two operators. So the loops below a public function need not hand a
/// token down. Without a stop that can be requested, one that is around it stays.
class StopScope {
 public:
  explicit StopScope(const std::stop_token& stop);
  StopScope(const StopScope&) = delete;
  StopScope& operator=(const StopScope&) = delete;
  ~StopScope();

 private:
  std::stop_token own_;
  const std::stop_token* outer_;
};

/// That of the innermost StopScope of this thread; one that is never requested where there is none.
std::stop_token current_stop() noexcept;

/// Throws Cancelled once the stop of this thread's StopScope is requested.
void check_stopped();

/// A step of some work begins. Throws Cancelled.
void begin_step(const Control& control, std::string_view what, std::uint64_t done, std::uint64_t total);

}  // namespace peel
