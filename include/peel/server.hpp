#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "peel/export.hpp"
#include "peel/remover.hpp"

namespace peel {

/// How a Server is made. docs/server.md says of each limit what a client over it is told.
struct ServerSettings {
  std::string host = "127.0.0.1";  ///< a name or an address; "0.0.0.0" and "::" are every address of this machine
  int port = 7000;                 ///< 0 to 65535; 0: any that is free
  /// Of another port of `host`, for /healthz, /readyz and /metrics, which then is there alone: it has places of its
  /// own, so that it answers however many clients there are. Plain HTTP. 0: any that is free; -1: none.
  int admin_port = -1;
  std::string certificate_file;  ///< PEM; with `key_file`: TLS
  std::string key_file;

  /// What models run on. `model_name` is not used.
  Settings remover;
  /// Names or .onnx files; requests without a name get the first. Empty: "auto". Requests may name these, and every
  /// installed model of the manifest; a file goes by its name without folder and ending.
  std::vector<std::string> models;
  std::vector<std::string> default_model_aliases;  ///< requests for these names get the first of `models`, too
  bool warm = false;      ///< load `models` before start() returns, ready for several pictures at a time
  bool download = false;  ///< requests may name every model of the manifest: what is missing is fetched
  std::uint64_t model_bytes =
      0;             ///< for all models in memory; the one unused for longest goes. 0: four tenths of what is free
  int together = 0;  ///< pictures in the network at a time; 0: a core each, two batches on a GPU

  std::uint64_t max_bytes = 50ull << 20;   ///< of a request's body
  std::uint64_t max_pixels = 100'000'000;  ///< of a picture, by its header
  /// Of all bodies in memory at a time, at least `max_bytes`; 0: a tenth of what is free, at most 512 MB.
  std::uint64_t upload_bytes = 0;
  std::uint64_t picture_bytes = 0;  ///< for the pictures in hand, and so for each; 0: four tenths of what is free
  std::size_t queue = 64;           ///< requests that wait for a worker
  std::size_t connections = 256;
  /// Of one client (an address; of IPv6 its /64 network) at a time; 0: as many as there are. Not behind a proxy.
  std::size_t client_connections = 64;
  std::chrono::milliseconds timeout{60'000};         ///< of a request, from its body to the answer
  std::chrono::milliseconds decode_timeout{20'000};  ///< for its picture to be decoded
  std::chrono::milliseconds head_timeout{10'000};    ///< for a request's head to come
  std::chrono::milliseconds body_timeout{120'000};   ///< for its body
  std::chrono::milliseconds idle_timeout{15'000};    ///< of a connection between requests
  std::chrono::milliseconds write_timeout{60'000};   ///< for the client to take the answer's body

  /// The keys that may ask for work: lines "NAME = KEY", in a file or in the value of an environment variable (of that
  /// name; with commas for lines), not both. Neither: anybody.
  std::string api_keys_file;
  std::string api_keys_variable;
  std::vector<std::string> cors_origins;  ///< pages of other origins that may read answers; "*": all
  bool behind_proxy = false;              ///< clients are told apart by the last address of X-Forwarded-For
  bool allow_url_fetch = false;           ///< requests may name a picture's address, see docs/server.md
  bool page = true;                       ///< serve the page at /

  /// One line of JSON for each request, from any thread, one call at a time.
  std::function<void(std::string_view)> access_log;
};

/// An HTTP server: rembg's and remove.bg's way of asking for cut-outs, scans of pages, and a page for people.
///
///     peel::Server server({.port = 8080});
///     server.start();
///     ... until it shall end ...
///     server.stop(std::chrono::seconds(30));
///
/// It can be moved, not copied; one that was moved from throws Error(usage).
class PEEL_API Server {
 public:
  /// Binds and listens, so that a port that is taken is known at once. Throws Error(usage, input): usage also for
  /// numbers that make no sense (a port above 65535, no room for a connection, a time limit of 0).
  explicit Server(ServerSettings settings);
  Server(Server&&) noexcept;
  Server& operator=(Server&&) noexcept;
  /// As stop() with no time left.
  ~Server();

  /// Answers from now on, on threads of its own. Once: Error(usage) for a server that was started or stopped before.
  /// Throws Error(model, device) with `warm`; it may be tried again then.
  void start();
  /// Reads the files of keys and of the certificate anew: requests and connections from now on go by them. Throws
  /// Error(usage, input) where one is not as it should be; all stays as it was then.
  void reload();
  int port() const noexcept;                    ///< 0 after it was moved from
  int admin_port() const noexcept;              ///< -1: there is none
  const std::string& address() const noexcept;  ///< "http://127.0.0.1:7000"; empty after it was moved from
  /// What the usual model runs on; null until it was loaded.
  const SessionInfo* session() const;

  /// From now on /readyz says 503. A client that is connected is answered; returns when all are, or after `patience`,
  /// when those that are left are cut off. Whether none was.
  bool stop(std::chrono::milliseconds patience);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace peel
