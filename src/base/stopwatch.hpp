#pragma once

#include <chrono>
#include <utility>

namespace peel {

class Stopwatch {
 public:
  /// Milliseconds since it was made or last asked.
  double lap() {
    const auto now = Clock::now();
    return std::chrono::duration<double, std::milli>(now - std::exchange(last_, now)).count();
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point last_ = Clock::now();
};

}  // namespace peel
