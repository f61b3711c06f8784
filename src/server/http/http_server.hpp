#pragma once

#include <httplib.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "server/http/connection.hpp"

namespace peel::server {

struct HttpOptions {
  std::string host = "127.0.0.1";  ///< a name or an address
  int port = 0;                    ///< 0: any that is free
  std::string certificate_file;    ///< both or none: TLS
  std::string key_file;
  std::size_t connections = 256;
  std::size_t client_connections = 0;  ///< of one client; 0: as many as there are
  ConnectionLimits limits;
  std::string refusal_fields;  ///< of answers to what is refused unread, each with its CR LF
  /// Told of each client that got no further than the head of a request, or not even so far.
  std::function<void(const std::string& client, int status, std::string_view reason)> refused;
};

/// Sockets, connections and threads (one for each connection) around httplib's reading of requests and writing of
/// answers.
///
/// More clients than there are places for: a client that has had its last answer goes first, then one that has sent no
/// complete request, the one that has waited longest; then one that is slow with a body or with taking its answer;
/// where all are being served the newcomer gets 503. The same among the connections of one client that has too many.
class HttpServer {
 public:
  /// Binds and listens. Throws Error(usage) where the address cannot be had, Error(input) for a certificate.
  explicit HttpServer(HttpOptions options);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  /// As drain() with no time left.
  ~HttpServer();

  /// To add routes and handlers to, before start().
  httplib::Server& routes() { return routes_; }
  /// Throws Error(usage) the second time, and after drain().
  void start();
  int port() const { return port_; }
  /// For connections from now on. Throws Error(input); the one there is stays then.
  void reload_certificate();
  std::size_t connections() const;
  bool draining() const { return draining_; }

  /// Takes the clients that have connected so far and no more, answers all that was begun, and returns when the last
  /// connection is closed, or at the deadline, when those that are left are cut. Whether none was.
  bool drain(Deadline deadline);

 private:
  class Routes : public httplib::Server {
   public:
    using httplib::Server::process_request;
  };
  struct Client {
    std::unique_ptr<Connection> connection;
    std::thread thread;
    std::atomic<bool> finished = false;
    std::atomic<bool> sent_away = false;
    std::atomic<bool> fresh = true;  ///< no request came yet
  };

  void bind();
  void accept_clients();
  bool accept_one();
  void admit(int socket);
  /// Where too many have been sent away at a time, until some of them are gone.
  void await_leaving();
  bool make_room(std::size_t places, const std::string& client);
  Client* client_to_dismiss(const std::string& client = {});
  void reap();
  void serve(Client& client);
  bool answer_one(Client& client, int number);
  static void say_goodbye(Connection& connection);
  void refuse(Connection& connection, int status, std::string_view reason);

  HttpOptions options_;
  Routes routes_;
  std::shared_ptr<const TlsContext> tls_;  ///< changes under the mutex
  int socket_ = -1;
  int wake_ = -1;
  int port_ = 0;
  std::thread accepting_;
  std::atomic<bool> started_ = false;
  std::atomic<bool> draining_ = false;
  mutable std::mutex mutex_;
  std::condition_variable ended_;
  std::list<Client> clients_;
};

}  // namespace peel::server
