#pragma once

#include <chrono>
#include <functional>
#include <thread>

namespace peel::test {

/// How long a test waits for what has to come: far longer than it takes on any machine, however busy.
constexpr std::chrono::milliseconds PATIENCE = std::chrono::seconds(60);

/// Waits for something another thread or process does; false where it does not come about.
inline bool comes_about(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + PATIENCE;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace peel::test
