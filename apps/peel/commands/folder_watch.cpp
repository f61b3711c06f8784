#include "commands/folder_watch.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>
#include <utility>

#include "peel/error.hpp"

namespace peel::cli {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto SETTLED = 300ms;  // a writer that opens and closes a file for each part comes back sooner
constexpr auto ABANDONED = 5s;
constexpr std::uint32_t EVENTS = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_MODIFY | IN_CREATE | IN_DELETE |
                                 IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_DONT_FOLLOW;

enum class Writers { none, some, unknown };

Writers writers_of(const fs::path& file) {
  const int fd = open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return Writers::unknown;
  Writers writers = Writers::none;
  if (fcntl(fd, F_SETLEASE, F_RDLCK) == 0) {
    fcntl(fd, F_SETLEASE, F_UNLCK);
  } else {
    writers = errno == EAGAIN ? Writers::some : Writers::unknown;
  }
  close(fd);
  return writers;
}

}  // namespace

FolderWatch::FolderWatch(fs::path folder, bool recursive, PictureFilter filter, fs::path skipped)
    : folder_(std::move(folder)), recursive_(recursive), filter_(std::move(filter)), skipped_(std::move(skipped)) {
  // A process that opens a file for writing in the moment a lease is held makes the kernel send this; unhandled it
  // would end peel.
  std::signal(SIGIO, SIG_IGN);
  inotify_ = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  if (inotify_ < 0) {
    throw Error(ErrorCode::input, fmt::format("{}: cannot be watched: {}", folder_.string(), std::strerror(errno)),
                errno == EMFILE ? "raise fs.inotify.max_user_instances with sysctl" : "");
  }
  try {
    add_folder("");
  } catch (...) {
    close(inotify_);
    throw;
  }
}

FolderWatch::~FolderWatch() {
  close(inotify_);
}

// Watched before it is read, so that nothing falls between.
void FolderWatch::add_folder(const fs::path& relative) {
  const fs::path folder = folder_ / relative;
  std::error_code ignored;
  if (!relative.empty() && fs::equivalent(folder, skipped_, ignored)) return;
  const int watch = inotify_add_watch(inotify_, folder.c_str(), EVENTS);
  if (watch < 0) {
    // A folder that is gone again, or that may not be read, is no reason to end.
    if (!relative.empty() && errno != ENOSPC && errno != ENOMEM) return;
    throw Error(ErrorCode::input, fmt::format("{}: cannot be watched: {}", folder.string(), std::strerror(errno)),
                errno == ENOSPC ? "raise fs.inotify.max_user_watches with sysctl" : "");
  }
  watches_[watch] = relative;
  scan(relative);
}

void FolderWatch::scan(const fs::path& relative) {
  std::error_code error;
  for (fs::directory_iterator entry(folder_ / relative, error), end; !error && entry != end; entry.increment(error)) {
    const fs::path name = relative / entry->path().filename();
    std::error_code ignored;
    const bool link = entry->is_symlink(ignored);
    if (entry->is_directory(ignored) && !link) {
      if (recursive_ && !entry->path().filename().native().starts_with('.')) add_folder(name);
    } else {
      touch(name, false);
    }
  }
}

// What was moved away is not watched under its old name.
void FolderWatch::forget_folder(const fs::path& relative) {
  for (auto watch = watches_.begin(); watch != watches_.end();) {
    const fs::path way = watch->second.lexically_relative(relative);
    if (!way.empty() && *way.begin() != "..") {
      inotify_rm_watch(inotify_, watch->first);
      watch = watches_.erase(watch);
    } else {
      ++watch;
    }
  }
}

void FolderWatch::touch(const fs::path& relative, bool open) {
  if (!filter_.takes(relative)) return;
  Arrival& candidate = candidates_[relative];
  candidate.quiet_since = Clock::now();
  candidate.open = open;
}

void FolderWatch::read_events() {
  alignas(inotify_event) std::array<char, 1 << 16> buffer{};
  for (;;) {
    const ssize_t size = read(inotify_, buffer.data(), buffer.size());
    if (size <= 0) return;
    for (ssize_t at = 0; at < size;) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const char* const name = buffer.data() + at + sizeof event;
      on_event(event.wd, event.mask, event.len > 0 ? std::string(name) : std::string());
      at += static_cast<ssize_t>(sizeof event + event.len);
    }
  }
}

void FolderWatch::on_event(int watch, std::uint32_t mask, const std::string& name) {
  if (mask & IN_Q_OVERFLOW) {
    // More happened than the kernel keeps: all is looked at anew.
    const std::map<int, fs::path> before = watches_;
    for (const auto& [ignored, relative] : before) scan(relative);
    return;
  }
  const auto found = watches_.find(watch);
  if (found == watches_.end()) return;
  const fs::path folder = found->second;
  if (mask & (IN_DELETE_SELF | IN_MOVE_SELF)) {
    if (folder.empty()) gone_ = true;
    return;
  }
  if (mask & IN_IGNORED) {
    watches_.erase(watch);
    return;
  }
  const fs::path relative = folder / name;
  if (mask & IN_ISDIR) {
    if (!recursive_ || name.starts_with('.')) return;
    if (mask & IN_MOVED_FROM) forget_folder(relative);
    if (mask & (IN_CREATE | IN_MOVED_TO)) add_folder(relative);
    return;
  }
  if (mask & (IN_DELETE | IN_MOVED_FROM)) {
    candidates_.erase(relative);
    given_.erase(relative);
    return;
  }
  // One that lay there before is an earlier run's.
  if (folder.empty() && name == STOP_FILE) stopped_ = Clock::now();
  touch(relative, (mask & (IN_MODIFY | IN_CREATE)) != 0);
}

bool FolderWatch::is_complete(const fs::path& relative, Arrival& candidate) const {
  const auto now = Clock::now();
  const std::optional<FileState> state = file_state(folder_ / relative);
  if (state != candidate.state) {
    // Seen for the first time: one that has long been lying there is quiet.
    const auto wall = std::chrono::system_clock::now().time_since_epoch();
    const bool old = !candidate.state && state && wall - std::chrono::nanoseconds(state->nanoseconds) > 2s;
    candidate.state = state;
    if (!old) candidate.quiet_since = now;
  }
  if (now - candidate.quiet_since < SETTLED) return false;
  switch (writers_of(folder_ / relative)) {
    case Writers::none:
      return true;
    case Writers::some:
      candidate.quiet_since = now;
      return false;
    case Writers::unknown:
      break;
  }
  return !candidate.open || now - candidate.quiet_since >= ABANDONED;
}

std::optional<fs::path> FolderWatch::complete_one() {
  for (auto each = candidates_.begin(); each != candidates_.end();) {
    const fs::path relative = each->first;
    if (!is_complete(relative, each->second)) {
      ++each;
      continue;
    }
    const std::optional<FileState> state = each->second.state;
    each = candidates_.erase(each);
    const auto before = given_.find(relative);
    if (!state || (before != given_.end() && before->second == *state)) continue;
    given_[relative] = *state;
    return relative;
  }
  return std::nullopt;
}

std::optional<fs::path> FolderWatch::next(const std::function<bool()>& ended) {
  constexpr int MILLISECONDS = 50;
  for (;;) {
    if (ended()) return std::nullopt;
    read_events();
    if (auto found = complete_one()) return found;
    if (stopped_ && (candidates_.empty() || Clock::now() - *stopped_ > ABANDONED)) return std::nullopt;
    if (gone_) {
      throw Error(ErrorCode::input, fmt::format("{}: the folder was moved or deleted", folder_.string()));
    }
    pollfd waiting{inotify_, POLLIN, 0};
    poll(&waiting, 1, MILLISECONDS);
  }
}

}  // namespace peel::cli
