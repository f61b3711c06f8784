#pragma once

#include <httplib.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "peel/image.hpp"
#include "peel/server.hpp"
#include "support/comes_about.hpp"
#include "support/test_data.hpp"

namespace peel::test {

inline constexpr std::uint64_t MEGABYTE = 1 << 20;

/// A peel::Server in this process, on any free port, with a small network in a folder of its own.
class TestServer {
 public:
  using Change = std::function<void(ServerSettings&)>;
  /// `change` is called before the server is made; it finds model "subject" as the only entry of `models`.
  explicit TestServer(const Change& change = nullptr);
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  Server* operator->() { return &*server_; }
  /// Ends it, so that its clients are cut off.
  void destroy() { server_.reset(); }
  int port() const { return port_; }
  const TemporaryFolder& folder() const { return folder_; }
  /// Another network in the same folder; its path, for `models`.
  static std::string add_model(const TemporaryFolder& folder, const std::string& name);

  /// Lines of the access log so far. A line is written before its answer is sent.
  std::vector<std::string> log() const;
  httplib::Client client() const;
  /// Whether a newcomer gets a cut-out.
  bool answers() const;
  /// The same, now or in a while: a client that has just gone may keep its place for a moment, and on a busy machine a
  /// client may be too slow for a server without patience.
  bool answers_soon() const;
  /// Whether a metric without labels comes to that value. `headers`: with the key where one is needed.
  bool metric_reaches(const std::string& name, std::size_t value, const httplib::Headers& headers = {}) const;
  /// Whether a line of the access log has that text, now or in a while.
  bool logs(const std::string& text) const;

 private:
  TemporaryFolder folder_;
  mutable std::mutex mutex_;
  std::vector<std::string> log_;
  std::optional<Server> server_;
  int port_ = 0;
};

/// A client that sends byte for byte what it is told to.
class RawClient {
 public:
  /// `from`: an address of 127.0.0.0/8, of which Linux has all.
  explicit RawClient(int port, const char* from = "127.0.0.1");
  RawClient(RawClient&& other) noexcept;
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  ~RawClient();

  /// False once the server has closed the connection, or takes nothing for so long.
  bool send(std::string_view bytes, std::chrono::milliseconds patience = PATIENCE) const;
  /// What comes until the server ends the connection, or nothing came for so long.
  std::string read_all(std::chrono::milliseconds patience = PATIENCE) const;
  /// One answer, by its Content-Length; what came of it when the connection ended.
  std::string read_answer(std::chrono::milliseconds patience = PATIENCE);
  /// Whether the server ends the connection within that time; what it sends before is dropped.
  bool is_closed(std::chrono::milliseconds patience = PATIENCE) const;
  void half_close() const;
  int socket() const { return socket_; }

 private:
  /// 1: something came; 0: the connection has ended; -1: nothing came in time.
  int receive(std::string& to, std::chrono::milliseconds patience) const;

  int socket_ = -1;
  std::string left_;  ///< received after the answer that was read last
};

/// Of an answer as it came; 0 where it is none.
int status_of(std::string_view answer);
std::string body_of(std::string_view answer);

/// Of this process, but for pipes.
std::size_t open_files();
/// Whether it comes down to so many: what was closed at one end is closed at the other a little later.
bool files_settle(std::size_t most);

/// Encoded pictures.
std::string disc_bytes(int width = 64, int height = 48, FileFormat format = FileFormat::png);
/// One that takes long to be worked on, as nothing in it repeats.
std::string noise_bytes(int side);
/// A page of paper on a dark table.
std::string page_bytes();
Image decoded(const std::string& bytes);

/// multipart/form-data with a picture as `file` and further fields.
httplib::MultipartFormDataItems form_of(const std::string& picture,
                                        const std::vector<std::pair<std::string, std::string>>& fields = {});
/// The same as text, for raw clients: body, with boundary "b".
std::string multipart_text(const std::string& picture);
/// A whole request with such a body.
std::string remove_request(const std::string& picture, std::string_view more_headers = {});

}  // namespace peel::test
