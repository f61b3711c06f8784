#include "server/url_fetch.hpp"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "models/download.hpp"
#include "peel/error.hpp"
#include "server/api_error.hpp"

namespace peel::server {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t MAX_URL = 8192;
constexpr std::size_t MAX_HEADERS = 64 << 10;

struct Free {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
  void operator()(char* text) const { curl_free(text); }
};

ApiError bad_url(const std::string& message) {
  return {400, "bad_url", message, "give the http or https address of a picture"};
}

/// A URL as libcurl reads it: what is checked is what is then asked for.
class Address {
 public:
  explicit Address(const UrlFetchOptions& options) : options_(options), url_(curl_url()) {
    if (!url_) throw Error(ErrorCode::internal, "libcurl could not be started");
  }

  /// The first time whole, later also relative to what it was.
  void set(const std::string& text) {
    // What comes after a zero byte libcurl would not see.
    if (text.size() > MAX_URL || text.find('\0') != std::string::npos ||
        curl_url_set(url_.get(), CURLUPART_URL, text.c_str(), CURLU_URLENCODE) != CURLUE_OK) {
      throw bad_url("the URL is none that can be fetched");
    }
    check(text);
  }

  CURLU* get() const { return url_.get(); }
  const std::string& host() const { return host_; }

 private:
  std::string part(CURLUPart which, unsigned flags = 0) const {
    char* text = nullptr;
    curl_url_get(url_.get(), which, &text, flags);
    const std::unique_ptr<char, Free> owned(text);
    return text ? text : "";
  }

  void check(const std::string& given) {
    const auto scheme = part(CURLUPART_SCHEME);
    if (scheme != "http" && scheme != "https") throw bad_url("the URL is neither http nor https");
    if (!part(CURLUPART_USER).empty() || !part(CURLUPART_PASSWORD).empty()) {
      throw bad_url("the URL holds a user or a password");
    }
    const auto port = part(CURLUPART_PORT, CURLU_DEFAULT_PORT);
    if (std::ranges::none_of(options_.ports, [&](int one) { return std::to_string(one) == port; })) {
      throw bad_url(fmt::format("the URL names port {}, which is not allowed", port));
    }
    // A relative redirect names no host and keeps the one that was checked.
    const auto before = std::exchange(host_, part(CURLUPART_HOST));
    if (!part(CURLUPART_ZONEID).empty() || (host_ != before && !is_plain_host(given))) {
      throw bad_url("the URL's host is written in an unusual way");
    }
  }

  /// Notations nobody uses for a public picture, and in which programs have been found to disagree. libcurl rewrites
  /// most of them as it reads, so the text it was given must hold the address as it stands now.
  bool is_plain_host(std::string_view given) const {
    if (host_.empty() || host_.ends_with('.')) return false;
    if (host_.front() == '[') return true;
    in_addr address{};
    if (inet_pton(AF_INET, host_.c_str(), &address) == 1) {
      const auto slashes = given.find("//");
      if (slashes == given.npos) return false;
      given.remove_prefix(slashes + 2);
      return given.starts_with(host_) &&
             (given.size() == host_.size() || std::string_view(":/?#").find(given[host_.size()]) != given.npos);
    }
    // A last label that is a number would make the whole an address to some (the URL standard's "ends in a number").
    const std::string_view label = std::string_view(host_).substr(host_.rfind('.') + 1);
    const bool hex = label.size() >= 2 && label[0] == '0' && (label[1] == 'x' || label[1] == 'X') &&
                     label.find_first_not_of("0123456789abcdefABCDEF", 2) == label.npos;
    return !hex && label.find_first_not_of("0123456789") != label.npos;
  }

  const UrlFetchOptions& options_;
  std::unique_ptr<CURLU, Free> url_;
  std::string host_;
};

/// One request. Redirects are not left to libcurl, so that each URL goes through Address.
class Request {
 public:
  Request(const UrlFetchOptions& options, const Address& address, int number, Clock::time_point deadline)
      : options_(options), address_(address), number_(number), deadline_(deadline), handle_(curl_easy_init()) {
    if (!handle_) throw Error(ErrorCode::internal, "libcurl could not be started");
  }

  /// Where to go on, or nothing: `body` is the answer. Throws ApiError.
  std::optional<std::string> run();
  std::string take_body() { return std::move(body_); }

 private:
  enum class End { none, redirect, refused, status, encoding, too_large, headers, cancelled, no_room };

  template <typename Value>
  void set(CURLoption option, Value value) {
    // An option that is not taken must not be a guard that is missing.
    if (curl_easy_setopt(handle_.get(), option, value) != CURLE_OK) {
      throw Error(ErrorCode::internal, "libcurl does not take an option");
    }
  }
  void configure();
  void judge(CURLcode code) const;
  long status() const {
    long code = 0;
    curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &code);
    return code;
  }
  std::string header(const char* name) const {
    curl_header* found = nullptr;
    return curl_easy_header(handle_.get(), name, 0, CURLH_HEADER, -1, &found) == CURLHE_OK ? found->value : "";
  }
  bool is_redirect() const {
    const long code = status();
    return (code == 301 || code == 302 || code == 303 || code == 307 || code == 308) && !header("Location").empty();
  }
  /// What the status and the headers say against reading on.
  End verdict() const {
    if (is_redirect()) return End::redirect;
    if (status() < 200 || status() > 299) return End::status;
    const auto encoding = header("Content-Encoding");
    return encoding.empty() || encoding == "identity" ? End::none : End::encoding;
  }
  void stop(End reason) {
    if (end_ == End::none) end_ = reason;
  }

  static curl_socket_t on_socket(void* self, curlsocktype, curl_sockaddr* address) noexcept;
  static std::size_t on_header(char*, std::size_t, std::size_t count, void* self) noexcept;
  static std::size_t on_data(char* data, std::size_t, std::size_t count, void* self) noexcept;
  static int on_wait(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) noexcept;

  const UrlFetchOptions& options_;
  const Address& address_;
  int number_;
  Clock::time_point deadline_;
  std::unique_ptr<curl_slist, Free> headers_;
  std::unique_ptr<curl_slist, Free> names_;
  std::unique_ptr<CURL, Free> handle_;
  std::size_t header_bytes_ = 0;
  std::string body_;
  End end_ = End::none;
};

void Request::configure() {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now());
  if (left.count() <= 0) throw ApiError(504, "timeout", fmt::format("{} took too long to answer", address_.host()));
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(left.count()));
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::min(left, options_.connect_timeout).count()));
  set(CURLOPT_NOSIGNAL, 1L);
  // Else the time limit does not hold where a name's server is slow: libcurl would wait for its resolver's thread.
  set(CURLOPT_QUICK_EXIT, 1L);

  set(CURLOPT_CURLU, address_.get());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  // An empty text keeps libcurl from looking at http_proxy and the like.
  set(CURLOPT_PROXY, "");
  set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(CURLOPT_OPENSOCKETFUNCTION, &Request::on_socket);
  set(CURLOPT_OPENSOCKETDATA, this);
  if (options_.names) {
    for (const auto& name : options_.names(number_)) {
      names_.reset(curl_slist_append(names_.release(), name.c_str()));
    }
    set(CURLOPT_RESOLVE, names_.get());
  }
  // As in the downloads of models: the curl program honours this variable, libcurl alone does not.
  if (const char* file = std::getenv("SSL_CERT_FILE"); file && *file) set(CURLOPT_CAINFO, file);

  set(CURLOPT_USERAGENT, "peel");
  headers_.reset(curl_slist_append(headers_.release(), "Accept: image/*"));
  headers_.reset(curl_slist_append(headers_.release(), "Accept-Encoding: identity"));
  set(CURLOPT_HTTPHEADER, headers_.get());
  set(CURLOPT_HEADERFUNCTION, &Request::on_header);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(options_.max_bytes));
  set(CURLOPT_WRITEFUNCTION, &Request::on_data);
  set(CURLOPT_WRITEDATA, this);
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, &Request::on_wait);
  set(CURLOPT_XFERINFODATA, this);
}

// libcurl is C: an exception must not pass through it.
curl_socket_t Request::on_socket(void* self, curlsocktype, curl_sockaddr* address) noexcept {
  auto& request = *static_cast<Request*>(self);
  bool allowed = false;
  try {
    allowed = request.options_.allowed(address->addr);
  } catch (...) {
    allowed = false;
  }
  if (!allowed) request.stop(End::refused);
  // Once one was refused, the others of that name are not tried either.
  if (request.end_ != End::none) return CURL_SOCKET_BAD;
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

std::size_t Request::on_header(char*, std::size_t, std::size_t count, void* self) noexcept {
  auto& request = *static_cast<Request*>(self);
  request.header_bytes_ += count;
  if (request.header_bytes_ > MAX_HEADERS) request.stop(End::headers);
  return request.end_ == End::none ? count : 0;
}

std::size_t Request::on_data(char* data, std::size_t, std::size_t count, void* self) noexcept {
  auto& request = *static_cast<Request*>(self);
  try {
    if (request.body_.empty()) request.stop(request.verdict());
    if (count > request.options_.max_bytes - request.body_.size()) request.stop(End::too_large);
    if (request.end_ == End::none && request.options_.room && !request.options_.room(count)) request.stop(End::no_room);
    if (request.end_ != End::none) return 0;
    request.body_.append(data, count);
    return count;
  } catch (...) {
    return 0;  // no memory
  }
}

int Request::on_wait(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) noexcept {
  auto& request = *static_cast<Request*>(self);
  if (request.options_.cancelled && request.options_.cancelled()) request.stop(End::cancelled);
  return request.end_ == End::none ? 0 : 1;
}

void Request::judge(CURLcode code) const {
  const auto& host = address_.host();
  switch (end_) {
    case End::refused:
      throw ApiError(400, "forbidden_address", fmt::format("{} is no public address", host),
                     "send the picture itself instead of its URL");
    case End::status:
      throw ApiError(502, "fetch_failed", fmt::format("{} answered HTTP {}", host, status()));
    case End::encoding:
      throw ApiError(502, "fetch_failed", fmt::format("{} answered compressed, which was not asked for", host));
    case End::too_large:
      break;
    case End::headers:
      throw ApiError(502, "fetch_failed", fmt::format("{} answered with too many headers", host));
    case End::no_room:
      throw too_much_at_a_time();
    case End::cancelled:
      throw ApiError(499, "cancelled", "nobody waits for the picture any more");
    case End::none:
    case End::redirect:
      break;
  }
  if (end_ == End::redirect || (end_ == End::none && code == CURLE_OK)) return;
  if (end_ == End::too_large || code == CURLE_FILESIZE_EXCEEDED) {
    throw ApiError(413, "too_large", fmt::format("{} sends more than {} bytes", host, options_.max_bytes));
  }
  if (code == CURLE_OPERATION_TIMEDOUT) {
    throw ApiError(504, "timeout", fmt::format("{} took too long to answer", host));
  }
  if (code == CURLE_URL_MALFORMAT) {
    throw bad_url("the URL is none that can be fetched");
  }
  // Not CURLOPT_ERRORBUFFER: its words may name the address a name stands for.
  throw ApiError(502, "fetch_failed", fmt::format("{} could not be fetched from: {}", host, curl_easy_strerror(code)));
}

std::optional<std::string> Request::run() {
  configure();
  const CURLcode code = curl_easy_perform(handle_.get());
  // An answer without a body has not called on_data.
  if (code == CURLE_OK && body_.empty() && end_ == End::none) end_ = verdict();
  judge(code);
  if (end_ == End::redirect) return header("Location");
  if (body_.empty()) throw ApiError(502, "fetch_failed", fmt::format("{} answered with nothing", address_.host()));
  return std::nullopt;
}

}  // namespace

std::string fetch_url(const std::string& url, const UrlFetchOptions& options) {
  start_curl();
  const auto deadline = Clock::now() + options.timeout;
  Address address(options);
  address.set(url);
  for (int number = 0; number < options.max_requests; ++number) {
    Request request(options, address, number, deadline);
    const auto next = request.run();
    if (!next) return request.take_body();
    address.set(*next);
  }
  throw ApiError(502, "fetch_failed", fmt::format("redirected more than {} times", options.max_requests - 1));
}

}  // namespace peel::server
