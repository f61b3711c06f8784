#include "support/raw_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace peel::test {

bool RawConnection::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return !stopping_;
}

bool RawConnection::wait(int milliseconds) const {
  for (int left = milliseconds; left > 0 && !stopping_; left -= 20) {
    pollfd closed{socket_, POLLIN, 0};
    if (::poll(&closed, 1, left < 20 ? left : 20) != 0) return false;
  }
  return !stopping_;
}

RawTestServer::RawTestServer(Handler handler, const char* address) : handler_(std::move(handler)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in own{};
  own.sin_family = AF_INET;
  ::inet_pton(AF_INET, address, &own.sin_addr);
  socklen_t size = sizeof own;
  auto* const generic = reinterpret_cast<sockaddr*>(&own);
  if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 16) != 0 ||
      ::getsockname(listener_, generic, &size) != 0) {
    throw std::runtime_error("no port for the test's server");
  }
  port_ = ntohs(own.sin_port);
  acceptor_ = std::thread([this] { accept_connections(); });
}

RawTestServer::~RawTestServer() {
  stopping_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (auto& connection : connections_) connection.join();
  ::close(listener_);
}

std::vector<std::string> RawTestServer::requests() const {
  const std::scoped_lock lock(mutex_);
  return requests_;
}

void RawTestServer::accept_connections() {
  while (!stopping_) {
    const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection >= 0) connections_.emplace_back([this, connection] { serve(connection); });
  }
}

void RawTestServer::serve(int connection) {
  std::string head;
  std::array<char, 4096> buffer{};
  while (head.find("\r\n\r\n") == std::string::npos) {
    const ssize_t got = ::recv(connection, buffer.data(), buffer.size(), 0);
    if (got <= 0) break;
    head.append(buffer.data(), static_cast<std::size_t>(got));
  }
  {
    const std::scoped_lock lock(mutex_);
    requests_.push_back(head);
  }
  handler_(head, RawConnection(connection, stopping_));
  ::shutdown(connection, SHUT_RDWR);
  ::close(connection);
}

RawTestServer::Handler always(std::string answer) {
  return [answer = std::move(answer)](const std::string&, const RawConnection& connection) { connection.send(answer); };
}

std::string answer_of(int status, std::string_view body, std::string_view headers) {
  std::string answer =
      "HTTP/1.1 " + std::to_string(status) + " Answer\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  return answer.append(headers).append("\r\n").append(body);
}

}  // namespace peel::test
