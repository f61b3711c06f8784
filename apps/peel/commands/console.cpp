#include "commands/console.hpp"

#include <poll.h>
#include <unistd.h>

#include <climits>
#include <cstdio>
#include <utility>

#include "commands/interrupt.hpp"
#include "report.hpp"

namespace peel::cli {

Console::Console(const Common& common) : common_(common), terminal_(isatty(STDERR_FILENO) != 0) {
  set_log_sink([this](LogLevel level, std::string_view text) {
    if (level == LogLevel::warning) {
      warn(text);
    } else if (level == LogLevel::notice) {
      note(text);
    } else {
      detail(text);
    }
  });
}

Console::~Console() {
  set_log_sink({});
  bar_.clear();
}

void Console::line(std::string_view text) {
  bar_.clear();
  write(printable(text) + '\n');
}

void Console::write(std::string_view text) {
  if (waits_) return write_text(stderr, text);
  const std::string whole = (cut_ ? "\n" : "") + std::string(text);
  // In pieces of what a pipe takes at once where it takes anything.
  for (std::size_t at = 0; at < whole.size(); at += PIPE_BUF) {
    pollfd entry{STDERR_FILENO, POLLOUT, 0};
    if (poll(&entry, 1, 0) <= 0 || (entry.revents & POLLOUT) == 0) {
      cut_ = cut_ || at > 0;
      return;
    }
    write_text(stderr, std::string_view(whole).substr(at, PIPE_BUF));
  }
  cut_ = false;
}

void Console::log(std::string_view line) {
  const std::scoped_lock lock(mutex_);
  bar_.clear();
  write(std::string(line) + '\n');
}

void Console::never_wait() {
  const std::scoped_lock lock(mutex_);
  waits_ = false;
}

void Console::note(std::string_view text) {
  const std::scoped_lock lock(mutex_);
  if (!common_.quiet) line(text);
}

void Console::detail(std::string_view text) {
  const std::scoped_lock lock(mutex_);
  if (common_.verbose) line(text);
}

void Console::warn(std::string_view text) {
  const std::scoped_lock lock(mutex_);
  if (!common_.quiet && said_.emplace(text).second) line(fmt::format("peel: warning: {}", text));
}

void Console::error(std::string_view message, std::string_view hint) {
  const std::scoped_lock lock(mutex_);
  bar_.clear();
  print_error_line(message, hint);
}

void Console::progress(std::string_view what, std::uint64_t done, std::uint64_t total, ProgressUnit unit) {
  const std::scoped_lock lock(mutex_);
  if (!common_.quiet) show(what, done, total, unit);
}

void Console::show(std::string_view what, std::uint64_t done, std::uint64_t total, ProgressUnit unit) {
  if (terminal_) return bar_.update(what, done, total, unit);
  const std::string due = log_.update(what, done, total, unit, ProgressLog::Clock::now());
  if (!due.empty()) line(due);
}

Control Console::control() {
  return {interruption(), [this, last = std::string()](const Progress& step) mutable {
            if (step.what != last) detail(step.what);
            last = step.what;
            progress(step.what, step.done, step.total);
          }};
}

Control Console::fetch_control() {
  if (common_.quiet) return {interruption(), {}};
  return {interruption(), [this](const Progress& progress) {
            const std::scoped_lock lock(mutex_);
            const std::string what = fmt::format("fetching {}", progress.what);
            if (!terminal_ && said_.insert(what).second) line(fmt::format("peel: {}", what));
            show(what, progress.done, progress.total, ProgressUnit::bytes);
          }};
}

void Console::end_progress() {
  const std::scoped_lock lock(mutex_);
  bar_.clear();
}

}  // namespace peel::cli
