#include "support/http_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <sstream>
#include <stdexcept>
#include <string_view>

namespace peel::test {
namespace {

HttpRequest parse(const std::string& text) {
  std::istringstream lines(text);
  HttpRequest request;
  std::string method;
  lines >> method >> request.path;
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line) && line != "\r") {
    const auto colon = line.find(": ");
    if (colon == std::string::npos) continue;
    std::string name = line.substr(0, colon);
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    request.headers[name] = line.substr(colon + 2, line.size() - colon - 3);
  }
  return request;
}

void send_all(int connection, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

}  // namespace

HttpReply file_reply(const HttpRequest& request, const std::string& file, const std::string& etag, bool ranges) {
  HttpReply reply;
  reply.body = file;
  if (!etag.empty()) reply.headers["ETag"] = etag;
  const auto range = request.headers.find("range");
  if (!ranges || range == request.headers.end()) return reply;
  const auto condition = request.headers.find("if-range");
  if (condition != request.headers.end() && condition->second != etag) return reply;
  const std::size_t from = std::stoul(range->second.substr(std::string("bytes=").size()));
  if (from >= file.size()) {
    reply.status = 416;
    reply.body.clear();
    reply.headers["Content-Range"] = "bytes */" + std::to_string(file.size());
    return reply;
  }
  reply.status = 206;
  reply.body = file.substr(from);
  reply.headers["Content-Range"] =
      "bytes " + std::to_string(from) + "-" + std::to_string(file.size() - 1) + "/" + std::to_string(file.size());
  return reply;
}

HttpTestServer::HttpTestServer(Handler handler) : handler_(std::move(handler)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 16) != 0 ||
      ::getsockname(listener_, generic, &size) != 0) {
    throw std::runtime_error("no port on 127.0.0.1 for the test's server");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_connections(); });
}

HttpTestServer::~HttpTestServer() {
  stopping_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (auto& connection : connections_) connection.join();
  ::close(listener_);
}

std::string HttpTestServer::address() const {
  return "http://127.0.0.1:" + std::to_string(port_);
}

std::vector<HttpRequest> HttpTestServer::requests() const {
  const std::scoped_lock lock(mutex_);
  return requests_;
}

void HttpTestServer::accept_connections() {
  while (!stopping_) {
    const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection >= 0) connections_.emplace_back([this, connection] { serve(connection); });
  }
}

void HttpTestServer::serve(int connection) {
  std::string text;
  std::array<char, 4096> buffer{};
  while (text.find("\r\n\r\n") == std::string::npos) {
    const ssize_t got = ::recv(connection, buffer.data(), buffer.size(), 0);
    if (got <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  const auto request = parse(text);
  {
    const std::scoped_lock lock(mutex_);
    requests_.push_back(request);
  }
  const auto reply = handler_(request);
  if (!reply.silent) {
    std::string head = "HTTP/1.1 " + std::to_string(reply.status) +
                       " Reply\r\nConnection: close\r\nContent-Length: " + std::to_string(reply.body.size()) + "\r\n";
    for (const auto& [name, value] : reply.headers) head.append(name).append(": ").append(value).append("\r\n");
    send_all(connection, head + "\r\n");
    send_all(connection, std::string_view(reply.body).substr(0, reply.cut_after));
  }
  // Until the client has had enough, or the test is over.
  while ((reply.hang || reply.silent) && !stopping_) {
    pollfd closed{connection, POLLIN, 0};
    if (::poll(&closed, 1, 20) != 0) break;
  }
  ::shutdown(connection, SHUT_RDWR);
  ::close(connection);
}

}  // namespace peel::test
