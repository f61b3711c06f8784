#include "server/http/transport.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>

namespace peel::server {

int left_until(Deadline deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, std::numeric_limits<int>::max()));
}

Transport::Transport(int socket) : socket_(socket) {
  fcntl(socket_, F_SETFL, fcntl(socket_, F_GETFL) | O_NONBLOCK);
}

Transport::~Transport() {
  close(socket_);
}

bool Transport::greet(Deadline) {
  return true;
}

bool Transport::wait(short events, Deadline deadline) const {
  while (true) {
    pollfd entry{socket_, events, 0};
    const int ready = poll(&entry, 1, left_until(deadline));
    if (ready > 0) return true;
    if (ready == 0) return false;
    if (errno != EINTR) return false;
  }
}

bool Transport::wait_readable(Deadline deadline) const {
  return has_pending() || wait(POLLIN, deadline);
}

long Transport::read(char* to, std::size_t size, Deadline deadline) {
  while (true) {
    const auto got = recv(socket_, to, size, 0);
    if (got >= 0) return got;
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return -1;
    if (!wait(POLLIN, deadline)) return -1;
  }
}

bool Transport::write(const char* from, std::size_t size, Deadline deadline) {
  while (size > 0) {
    const auto sent = send(socket_, from, size, MSG_NOSIGNAL);
    if (sent > 0) {
      from += sent;
      size -= static_cast<std::size_t>(sent);
    } else if (errno != EINTR) {
      if (errno != EAGAIN && errno != EWOULDBLOCK) return false;
      if (!wait(POLLOUT, deadline)) return false;
    }
  }
  return true;
}

void Transport::say_goodbye() {
  using namespace std::chrono_literals;
  // Many clients look for an answer only when they have sent all, which here was too much for us.
  constexpr std::size_t ENOUGH = 256 << 20;
  shutdown(socket_, SHUT_WR);
  const Deadline end = std::chrono::steady_clock::now() + 5s;
  std::array<char, 16384> dropped{};
  for (std::size_t total = 0; total < ENOUGH;) {
    const Deadline next = std::min<Deadline>(end, std::chrono::steady_clock::now() + 500ms);
    const long got = left_until(end) > 0 ? Transport::read(dropped.data(), dropped.size(), next) : -1;
    if (got <= 0) return;
    total += static_cast<std::size_t>(got);
  }
}

Transport::Peer Transport::peer() const {
  pollfd entry{socket_, POLLRDHUP, 0};
  if (poll(&entry, 1, 0) <= 0) return Peer::there;
  if ((entry.revents & (POLLHUP | POLLERR)) != 0) return Peer::gone;
  return (entry.revents & POLLRDHUP) != 0 ? Peer::half_closed : Peer::there;
}

void Transport::shut() const {
  shutdown(socket_, SHUT_RDWR);
}

}  // namespace peel::server
