#include "commands/progress_bar.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "report.hpp"

namespace peel::cli {
namespace {

constexpr double MEGA = 1e6;

std::size_t terminal_columns() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string time_left(double seconds) {
  const auto whole = static_cast<long>(seconds + 0.5);
  if (whole >= 3600) return fmt::format("{}:{:02}:{:02} left", whole / 3600, whole / 60 % 60, whole % 60);
  return fmt::format("{}:{:02} left", whole / 60, whole % 60);
}

std::string pace(double rate) {
  return rate >= 1 ? fmt::format("{:.1f}/s", rate) : fmt::format("{:.1f} s each", 1 / rate);
}

/// Units a second. The rate of the first moments would promise anything.
double rate_of(std::uint64_t done, std::chrono::steady_clock::duration time) {
  const double seconds = std::chrono::duration<double>(time).count();
  return seconds > 0.5 ? static_cast<double>(done) / seconds : 0;
}

}  // namespace

std::string ProgressBar::numbers(std::uint64_t done, std::uint64_t total, ProgressUnit unit, double rate) {
  const auto now = static_cast<double>(done);
  const auto end = static_cast<double>(total);
  std::string text;
  if (unit == ProgressUnit::pictures && total == 0) {
    text = done > 0 ? fmt::format("{}...", done) : "...";  // nobody knows for how long
  } else if (unit == ProgressUnit::pictures) {
    text = fmt::format("{}/{}", done, total);
  } else if (unit == ProgressUnit::frames) {
    text = fmt::format("{} frames", done);
  } else if (total > 0) {
    text = fmt::format("{:.1f}/{:.1f} MB", now / MEGA, end / MEGA);
  } else {
    text = fmt::format("{:.1f} MB", now / MEGA);
  }
  if (rate > 0) {
    if (unit == ProgressUnit::bytes) text += fmt::format("  {:.1f} MB/s", rate / MEGA);
    if (unit != ProgressUnit::bytes) text += "  " + pace(rate);
    if (total > done) text += "  " + time_left((end - now) / rate);
  }
  return text;
}

std::string ProgressBar::line(std::string_view what, std::uint64_t done, std::uint64_t total, ProgressUnit unit,
                              double rate, std::size_t columns) {
  const std::string amount = numbers(done, total, unit, rate);
  std::string result(what);
  // Whatever room is left; a bar shorter than ten characters says nothing.
  const std::size_t taken = result.size() + amount.size() + 7;
  if (total > 0 && columns >= taken + 10) {
    const std::size_t width = std::min<std::size_t>(columns - taken, 40);
    const double part = static_cast<double>(done) / static_cast<double>(total);
    const auto full = static_cast<std::size_t>(static_cast<double>(width) * std::min(part, 1.0));
    result += "  [" + std::string(full, '#') + std::string(width - full, '-') + "]";
  }
  result += "  " + amount;
  // A line that wraps could not be drawn over.
  if (result.size() >= columns) result.resize(columns - 1);
  return result;
}

void ProgressBar::update(std::string_view what, std::uint64_t done, std::uint64_t total, ProgressUnit unit) {
  const auto now = Clock::now();
  if (what != what_) {
    what_ = what;
    first_ = done;
    start_ = now;
    drawn_ = {};
  }
  const bool complete = total > 0 && done >= total;
  if (!complete && now - drawn_ < std::chrono::milliseconds(100)) return;
  drawn_ = now;
  const double rate = rate_of(done - std::min(first_, done), now - start_);
  write_text(stderr, "\r\033[K" + line(what, done, total, unit, rate, terminal_columns()));
  std::fflush(stderr);
  visible_ = true;
}

void ProgressBar::clear() {
  if (!visible_) return;
  write_text(stderr, "\r\033[K");
  std::fflush(stderr);
  visible_ = false;
  drawn_ = {};
}

std::string ProgressLog::update(std::string_view what, std::uint64_t done, std::uint64_t total, ProgressUnit unit,
                                Clock::time_point now) {
  constexpr auto PERIOD = std::chrono::seconds(10);
  if (what != what_) {
    what_ = what;
    first_ = done;
    start_ = now;
  }
  if (now - last_ < PERIOD) return {};
  last_ = now;
  return fmt::format("peel: {}  {}", what,
                     ProgressBar::numbers(done, total, unit, rate_of(done - std::min(first_, done), now - start_)));
}

}  // namespace peel::cli
