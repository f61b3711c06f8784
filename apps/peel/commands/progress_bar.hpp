#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace peel::cli {

enum class ProgressUnit { bytes, pictures, frames };

/// One line on a terminal that is drawn over and over: what, a bar, how much, how fast, how long still.
/// Not thread-safe: Console guards it.
class ProgressBar {
 public:
  void update(std::string_view what, std::uint64_t done, std::uint64_t total, ProgressUnit unit);
  /// Takes the line off the terminal, so that other text can be printed; the next update draws it again.
  void clear();

  /// "12/48  1.5/s  0:24 left"; `rate` is units a second, 0 where it is not known yet.
  static std::string numbers(std::uint64_t done, std::uint64_t total, ProgressUnit unit, double rate);
  /// The line for a terminal of so many columns.
  static std::string line(std::string_view what, std::uint64_t done, std::uint64_t total, ProgressUnit unit,
                          double rate, std::size_t columns);

 private:
  using Clock = std::chrono::steady_clock;
  std::string what_;
  std::uint64_t first_ = 0;  // where the count stood when the step began: a resumed download does not begin at 0
  Clock::time_point start_;
  Clock::time_point drawn_;
  bool visible_ = false;
};

/// The same for a log, which keeps every line: one every ten seconds, and none for what takes less.
class ProgressLog {
 public:
  using Clock = std::chrono::steady_clock;
  explicit ProgressLog(Clock::time_point now) : last_(now), start_(now) {}

  /// The line that is due, or an empty text.
  std::string update(std::string_view what, std::uint64_t done, std::uint64_t total, ProgressUnit unit,
                     Clock::time_point now);

 private:
  Clock::time_point last_;  ///< when a line was given
  std::string what_;
  std::uint64_t first_ = 0;  ///< where the count stood when the step began
  Clock::time_point start_;  ///< of the step
};

}  // namespace peel::cli
