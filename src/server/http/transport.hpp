#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace peel::server {

using Deadline = std::chrono::steady_clock::time_point;

/// Milliseconds from now, 0 when it is over.
int left_until(Deadline deadline);

/// Bytes to and from a client over a connected socket. Used by one thread, but for shut().
class Transport {
 public:
  /// Takes the socket, which is closed with it, and makes it non-blocking.
  explicit Transport(int socket);
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  virtual ~Transport();

  /// What TLS says before HTTP does; false: it came to nothing.
  virtual bool greet(Deadline deadline);
  /// At most so many bytes, waiting for the first. 0: the client has ended; -1: an error or the deadline.
  virtual long read(char* to, std::size_t size, Deadline deadline);
  /// All of them, or false.
  virtual bool write(const char* from, std::size_t size, Deadline deadline);
  /// Bytes that were received and not read yet, so that the socket does not tell of them.
  virtual bool has_pending() const { return false; }
  /// Says that no more will come, then reads on for a little (seconds, where it goes on sending): a client that is
  /// still sending would lose an answer to a connection that is simply closed.
  virtual void say_goodbye();

  /// Whether there is something to be read, or the client is gone, by then.
  bool wait_readable(Deadline deadline) const;
  enum class Peer { there, half_closed, gone };
  /// half_closed: the client sends no more. That it is gone shows only once something was sent to it.
  Peer peer() const;
  /// From another thread: what waits for the client ends.
  void shut() const;
  int socket() const { return socket_; }

 protected:
  bool wait(short events, Deadline deadline) const;

 private:
  int socket_;
};

/// Certificate and key, read once. Throws Error(input) that names the file.
class TlsContext {
 public:
  TlsContext(const std::string& certificate_file, const std::string& key_file);
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  ~TlsContext();
  /// A transport with TLS (1.2 at least) over that socket.
  std::unique_ptr<Transport> wrap(int socket) const;

 private:
  void* context_;
};

}  // namespace peel::server
