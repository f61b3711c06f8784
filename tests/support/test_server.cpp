#include "support/test_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "support/stand_in_model.hpp"

namespace peel::test {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

std::string encoded(const std::vector<unsigned char>& rgb, int width, int height, FileFormat format) {
  EncodeOptions options;
  options.format = format;
  const auto bytes = encode(Image::from_pixels({rgb.data(), width, height, 3 * width, PixelFormat::rgb8}), options);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

std::string TestServer::add_model(const TemporaryFolder& folder, const std::string& name) {
  StandIn model;
  model.scale = 12.0f;
  model.shift = -6.0f;
  const auto file = folder / (name + ".onnx");
  write_stand_in(file, model);
  return file.string();
}

TestServer::TestServer(const Change& change) {
  ServerSettings settings;
  settings.port = 0;
  settings.remover.device = Device::cpu;
  settings.remover.threads = 2;
  settings.remover.model_folder = folder_.path();
  settings.models = {add_model(folder_, "subject")};
  settings.access_log = [this](std::string_view line) {
    const std::scoped_lock lock(mutex_);
    log_.emplace_back(line);
  };
  if (change) change(settings);
  server_.emplace(std::move(settings));
  server_->start();
  port_ = server_->port();
}

std::vector<std::string> TestServer::log() const {
  const std::scoped_lock lock(mutex_);
  return log_;
}

httplib::Client TestServer::client() const {
  httplib::Client client("127.0.0.1", port_);
  client.set_read_timeout(PATIENCE);
  client.set_write_timeout(PATIENCE);
  client.set_connection_timeout(PATIENCE);
  return client;
}

bool TestServer::answers() const {
  static const std::string picture = disc_bytes();
  const auto answer = client().Post("/api/remove", form_of(picture));
  return answer && answer->status == 200 && !answer->body.empty();
}

bool TestServer::answers_soon() const {
  return comes_about([this] { return answers(); });
}

bool TestServer::metric_reaches(const std::string& name, std::size_t value, const httplib::Headers& headers) const {
  const std::string line = "\n" + name + " " + std::to_string(value) + "\n";
  return comes_about([&] {
    const auto answer = client().Get("/metrics", headers);
    return answer && answer->body.find(line) != std::string::npos;
  });
}

bool TestServer::logs(const std::string& text) const {
  return comes_about([&] {
    const auto lines = log();
    return std::ranges::any_of(lines, [&](const std::string& line) { return line.find(text) != std::string::npos; });
  });
}

RawClient::RawClient(int port, const char* from) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(port));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr_in own = to;
  own.sin_port = 0;
  inet_pton(AF_INET, from, &own.sin_addr);
  if (socket_ < 0 || bind(socket_, reinterpret_cast<const sockaddr*>(&own), sizeof(own)) != 0 ||
      connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) != 0) {
    if (socket_ >= 0) close(socket_);
    throw std::runtime_error("the server takes no connection");
  }
}

RawClient::RawClient(RawClient&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), left_(std::move(other.left_)) {}

RawClient::~RawClient() {
  if (socket_ >= 0) close(socket_);
}

bool RawClient::send(std::string_view bytes, std::chrono::milliseconds patience) const {
  const auto deadline = Clock::now() + patience;
  while (!bytes.empty()) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    if (errno != EAGAIN && errno != EINTR) return false;
    if (Clock::now() >= deadline) return false;
    pollfd entry{socket_, POLLOUT, 0};
    poll(&entry, 1, 50);
  }
  return true;
}

int RawClient::receive(std::string& to, std::chrono::milliseconds patience) const {
  pollfd entry{socket_, POLLIN, 0};
  if (poll(&entry, 1, static_cast<int>(patience.count())) <= 0) return -1;
  std::array<char, 65536> piece;
  const auto got = recv(socket_, piece.data(), piece.size(), 0);
  if (got <= 0) return 0;
  to.append(piece.data(), static_cast<std::size_t>(got));
  return 1;
}

std::string RawClient::read_all(std::chrono::milliseconds patience) const {
  std::string all = left_;
  while (receive(all, patience) > 0) {
  }
  return all;
}

std::string RawClient::read_answer(std::chrono::milliseconds patience) {
  std::string all = std::exchange(left_, {});
  while (true) {
    if (const auto head = all.find("\r\n\r\n"); head != std::string::npos) {
      std::size_t body = 0;
      if (const auto field = all.find("Content-Length: "); field < head) body = std::stoul(all.substr(field + 16));
      // What announces another answer ("100 Continue") is none.
      const std::size_t size = head + 4 + body;
      if (all.size() >= size) {
        left_ = all.substr(size);
        all.resize(size);
        return all;
      }
    }
    if (receive(all, patience) <= 0) return all;
  }
}

bool RawClient::is_closed(std::chrono::milliseconds patience) const {
  const auto deadline = Clock::now() + patience;
  std::string dropped;
  while (Clock::now() < deadline) {
    if (receive(dropped, 50ms) == 0) return true;
    dropped.clear();
  }
  return false;
}

void RawClient::half_close() const {
  shutdown(socket_, SHUT_WR);
}

int status_of(std::string_view answer) {
  if (!answer.starts_with("HTTP/1.1 ") || answer.size() < 12) return 0;
  return std::stoi(std::string(answer.substr(9, 3)));
}

std::string body_of(std::string_view answer) {
  const auto head = answer.find("\r\n\r\n");
  return head == std::string_view::npos ? std::string() : std::string(answer.substr(head + 4));
}

std::size_t open_files() {
  // Not pipes: ThreadSanitizer has some to its symbolizer from its first (suppressed) finding on.
  const auto counts = [](const std::filesystem::directory_entry& file) {
    std::error_code gone;
    return !read_symlink(file.path(), gone).string().starts_with("pipe:");
  };
  return static_cast<std::size_t>(std::ranges::count_if(std::filesystem::directory_iterator("/proc/self/fd"), counts));
}

bool files_settle(std::size_t most) {
  return comes_about([&] { return open_files() <= most; });
}

std::string disc_bytes(int width, int height, FileFormat format) {
  std::vector<unsigned char> pixels;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const int dx = 2 * x - width;
      const int dy = 2 * y - height;
      const bool inside = dx * dx + dy * dy < height * height / 2;
      for (const int value : inside ? std::array{230, 160 + x % 40, 200} : std::array{10, 20, 20 + y % 20}) {
        pixels.push_back(static_cast<unsigned char>(value));
      }
    }
  }
  return encoded(pixels, width, height, format);
}

std::string noise_bytes(int side) {
  std::vector<unsigned char> pixels;
  std::uint32_t state = 1;
  for (int i = 0; i < 3 * side * side; ++i) {
    state = state * 1664525 + 1013904223;
    pixels.push_back(static_cast<unsigned char>(state >> 24));
  }
  return encoded(pixels, side, side, FileFormat::jpeg);
}

std::string page_bytes() {
  std::vector<unsigned char> pixels;
  for (int y = 0; y < 300; ++y) {
    for (int x = 0; x < 240; ++x) {
      const bool paper = x >= 40 && x < 200 && y >= 30 && y < 260;
      for (int c = 0; c < 3; ++c) pixels.push_back(paper ? 245 : 25);
    }
  }
  return encoded(pixels, 240, 300, FileFormat::png);
}

Image decoded(const std::string& bytes) {
  return decode(std::as_bytes(std::span(bytes)));
}

httplib::MultipartFormDataItems form_of(const std::string& picture,
                                        const std::vector<std::pair<std::string, std::string>>& fields) {
  httplib::MultipartFormDataItems items{{"file", picture, "picture.png", "image/png"}};
  for (const auto& [name, value] : fields) items.push_back({name, value, "", ""});
  return items;
}

std::string multipart_text(const std::string& picture) {
  return "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n" +
         picture + "\r\n--b--\r\n";
}

std::string remove_request(const std::string& picture, std::string_view more_headers) {
  const std::string body = multipart_text(picture);
  return "POST /api/remove HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n" + std::string(more_headers) + "\r\n" + body;
}

}  // namespace peel::test
