#include "server/http/connection.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace peel::server {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t PIECE = 65'536;

thread_local Connection* served_here = nullptr;

std::string text_of(int family, const void* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  return inet_ntop(family, address, text.data(), text.size()) ? text.data() : "";
}

void tell_peer(int socket, std::string& address, int& port) {
  sockaddr_storage peer{};
  socklen_t length = sizeof(peer);
  if (getpeername(socket, reinterpret_cast<sockaddr*>(&peer), &length) != 0) return;
  if (peer.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(peer);
    address = text_of(AF_INET, &v4.sin_addr);
    port = ntohs(v4.sin_port);
  } else if (peer.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(peer);
    address = text_of(AF_INET6, &v6.sin6_addr);
    port = ntohs(v6.sin6_port);
  }
}

}  // namespace

std::string client_name(const std::string& address) {
  in_addr v4{};
  if (inet_pton(AF_INET, address.c_str(), &v4) == 1) return text_of(AF_INET, &v4);
  in6_addr v6{};
  if (inet_pton(AF_INET6, address.c_str(), &v6) != 1) return {};
  if (IN6_IS_ADDR_V4MAPPED(&v6)) return text_of(AF_INET, &v6.s6_addr[12]);
  std::memset(&v6.s6_addr[8], 0, 8);
  return text_of(AF_INET6, &v6) + "/64";
}

Connection::Connection(std::unique_ptr<Transport> transport, const ConnectionLimits& limits)
    : transport_(std::move(transport)), limits_(limits), since_(Clock::now()) {
  tell_peer(transport_->socket(), address_, port_);
  client_ = client_name(address_);
}

void Connection::set_state(State state) {
  since_ = Clock::now();
  state_ = state;
}

int Connection::receive_head(std::chrono::milliseconds idle, const char*& reason) {
  buffer_.erase(0, position_);
  position_ = 0;
  head_ = {};
  body_taken_ = received_ = 0;
  body_read_ = body_late_ = asked_whether_gone_ = false;
  frames_ = {};
  if (buffer_.empty() && !transport_->wait_readable(Clock::now() + idle)) return -1;
  set_state(State::head);
  const Deadline deadline = Clock::now() + limits_.head;
  std::array<char, 4096> piece;
  std::size_t searched = 0;
  std::size_t end = std::string::npos;
  // One empty line in front is none of it: some clients send it behind a body (RFC 9112, section 2.2).
  bool may_be_empty = true;
  const auto without_empty_line = [&] {
    if (!may_be_empty || buffer_.size() < 2) return;
    may_be_empty = false;
    if (buffer_.starts_with("\r\n")) buffer_.erase(0, 2);
  };
  without_empty_line();
  while ((end = end_of_head(buffer_, searched)) == std::string::npos || end > limits_.head_bytes) {
    if (buffer_.size() > limits_.head_bytes) {
      reason = "the head of the request is too long";
      return 431;
    }
    searched = may_be_empty ? 0 : buffer_.size();
    const long got = transport_->read(piece.data(), piece.size(), deadline);
    if (got == 0) return -1;
    if (got < 0) {
      if (left_until(deadline) > 0) return -1;
      reason = "the request did not come in time";
      return buffer_.empty() ? -1 : 408;
    }
    buffer_.append(piece.data(), static_cast<std::size_t>(got));
    without_empty_line();
  }
  received_ = end;
  std::string bytes = buffer_.substr(0, end);
  if (const auto fault = check_head(bytes, head_)) {
    reason = fault->reason;
    return fault->status;
  }
  buffer_.replace(0, end, bytes);
  head_left_ = bytes.size();
  body_deadline_ = Clock::now() + limits_.body;
  set_state(head_.has_body() ? State::body : State::work);
  return 0;
}

bool Connection::client_gone() {
  switch (transport_->peer()) {
    case Transport::Peer::there:
      return false;
    case Transport::Peer::gone:
      return true;
    case Transport::Peer::half_closed:
      break;
  }
  // HTTP/1.0 knows no answers before the answer.
  if (head_.old) return true;
  if (std::exchange(asked_whether_gone_, true)) return false;
  constexpr std::string_view WORKING = "HTTP/1.1 102 Processing\r\n\r\n";
  return !transport_->write(WORKING.data(), WORKING.size(), Clock::now());
}

bool Connection::body_is_left() const {
  if (head_left_ > 0) return true;
  if (!head_.has_body() || body_read_) return false;
  return head_.chunked || body_taken_ < *head_.content_length;
}

ssize_t Connection::read(char* to, std::size_t size) {
  if (position_ == buffer_.size()) {
    // Chunks come with their frames, which are not counted as the body; so twice its limit are the most.
    // Of a request that announces no body it is read as one of none.
    if (!head_.has_body()) return 0;
    const bool unasked = frames_.ended() || (head_.content_length && body_taken_ >= *head_.content_length);
    if (unasked || body_taken_ > 2 * limits_.body_bytes + PIECE) return -1;
    buffer_.resize(PIECE);
    const long got = transport_->read(buffer_.data(), buffer_.size(), body_deadline_);
    position_ = 0;
    buffer_.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    body_late_ = got < 0 && left_until(body_deadline_) == 0;
    if (got <= 0) return got;
  }
  const std::size_t taken = std::min(size, buffer_.size() - position_);
  std::memcpy(to, buffer_.data() + position_, taken);
  position_ += taken;
  const std::size_t of_head = std::min(taken, head_left_);
  head_left_ -= of_head;
  body_taken_ += taken - of_head;
  received_ += taken - of_head;
  if (head_.chunked && !frames_.pass({to + of_head, taken - of_head})) return -1;
  return static_cast<ssize_t>(taken);
}

ssize_t Connection::write(const char* from, std::size_t size) {
  const Deadline deadline = Clock::now() + limits_.write;
  const State before = state();
  for (std::size_t sent = 0; sent < size;) {
    set_state(State::answer);
    const std::size_t piece = std::min(PIECE, size - sent);
    if (!transport_->write(from + sent, piece, deadline)) return -1;
    sent += piece;
  }
  set_state(before == State::body ? before : State::answer);  // it was told to go on with its body
  return static_cast<ssize_t>(size);
}

void Connection::get_remote_ip_and_port(std::string& ip, int& port) const {
  ip = address_;
  port = port_;
}

void Connection::get_local_ip_and_port(std::string& ip, int& port) const {
  ip.clear();
  port = 0;
}

Connection& Connection::current() {
  return *served_here;
}

Connection::Current::Current(Connection& connection) {
  served_here = &connection;
}

Connection::Current::~Current() {
  served_here = nullptr;
}

}  // namespace peel::server
