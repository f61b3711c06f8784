#pragma once

#include <httplib.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "server/http/chunk_frames.hpp"
#include "server/http/request_head.hpp"
#include "server/http/transport.hpp"

namespace peel::server {

/// How long a client may take, and how much it may send.
struct ConnectionLimits {
  std::chrono::milliseconds idle{15'000};   ///< until a (further) request begins
  std::chrono::milliseconds head{10'000};   ///< for all of a request's head
  std::chrono::milliseconds body{120'000};  ///< for all of its body
  std::chrono::milliseconds write{60'000};  ///< for taking an answer's head, and its body
  /// After which a client that sends its body or takes its answer may have to go, where there are too many: a body of a
  /// small picture takes less over any line, and so does a piece of an answer.
  std::chrono::milliseconds slow{5'000};
  std::size_t head_bytes = 16'384;
  std::uint64_t body_bytes = 50ull << 20;
  int requests = 1000;  ///< on one connection
};

/// What a client goes by, of its address as text: of IPv6 the network, as anybody has 2^64 of them. Empty: no address.
std::string client_name(const std::string& address);

/// A client's connection, and of what it sends the request at hand: httplib reads it from here, under deadlines that
/// hold for a whole part, however slowly it drips, and after its head was found to be sound.
class Connection : public httplib::Stream {
 public:
  enum class State {
    idle,  ///< no request has begun
    head,
    body,
    work,     ///< all was read; the answer is made
    answer,   ///< it is sent; since() is when the client last took a piece of it
    goodbye,  ///< all was said: only what the client still sends is read away
  };

  Connection(std::unique_ptr<Transport> transport, const ConnectionLimits& limits);

  /// The next request's head, to be read by httplib from here. 0: it is there; -1: the client has gone or sent nothing;
  /// else the status of the answer it gets (`reason` is set).
  int receive_head(std::chrono::milliseconds idle, const char*& reason);

  const RequestHead& head() const { return head_; }
  const std::string& client() const { return client_; }
  /// Whether it takes no answer any more. One that has closed its half alone still does: what tells the two apart is
  /// whether it takes another answer "102" first, which says that the request is worked on.
  bool client_gone();
  /// To be said when all of a body was read; of one with Content-Length it is known without.
  void body_was_read() { body_read_ = true; }
  /// Whether what comes next is still the body, so that the connection is of no more use.
  bool body_is_left() const;
  /// Whether a body came too slowly to be read.
  bool body_was_late() const { return body_late_; }
  std::uint64_t received() const { return received_; }

  State state() const { return state_; }
  void set_state(State state);
  std::chrono::steady_clock::time_point since() const { return since_.load(); }
  Transport& transport() { return *transport_; }

  /// The connection this thread serves.
  static Connection& current();
  /// Makes it so, for as long as it lives.
  class Current {
   public:
    explicit Current(Connection& connection);
    ~Current();
  };

  bool is_readable() const override { return true; }
  bool is_writable() const override { return true; }
  ssize_t read(char* to, std::size_t size) override;
  ssize_t write(const char* from, std::size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  int socket() const override { return transport_->socket(); }

 private:
  std::unique_ptr<Transport> transport_;
  const ConnectionLimits& limits_;
  RequestHead head_;
  std::string client_;
  std::string address_;
  int port_ = 0;
  std::string buffer_;         ///< received and not yet read: a head in its checked form, and what came with it
  std::size_t position_ = 0;   ///< in it
  std::size_t head_left_ = 0;  ///< of the head
  std::uint64_t body_taken_ = 0;
  bool body_read_ = false;
  bool body_late_ = false;
  bool asked_whether_gone_ = false;
  ChunkFrames frames_;
  std::uint64_t received_ = 0;
  Deadline body_deadline_{};
  std::atomic<State> state_ = State::idle;
  std::atomic<std::chrono::steady_clock::time_point> since_;
};

}  // namespace peel::server
