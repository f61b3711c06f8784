#include "server/http/http_server.hpp"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <system_error>

#include "base/file.hpp"
#include "base/log.hpp"
#include "peel/error.hpp"

namespace peel::server {
namespace {

using Clock = std::chrono::steady_clock;
using State = Connection::State;
using namespace std::chrono_literals;

/// A client that was shut out needs a moment to be gone; so many more than there are places may be there meanwhile.
constexpr std::size_t LEAVING = 64;
constexpr auto PATIENCE_WITH_LEAVING = 1s;
/// Until the first request of a client that came while the server was being stopped.
constexpr auto LAST_CALL = 1s;

const char* words_for(int status) {
  switch (status) {
    case 408:
      return "Request Timeout";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 431:
      return "Request Header Fields Too Large";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Bad Request";
  }
}

/// `fields`: further ones, each with its CR LF.
std::string plain_answer(int status, std::string_view reason, std::string_view fields) {
  const std::string body =
      nlohmann::json{{"detail", reason}, {"code", status == 503 ? "overloaded" : "bad_request"}}.dump();
  return fmt::format(
      "HTTP/1.1 {} {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{}{}"
      "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n{}",
      status, words_for(status), body.size(), status == 503 ? "Retry-After: 1\r\n" : "", fields, body);
}

}  // namespace

HttpServer::HttpServer(HttpOptions options) : options_(std::move(options)) {
  if (options_.certificate_file.empty() != options_.key_file.empty()) {
    throw Error(ErrorCode::usage, "TLS needs a certificate and its key", "give both or none");
  }
  if (!options_.certificate_file.empty()) {
    tls_ = std::make_shared<const TlsContext>(options_.certificate_file, options_.key_file);
  }
  bind();
}

void HttpServer::reload_certificate() {
  if (options_.certificate_file.empty()) return;
  auto context = std::make_shared<const TlsContext>(options_.certificate_file, options_.key_file);
  const std::scoped_lock lock(mutex_);
  tls_ = std::move(context);
}

void HttpServer::bind() {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(options_.port);
  if (const int error = getaddrinfo(options_.host.c_str(), port.c_str(), &hints, &found); error != 0) {
    throw Error(ErrorCode::usage, fmt::format("{}: {}", options_.host, gai_strerror(error)),
                "give an address of this machine");
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> list(found, freeaddrinfo);
  int problem = 0;
  for (const addrinfo* each = found; each && socket_ < 0; each = each->ai_next) {
    const int made = ::socket(each->ai_family, each->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, each->ai_protocol);
    if (made < 0) {
      problem = errno;
      continue;
    }
    const int yes = 1;
    setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    if (::bind(made, each->ai_addr, each->ai_addrlen) == 0 && ::listen(made, 1024) == 0) {
      socket_ = made;
    } else {
      problem = errno;
      close(made);
    }
  }
  if (socket_ < 0) {
    throw Error(ErrorCode::usage, fmt::format("{}:{}: {}", options_.host, options_.port, system_message(problem)),
                problem == EADDRINUSE ? "another program listens there: choose another port"
                                      : "choose another address or port");
  }
  sockaddr_storage own{};
  socklen_t length = sizeof(own);
  getsockname(socket_, reinterpret_cast<sockaddr*>(&own), &length);
  port_ = ntohs(own.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(own).sin6_port
                                          : reinterpret_cast<const sockaddr_in&>(own).sin_port);
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

HttpServer::~HttpServer() {
  drain(Clock::now());
  if (socket_ >= 0) close(socket_);
  close(wake_);
}

void HttpServer::start() {
  if (draining_) throw Error(ErrorCode::usage, "the server was stopped and cannot start again", "make another");
  if (started_.exchange(true)) throw Error(ErrorCode::usage, "the server was started before", "start it once");
  accepting_ = std::thread([this] { accept_clients(); });
}

std::size_t HttpServer::connections() const {
  const std::scoped_lock lock(mutex_);
  return clients_.size();
}

void HttpServer::accept_clients() {
  while (!draining_) {
    std::array<pollfd, 2> entries{pollfd{socket_, POLLIN, 0}, pollfd{wake_, POLLIN, 0}};
    // Now and then in any case, for the threads that have ended.
    if (poll(entries.data(), entries.size(), 1000) < 0 && errno != EINTR) std::this_thread::sleep_for(50ms);
    if ((entries[0].revents & POLLIN) != 0) accept_one();
    reap();
  }
  // A client that is connected as far as the system goes has been accepted by it.
  while (accept_one()) {
  }
}

bool HttpServer::accept_one() {
  const int client = accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
  if (client >= 0) {
    admit(client);
    return true;
  }
  if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
    log(LogLevel::warning, "no connection can be taken: {}", system_message(errno));
    const std::scoped_lock lock(mutex_);
    if (Client* oldest = client_to_dismiss()) {
      oldest->sent_away = true;
      oldest->connection->transport().shut();
    }
    std::this_thread::sleep_for(10ms);
  }
  return false;
}

void HttpServer::await_leaving() {
  const auto is_full = [this] { return clients_.size() >= options_.connections + LEAVING; };
  const auto has_ended = [this] {
    return std::ranges::any_of(clients_, [](const Client& each) { return each.finished.load(); });
  };
  // Newcomers are waiting in the system's queue meanwhile. A client that was shut out and is kept up by something is
  // not waited for.
  for (const Deadline deadline = Clock::now() + PATIENCE_WITH_LEAVING; Clock::now() < deadline;) {
    reap();
    std::unique_lock lock(mutex_);
    if (!is_full()) return;
    ended_.wait_until(lock, deadline, has_ended);
  }
}

void HttpServer::admit(int socket) {
  const int yes = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
  const auto tls = [this] {
    const std::scoped_lock lock(mutex_);
    return tls_;
  }();
  std::unique_ptr<Transport> transport = tls ? tls->wrap(socket) : std::make_unique<Transport>(socket);
  if (!transport) {
    close(socket);
    return;
  }
  auto connection = std::make_unique<Connection>(std::move(transport), options_.limits);
  await_leaving();
  const std::scoped_lock lock(mutex_);
  bool room = make_room(options_.connections, {});
  if (options_.client_connections > 0) room = room && make_room(options_.client_connections, connection->client());
  if (room) {
    Client& client = clients_.emplace_back();
    client.connection = std::move(connection);
    try {
      client.thread = std::thread([this, &client] { serve(client); });
      return;
    } catch (const std::system_error&) {
      connection = std::move(client.connection);
      clients_.pop_back();
    }
  }
  if (options_.refused) options_.refused(connection->client(), 503, "too many connections");
  // Nothing is waited for here: it fits into the socket's buffer. With TLS it could not be said without a handshake.
  const std::string answer = plain_answer(503, "too many connections", options_.refusal_fields);
  if (!tls) connection->transport().write(answer.data(), answer.size(), Clock::now());
}

/// Of so many places, for all or for one client; under the lock. Where they are taken somebody may have to go.
bool HttpServer::make_room(std::size_t places, const std::string& client) {
  const auto taken = static_cast<std::size_t>(std::ranges::count_if(clients_, [&](const Client& each) {
    return client.empty() || (!each.finished && !each.sent_away && each.connection->client() == client);
  }));
  if (taken < places) return true;
  if (taken >= places + LEAVING) return false;
  Client* const oldest = client_to_dismiss(client);
  if (!oldest) return false;
  oldest->sent_away = true;
  oldest->connection->transport().shut();
  return true;
}

HttpServer::Client* HttpServer::client_to_dismiss(const std::string& client) {
  Client* chosen = nullptr;
  // First a client that has had its answer, though that was but now; then one that has asked for nothing yet.
  const auto is_slow = [](State state) { return state == State::body || state == State::answer; };
  const auto rank = [&](const Client& each) {
    const State state = each.connection->state();
    return state == State::goodbye ? 0 : is_slow(state) ? 2 : 1;
  };
  for (Client& each : clients_) {
    if (each.finished || each.sent_away) continue;
    if (!client.empty() && each.connection->client() != client) continue;
    const State state = each.connection->state();
    if (state == State::work) continue;
    if (is_slow(state) && Clock::now() - each.connection->since() < options_.limits.slow) continue;
    const bool better = !chosen || rank(each) < rank(*chosen) ||
                        (rank(each) == rank(*chosen) && each.connection->since() < chosen->connection->since());
    if (better) chosen = &each;
  }
  return chosen;
}

void HttpServer::reap() {
  std::list<Client> gone;
  {
    const std::scoped_lock lock(mutex_);
    for (auto each = clients_.begin(); each != clients_.end();) {
      const auto next = std::next(each);
      if (each->finished) gone.splice(gone.end(), clients_, each);
      each = next;
    }
  }
  for (Client& client : gone) client.thread.join();
}

void HttpServer::say_goodbye(Connection& connection) {
  connection.set_state(State::goodbye);
  connection.transport().say_goodbye();
}

void HttpServer::serve(Client& client) {
  Connection& connection = *client.connection;
  try {
    if (connection.transport().greet(Clock::now() + options_.limits.head)) {
      for (int number = 1; answer_one(client, number); ++number) {
      }
    }
  } catch (const std::exception& error) {
    // Memory that is not there: this client is left, the others are not.
    log(LogLevel::warning, "a connection was given up: {}", error.what());
  }
  {
    // Under the lock: client_to_dismiss() must not find a connection that is being closed. Told under
    // it too: after that this server may be gone.
    const std::scoped_lock lock(mutex_);
    client.finished = true;
    client.connection.reset();
    ended_.notify_all();
  }
}

bool HttpServer::answer_one(Client& client, int number) {
  Connection& connection = *client.connection;
  connection.set_state(State::idle);
  const char* reason = "";
  std::chrono::milliseconds patience = options_.limits.idle;
  if (draining_) patience = number == 1 ? LAST_CALL : 0ms;
  const int status = connection.receive_head(patience, reason);
  if (status < 0) return false;
  client.fresh = false;
  if (status > 0) {
    refuse(connection, status, reason);
    return false;
  }
  const Connection::Current current(connection);
  bool closed = false;
  const bool last = draining_ || !connection.head().keep_alive || number >= options_.limits.requests;
  const bool answered = routes_.process_request(connection, last, closed, nullptr);
  if (answered && !last && !closed && !connection.body_is_left() && !draining_) return true;
  say_goodbye(connection);
  return false;
}

void HttpServer::refuse(Connection& connection, int status, std::string_view reason) {
  if (options_.refused) options_.refused(connection.client(), status, reason);
  const std::string answer = plain_answer(status, reason, options_.refusal_fields);
  connection.write(answer.data(), answer.size());
  say_goodbye(connection);
}

bool HttpServer::drain(Deadline deadline) {
  if (!draining_.exchange(true)) {
    const std::uint64_t one = 1;
    (void)!::write(wake_, &one, sizeof(one));
  }
  if (accepting_.joinable()) accepting_.join();
  if (socket_ >= 0) {
    close(socket_);
    socket_ = -1;
  }
  const auto stop_idle = [this](bool fresh_too) {
    for (Client& client : clients_) {
      if (client.finished || (client.fresh && !fresh_too)) continue;
      const State state = client.connection->state();
      if (state != State::idle && state != State::goodbye) continue;
      // What has arrived can still be read.
      shutdown(client.connection->socket(), SHUT_RD);
    }
  };
  const Deadline last_call = std::min(deadline, Clock::now() + LAST_CALL);
  bool complete = true;
  {
    std::unique_lock lock(mutex_);
    const auto all_ended = [this] {
      return std::all_of(clients_.begin(), clients_.end(), [](const Client& client) { return client.finished.load(); });
    };
    stop_idle(false);
    if (!ended_.wait_until(lock, last_call, all_ended)) {
      stop_idle(true);
      complete = ended_.wait_until(lock, deadline, all_ended);
      if (!complete) {
        for (Client& client : clients_) {
          if (!client.finished) client.connection->transport().shut();
        }
        ended_.wait(lock, all_ended);
      }
    }
  }
  reap();
  return complete;
}

}  // namespace peel::server
