#include "requests.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/file.hpp"
#include "peel/error.hpp"

namespace peel::load {
namespace {

constexpr std::size_t MOST_BYTES = std::size_t{1} << 30;
// Long enough not to stand in a picture by chance.
constexpr const char* BOUNDARY = "----peel-load-5f1d0c7e9b3a48d2a6e4";

struct Free {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
  void operator()(char* text) const { curl_free(text); }
};

std::string body_of(const std::filesystem::path& file, const Fields& fields) {
  std::string body;
  for (const auto& [name, value] : fields) {
    body += fmt::format("--{}\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n{}\r\n", BOUNDARY, name, value);
  }
  body += fmt::format(
      "--{}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"picture\"\r\n"
      "Content-Type: application/octet-stream\r\n\r\n",
      BOUNDARY);
  const auto bytes = read_file(file, MOST_BYTES, ErrorCode::input);
  body.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return body + fmt::format("\r\n--{}--\r\n", BOUNDARY);
}

}  // namespace

Requests read_requests(const std::filesystem::path& folder, const Fields& fields) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.is_regular_file() && !entry.path().filename().string().starts_with('.')) files.push_back(entry.path());
  }
  if (error) throw Error(ErrorCode::input, fmt::format("{}: {}", folder.string(), error.message()));
  if (files.empty()) throw Error(ErrorCode::input, fmt::format("{}: no file in it", folder.string()));
  std::ranges::sort(files);
  Requests requests{fmt::format("multipart/form-data; boundary={}", BOUNDARY), {}};
  for (const auto& file : files) requests.bodies.push_back(body_of(file, fields));
  return requests;
}

std::string address_of(const std::string& url) {
  const std::unique_ptr<CURLU, Free> parts(curl_url());
  char* text = nullptr;
  if (!parts || curl_url_set(parts.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) {
    throw Error(ErrorCode::usage, fmt::format("{}: not an address", url), "write http://127.0.0.1:7000");
  }
  curl_url_get(parts.get(), CURLUPART_PATH, &text, 0);
  const std::unique_ptr<char, Free> path(text);
  if (!path || std::string_view(path.get()) == "/") curl_url_set(parts.get(), CURLUPART_PATH, "/api/remove", 0);
  text = nullptr;
  curl_url_get(parts.get(), CURLUPART_URL, &text, 0);
  const std::unique_ptr<char, Free> whole(text);
  return whole ? whole.get() : url;
}

}  // namespace peel::load
