#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace peel::test {

/// One connection of a RawTestServer, for as long as its handler runs.
class RawConnection {
 public:
  RawConnection(int socket, const std::atomic<bool>& stopping) : socket_(socket), stopping_(stopping) {}
  /// False once the client has gone.
  bool send(std::string_view bytes) const;
  /// Waits; false once the client has gone or the test is over.
  bool wait(int milliseconds) const;

 private:
  int socket_;
  const std::atomic<bool>& stopping_;
};

/// A web server that answers byte for byte as it is told to, also what no server should. One request a connection, each
/// in a thread of its own. `address` is one of 127.0.0.0/8, of which Linux answers on all.
class RawTestServer {
 public:
  using Handler = std::function<void(const std::string& request, const RawConnection& connection)>;
  explicit RawTestServer(Handler handler, const char* address = "127.0.0.1");
  RawTestServer(const RawTestServer&) = delete;
  RawTestServer& operator=(const RawTestServer&) = delete;
  ~RawTestServer();

  int port() const { return port_; }
  /// Heads as they came.
  std::vector<std::string> requests() const;

 private:
  void accept_connections();
  void serve(int connection);

  Handler handler_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::vector<std::thread> connections_;
  std::thread acceptor_;
};

/// A handler that sends `answer` to all.
RawTestServer::Handler always(std::string answer);
/// "HTTP/1.1 STATUS" with a Content-Length and further headers, each ending in "\r\n".
std::string answer_of(int status, std::string_view body, std::string_view headers = {});

}  // namespace peel::test
