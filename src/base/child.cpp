#include "base/child.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <thread>
#include <utility>

#include "base/file.hpp"
#include "peel/error.hpp"

namespace peel {
namespace {

using Clock = std::chrono::steady_clock;

Error cannot_start(const std::string& program, const char* action) {
  return Error(ErrorCode::internal, fmt::format("cannot start {}: {}: {}", program, action, system_message(errno)));
}

void close_fd(int& fd) {
  if (fd >= 0) ::close(std::exchange(fd, -1));
}

// Where a file of peel's own may be, in order.
std::vector<std::filesystem::path> helper_places(const std::string& name) {
  if (const char* given = std::getenv("PEEL_HELPERS"); given && *given) return {std::filesystem::path(given) / name};
  std::vector<std::filesystem::path> places;
  if (Dl_info self{}; dladdr(reinterpret_cast<void*>(&helper_program), &self) != 0 && self.dli_fname) {
    places.push_back(std::filesystem::path(self.dli_fname).parent_path() / "peel" / name);
  }
  places.push_back(std::filesystem::path(PEEL_HELPERS_FOLDER) / name);
  return places;
}

}  // namespace

std::optional<std::filesystem::path> helper_library(const std::string& name) {
  for (const auto& candidate : helper_places(name)) {
    if (::access(candidate.c_str(), R_OK) == 0) return candidate;
  }
  return std::nullopt;
}

std::filesystem::path helper_program(const std::string& name) {
  const auto candidates = helper_places(name);
  for (const auto& candidate : candidates) {
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  throw Error(ErrorCode::internal, fmt::format("{} is missing: no {}", name, candidates.front().string()),
              "a part of peel is missing: install or build it again");
}

Child::Child(const std::vector<std::string>& command) {
  std::array<int, 2> in{-1, -1};
  std::array<int, 2> out{-1, -1};
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  if (::pipe2(in.data(), O_CLOEXEC) != 0) throw cannot_start(command.front(), "pipe");
  if (::pipe2(out.data(), O_CLOEXEC) != 0) {
    for (int& fd : in) close_fd(fd);
    throw cannot_start(command.front(), "pipe");
  }
  errors_ = ::memfd_create("stderr", MFD_CLOEXEC);
  const pid_t parent = ::getpid();
  // fork(), since what is done in between has no other way; only calls that are safe in a signal handler follow it.
  process_ = ::fork();
  if (process_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127);
    // A Ctrl-C on the terminal is the parent's to handle.
    ::setpgid(0, 0);
    ::dup2(in[0], STDIN_FILENO);
    ::dup2(out[1], STDOUT_FILENO);
    if (errors_ >= 0) ::dup2(errors_, STDERR_FILENO);
    ::execv(arguments.front(), arguments.data());
    ::_exit(127);
  }
  close_fd(in[0]);
  close_fd(out[1]);
  input_ = in[1];
  output_ = out[0];
  if (process_ < 0) {
    for (int* fd : {&input_, &output_, &errors_}) close_fd(*fd);
    throw cannot_start(command.front(), "fork");
  }
}

Child::~Child() {
  if (process_ > 0) {
    ::kill(process_, SIGKILL);
    while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) continue;
  }
  for (int* fd : {&input_, &output_, &errors_}) close_fd(*fd);
}

bool Child::write_line(std::string_view line) {
  std::string bytes(line);
  bytes += '\n';
  // A child that is gone shows as EPIPE, not as a signal that would end this process: the signal is blocked in this
  // thread, and taken off again where it came.
  sigset_t pipe_signal;
  sigset_t before;
  sigset_t waiting;
  sigemptyset(&pipe_signal);
  sigaddset(&pipe_signal, SIGPIPE);
  sigpending(&waiting);
  const bool already = sigismember(&waiting, SIGPIPE) == 1;
  pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
  std::size_t done = 0;
  bool good = true;
  while (good && done < bytes.size()) {
    const ssize_t count = ::write(input_, bytes.data() + done, bytes.size() - done);
    if (count >= 0) {
      done += static_cast<std::size_t>(count);
    } else if (errno != EINTR) {
      good = false;
    }
  }
  if (!good && !already) {
    constexpr timespec now{0, 0};
    while (sigtimedwait(&pipe_signal, nullptr, &now) < 0 && errno == EINTR) continue;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return good;
}

std::optional<std::string> Child::read_line(std::chrono::milliseconds timeout) {
  const auto end = Clock::now() + timeout;
  for (;;) {
    if (const auto at = pending_.find('\n'); at != pending_.npos) {
      std::string line = pending_.substr(0, at);
      pending_.erase(0, at + 1);
      return line;
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
    if (left.count() < 0) return std::nullopt;
    pollfd waiting{output_, POLLIN, 0};
    const int ready = ::poll(&waiting, 1, static_cast<int>(left.count()) + 1);
    if (ready < 0 && errno != EINTR) return std::nullopt;
    if (ready <= 0) continue;
    std::array<char, 4096> buffer{};
    const ssize_t count = ::read(output_, buffer.data(), buffer.size());
    if (count == 0 || (count < 0 && errno != EINTR)) return std::nullopt;
    if (count > 0) pending_.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

void Child::pause() {
  if (process_ > 0) ::kill(process_, SIGSTOP);
}

void Child::resume() {
  if (process_ > 0) ::kill(process_, SIGCONT);
}

std::string Child::last_words() const {
  std::array<char, 2048> buffer{};
  const off_t size = errors_ < 0 ? 0 : ::lseek(errors_, 0, SEEK_END);
  if (size <= 0) return {};
  const auto from = std::max<off_t>(0, size - static_cast<off_t>(buffer.size()));
  const ssize_t count = ::pread(errors_, buffer.data(), buffer.size(), from);
  std::string text(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text.substr(text.find_last_of('\n') + 1);
}

std::string Child::finish(std::chrono::milliseconds timeout) {
  close_fd(input_);
  resume();
  const auto end = Clock::now() + timeout;
  int status = 0;
  pid_t ended = 0;
  while ((ended = ::waitpid(process_, &status, WNOHANG)) == 0 && Clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  std::string how;
  if (ended == 0) {
    ::kill(process_, SIGKILL);
    while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) continue;
    how = fmt::format("no answer within {} s", std::chrono::duration_cast<std::chrono::seconds>(timeout).count());
  } else if (ended > 0 && WIFSIGNALED(status)) {
    how = fmt::format("ended by signal {} ({})", WTERMSIG(status), ::strsignal(WTERMSIG(status)));
  } else if (ended > 0 && WEXITSTATUS(status) != 0) {
    how = fmt::format("exit status {}", WEXITSTATUS(status));
  }
  process_ = -1;
  const std::string words = how.empty() ? std::string() : last_words();
  return words.empty() ? how : fmt::format("{}: {}", how, words);
}

}  // namespace peel
