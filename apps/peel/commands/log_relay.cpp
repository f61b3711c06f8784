#include "commands/log_relay.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <vector>

namespace peel::cli {

LogRelay::LogRelay() {
  // Of packets: a line is taken whole or not at all. As much as the system lets wait; a line has a kilobyte at the
  // most.
  std::array<int, 2> ends{-1, -1};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) return;
  reading_ = ends[0];
  real_ = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  fcntl(ends[1], F_SETFL, O_NONBLOCK);
  if (real_ < 0 || dup2(ends[1], STDERR_FILENO) < 0) {
    close(ends[1]);
    return;
  }
  close(ends[1]);
  // Signals are not for it.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { pass_on(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

LogRelay::~LogRelay() {
  // The thread reads to the end, which is where nobody can write any more.
  std::fflush(stderr);
  if (thread_.joinable()) {
    dup2(real_, STDERR_FILENO);
    thread_.join();
  }
  if (reading_ >= 0) close(reading_);
  if (real_ >= 0) close(real_);
}

void LogRelay::pass_on() const {
  std::vector<char> line(1 << 16);
  while (true) {
    const auto got = read(reading_, line.data(), line.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return;
    for (ssize_t sent = 0; sent < got;) {
      const auto count = write(real_, line.data() + sent, static_cast<std::size_t>(got - sent));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) break;  // nobody is there to read it
      sent += count;
    }
  }
}

}  // namespace peel::cli
