#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace peel::test {

struct HttpRequest {
  std::string path;
  std::map<std::string, std::string> headers;  ///< names in lower case
};

struct HttpReply {
  int status = 200;
  std::map<std::string, std::string> headers;
  std::string body;
  std::size_t cut_after = std::string::npos;  ///< bytes of the body before the connection is closed
  bool hang = false;                          ///< then keeps the connection open and says no more
  bool silent = false;                        ///< never answers at all
};

/// The reply of a plain file server: the file or, where asked for and `ranges`, the rest of it. If-Range is honoured.
HttpReply file_reply(const HttpRequest& request, const std::string& file, const std::string& etag = "\"one\"",
                     bool ranges = true);

/// A web server on 127.0.0.1, one request a connection, each in a thread of its own.
class HttpTestServer {
 public:
  using Handler = std::function<HttpReply(const HttpRequest&)>;
  explicit HttpTestServer(Handler handler);
  HttpTestServer(const HttpTestServer&) = delete;
  HttpTestServer& operator=(const HttpTestServer&) = delete;
  ~HttpTestServer();

  /// "http://127.0.0.1:PORT"
  std::string address() const;
  std::vector<HttpRequest> requests() const;

 private:
  void accept_connections();
  void serve(int connection);

  Handler handler_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;
  std::vector<HttpRequest> requests_;
  std::vector<std::thread> connections_;
  std::thread acceptor_;
};

}  // namespace peel::test
