#include "models/download.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstdlib>
#include <exception>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/control.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "models/store_files.hpp"
#include "peel/version.hpp"

namespace peel {
namespace {

using nlohmann::json;

struct CurlDeleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

/// One request and its answer.
class Attempt {
 public:
  enum class Outcome {
    done,
    passing,    ///< may go better another time
    no_answer,  ///< no host, no connection, nothing said: passing only where an earlier attempt got an answer
    restart,    ///< the part at hand does not fit the server's file
    final,      ///< the server said no
  };

  Attempt(const Download& request, PartFile& part) : request_(request), part_(part), handle_(curl_easy_init()) {
    if (!handle_) throw Error(ErrorCode::internal, "libcurl could not be started");
  }

  Outcome run();
  const std::string& reason() const { return reason_; }
  bool answered() const { return status() != 0; }
  bool continued() const { return begun_ && start_ > 0; }
  std::string content_type() const {
    const char* type = nullptr;
    curl_easy_getinfo(handle_.get(), CURLINFO_CONTENT_TYPE, &type);
    return type ? type : "";
  }
  std::chrono::seconds retry_after() const {
    curl_off_t seconds = 0;
    curl_easy_getinfo(handle_.get(), CURLINFO_RETRY_AFTER, &seconds);
    return std::chrono::seconds(std::clamp<curl_off_t>(seconds, 0, 10));
  }

 private:
  template <typename Value>
  void set(CURLoption option, Value value) {
    curl_easy_setopt(handle_.get(), option, value);
  }
  long status() const {
    long code = 0;
    curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &code);
    return code;
  }
  std::string header(const char* name) const {
    curl_header* found = nullptr;
    const auto result = curl_easy_header(handle_.get(), name, 0, CURLH_HEADER, -1, &found);
    return result == CURLHE_OK ? found->value : "";
  }
  void configure();
  void ask_for_the_rest();
  void begin();
  void receive(std::span<const std::byte> bytes);
  void report() const {
    if (request_.progress) request_.progress({request_.what, position_, total_});
  }
  Outcome judge(CURLcode code, const char* detail);
  static std::size_t on_data(char* data, std::size_t, std::size_t count, void* self) noexcept;
  static int on_wait(void* self, curl_off_t, curl_off_t received, curl_off_t, curl_off_t) noexcept;

  const Download& request_;
  PartFile& part_;
  std::unique_ptr<CURL, CurlDeleter> handle_;
  std::unique_ptr<curl_slist, CurlDeleter> headers_;
  std::uint64_t asked_ = 0;     ///< first byte asked for
  std::uint64_t start_ = 0;     ///< first byte given
  std::uint64_t position_ = 0;  ///< next byte to write
  std::uint64_t total_ = 0;     ///< 0: not known
  bool begun_ = false;
  bool misfit_ = false;
  bool stalled_ = false;
  curl_off_t received_ = 0;
  std::chrono::steady_clock::time_point last_received_ = std::chrono::steady_clock::now();
  std::exception_ptr thrown_;
  std::string reason_;
};

void Attempt::configure() {
  set(CURLOPT_URL, request_.url.c_str());
  set(CURLOPT_USERAGENT, "peel/" PEEL_VERSION);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_FAILONERROR, 1L);
  set(CURLOPT_FOLLOWLOCATION, 1L);
  set(CURLOPT_MAXREDIRS, 10L);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  // What was asked for over TLS is not taken from elsewhere without it.
  set(CURLOPT_REDIR_PROTOCOLS_STR, request_.url.starts_with("https:") ? "https" : "http,https");
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request_.limits.connect.count()));
  // CURLOPT_LOW_SPEED_TIME looks at an average, which a quick start holds up for long after the server has stopped.
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, &Attempt::on_wait);
  set(CURLOPT_XFERINFODATA, this);
  set(CURLOPT_BUFFERSIZE, 256L << 10);
  set(CURLOPT_WRITEFUNCTION, &Attempt::on_data);
  set(CURLOPT_WRITEDATA, this);
  // The curl program honours this variable, libcurl alone does not; networks that open TLS need it.
  if (!request_.ca_file.empty()) {
    set(CURLOPT_CAINFO, request_.ca_file.c_str());
  } else if (const char* file = std::getenv("SSL_CERT_FILE"); file && *file) {
    set(CURLOPT_CAINFO, file);
  }
}

/// A part is continued only if it came from the same address. If-Range makes the server send the whole file where it
/// has another one by now.
void Attempt::ask_for_the_rest() {
  asked_ = part_.size();
  if (asked_ == 0) return;
  std::string address;
  std::string validator;
  try {
    const auto text = read_file(request_.note, 1 << 16, ErrorCode::internal);
    const auto* const characters = reinterpret_cast<const char*>(text.data());
    const auto note = json::parse(characters, characters + text.size());
    note.at("url").get_to(address);
    note.at("validator").get_to(validator);
  } catch (const std::exception&) {
    address.clear();
  }
  if (address != shown_address(request_.url)) {
    asked_ = 0;
    return;
  }
  headers_.reset(curl_slist_append(headers_.release(), fmt::format("Range: bytes={}-", asked_).c_str()));
  if (!validator.empty()) {
    headers_.reset(curl_slist_append(headers_.release(), fmt::format("If-Range: {}", validator).c_str()));
  }
  set(CURLOPT_HTTPHEADER, headers_.get());
}

/// The answer's headers are here: where its body goes, whether it fits.
void Attempt::begin() {
  begun_ = true;
  if (status() == 206) {
    const auto range = header("Content-Range");
    misfit_ = asked_ == 0 || !range.starts_with(fmt::format("bytes {}-", asked_));
    if (misfit_) return;
    start_ = asked_;
  }
  part_.truncate(start_);
  position_ = start_;

  curl_off_t length = -1;
  curl_easy_getinfo(handle_.get(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
  const std::uint64_t left = length > 0 ? static_cast<std::uint64_t>(length) : 0;
  total_ = left > 0 ? start_ + left : request_.bytes;
  require_space(request_.part.parent_path(), left + request_.extra_space);

  // A weak validator promises no equal bytes (RFC 9110, 13.1.5).
  auto validator = header("ETag");
  if (validator.starts_with("W/") || validator.empty()) validator = header("Last-Modified");
  const std::string note = json{{"url", shown_address(request_.url)}, {"validator", validator}}.dump();
  AtomicFile out(request_.note, ErrorCode::output);
  out.write(std::as_bytes(std::span(note)));
  out.commit();
}

void Attempt::receive(std::span<const std::byte> bytes) {
  if (!begun_) begin();
  if (misfit_) return;
  if (request_.bytes > 0 && position_ + bytes.size() > request_.bytes) {
    throw Error(ErrorCode::model, fmt::format("more than the {} bytes expected", request_.bytes));
  }
  part_.write_at(position_, bytes);
  position_ += bytes.size();
  report();
}

// libcurl is C: an exception must not pass through it.
std::size_t Attempt::on_data(char* data, std::size_t, std::size_t count, void* self) noexcept {
  auto& attempt = *static_cast<Attempt*>(self);
  try {
    attempt.receive(std::as_bytes(std::span(data, count)));
  } catch (...) {
    attempt.thrown_ = std::current_exception();
  }
  return attempt.thrown_ || attempt.misfit_ ? 0 : count;
}

int Attempt::on_wait(void* self, curl_off_t, curl_off_t received, curl_off_t, curl_off_t) noexcept {
  auto& attempt = *static_cast<Attempt*>(self);
  const auto now = std::chrono::steady_clock::now();
  if (received != attempt.received_) {
    attempt.received_ = received;
    attempt.last_received_ = now;
  }
  attempt.stalled_ = now - attempt.last_received_ > attempt.request_.limits.stall;
  return attempt.stalled_ || current_stop().stop_requested() ? 1 : 0;
}

Attempt::Outcome Attempt::judge(CURLcode code, const char* detail) {
  if (code == CURLE_OK) return Outcome::done;
  if (stalled_) {
    reason_ = fmt::format("nothing came for {:.1f} s", std::chrono::duration<double>(request_.limits.stall).count());
    return begun_ ? Outcome::passing : Outcome::no_answer;
  }
  const long http = status();
  if (code == CURLE_HTTP_RETURNED_ERROR && http == 0) {
    long proxy = 0;
    curl_easy_getinfo(handle_.get(), CURLINFO_HTTP_CONNECTCODE, &proxy);
    reason_ = fmt::format("the proxy answered HTTP {}", proxy);
    return Outcome::no_answer;
  }
  if (code == CURLE_HTTP_RETURNED_ERROR) {
    reason_ = fmt::format("the server answered HTTP {}", http);
    if (http == 416 && asked_ > 0) {
      // Nothing is left to send: whole already, or the part is of another file.
      if (header("Content-Range") != fmt::format("bytes */{}", asked_)) return Outcome::restart;
      begun_ = true;
      start_ = asked_;
      return Outcome::done;
    }
    const bool passing = http == 408 || http == 425 || http == 429 || (http >= 500 && http != 501);
    return passing ? Outcome::passing : Outcome::final;
  }
  reason_ = *detail ? detail : curl_easy_strerror(code);
  switch (code) {
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return Outcome::passing;
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
      return Outcome::no_answer;
    default:
      return Outcome::final;
  }
}

Attempt::Outcome Attempt::run() {
  configure();
  ask_for_the_rest();
  std::array<char, CURL_ERROR_SIZE> detail{};
  set(CURLOPT_ERRORBUFFER, detail.data());
  const CURLcode code = curl_easy_perform(handle_.get());
  if (thrown_) std::rethrow_exception(thrown_);
  check_stopped();
  // An answer without a body has not called on_data.
  if (code == CURLE_OK && !begun_) begin();
  if (misfit_) {
    reason_ = "the server answered with another part of the file";
    return Outcome::restart;
  }
  return judge(code, detail.data());
}

/// Throws Cancelled.
void sleep_unless_stopped(std::chrono::milliseconds time) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, current_stop(), time, [] { return false; });
  check_stopped();
}

}  // namespace

void start_curl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

std::string shown_address(const std::string& url) {
  const auto scheme = url.find("://");
  const auto host = scheme == std::string::npos ? 0 : scheme + 3;
  const auto at = url.substr(0, url.find('/', host)).rfind('@');
  return at == std::string::npos || at < host ? url : url.substr(0, host) + url.substr(at + 1);
}

Downloaded download(const Download& request) {
  start_curl();
  PartFile part(request.part);
  bool answered = false;
  bool restarted = false;
  bool continued = false;
  std::uint64_t furthest = 0;
  auto pause = request.limits.pause;

  for (int without_progress = 1;; ++without_progress) {
    Attempt attempt(request, part);
    Attempt::Outcome outcome{};
    try {
      outcome = attempt.run();
    } catch (const Error& error) {
      if (error.code() != ErrorCode::model) throw;
      throw Error(ErrorCode::model, fmt::format("{}: {}", shown_address(request.url), error.message()));
    }
    answered = answered || attempt.answered();
    continued = continued || attempt.continued();
    if (outcome == Attempt::Outcome::done) {
      part.sync();
      return {continued, attempt.content_type()};
    }
    if (outcome == Attempt::Outcome::restart && !std::exchange(restarted, true)) {
      part.truncate(0);
      continue;
    }
    if (part.size() > furthest) {
      furthest = part.size();
      without_progress = 1;
      pause = request.limits.pause;
    }
    const bool passing = outcome == Attempt::Outcome::passing || (outcome == Attempt::Outcome::no_answer && answered);
    if (!passing || without_progress >= request.limits.attempts) {
      throw Error(ErrorCode::model, fmt::format("{}: {}", shown_address(request.url), attempt.reason()));
    }
    const auto wait = std::max<std::chrono::milliseconds>(pause, attempt.retry_after());
    log(LogLevel::info, "{}: {}; trying again in {:.1f} s", request.what, attempt.reason(),
        std::chrono::duration<double>(wait).count());
    sleep_unless_stopped(wait);
    pause *= 2;
  }
}

}  // namespace peel
