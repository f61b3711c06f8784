#include "server/http/request_head.hpp"

#include <algorithm>
#include <charconv>

#include "server/text.hpp"

namespace peel::server {
namespace {

/// httplib answers others by itself, so that nobody is told of them.
constexpr std::string_view METHODS[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"};

/// RFC 9110, section 5.6.2.
bool is_token(std::string_view text) {
  constexpr std::string_view MARKS = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           MARKS.find(c) != std::string_view::npos;
  });
}

bool is_text(std::string_view value) {
  return std::ranges::all_of(value,
                             [](char c) { return c == '\t' || (static_cast<unsigned char>(c) >= 32 && c != 127); });
}

/// Of a target as it is sent to proxies, "http://host/path" (RFC 9112, section 3.2.2), the path; of others all. Which
/// host is asked for plays no part here.
std::string path_of(const std::string& target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (lower(target.substr(0, scheme.size())) != scheme) continue;
    const std::string_view rest = std::string_view(target).substr(scheme.size());
    const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
    if (end == 0 || rest.substr(0, end).find('@') != rest.npos) return target;
    const std::string_view path = rest.substr(end);
    return (path.starts_with('/') ? "" : "/") + std::string(path);
  }
  return target;
}

std::optional<HeadFault> read_request_line(std::string_view line, RequestHead& head) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return HeadFault{400, "this is not a request line"};
  head.method = line.substr(0, first);
  head.target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (!is_token(head.method)) return HeadFault{400, "this is not a method"};
  const bool visible = std::ranges::all_of(head.target, [](char c) { return c > 32 && c < 127; });
  head.target = path_of(head.target);
  if (!visible || !head.target.starts_with('/')) return HeadFault{400, "the target is not a path"};
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return HeadFault{505, "HTTP/1.1 and 1.0 are spoken here"};
  if (std::ranges::find(METHODS, head.method) == std::end(METHODS)) return HeadFault{501, "the method is not known"};
  head.old = version == "HTTP/1.0";
  head.keep_alive = !head.old;
  return std::nullopt;
}

/// Of lines, as httplib has it.
constexpr std::size_t LONGEST_HEAD_LINE = 8000;

/// `text` with each `c` as `code`.
std::string escaped(std::string_view text, char c, std::string_view code) {
  std::string result;
  for (const char each : text) {
    if (each == c) {
      result += code;
    } else {
      result += each;
    }
  }
  return result;
}

/// Of the question marks in a target only the first parts anything.
std::string with_one_question_mark(std::string_view line) {
  const auto first = std::min(line.find('?'), line.size() - 1) + 1;
  return std::string(line.substr(0, first)) + escaped(line.substr(first), '?', "%3F");
}

struct Seen {
  int hosts = 0, lengths = 0, codings = 0;
};

std::optional<HeadFault> take_field(const std::string& name, std::string_view value, RequestHead& head, Seen& seen) {
  if (name == "host") ++seen.hosts;
  if (name == "content-length") {
    std::uint64_t length = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
    if (++seen.lengths > 1 || value.empty() || error != std::errc() || end != value.data() + value.size()) {
      return HeadFault{400, "Content-Length is not one number"};
    }
    head.content_length = length;
  }
  if (name == "transfer-encoding") {
    if (++seen.codings > 1 || lower(value) != "chunked")
      return HeadFault{501, "of transfer codings only chunked is read"};
    head.chunked = true;
  }
  if (name == "connection" && lower(value).find("close") != std::string::npos) head.keep_alive = false;
  if (name == "content-encoding" && lower(value) != "identity") {
    return HeadFault{415, "send the body without Content-Encoding: pictures are compressed already"};
  }
  if (name == "expect" && lower(value) != "100-continue") return HeadFault{417, "only 100-continue can be expected"};
  return std::nullopt;
}

}  // namespace

std::size_t end_of_head(std::string_view bytes, std::size_t searched) {
  if (bytes.starts_with('\n')) return 1;
  if (bytes.starts_with("\r\n")) return 2;
  for (std::size_t i = bytes.find('\n', searched > 2 ? searched - 2 : 0); i != std::string_view::npos;
       i = bytes.find('\n', i + 1)) {
    if (bytes.substr(i + 1).starts_with('\n')) return i + 2;
    if (bytes.substr(i + 1).starts_with("\r\n")) return i + 3;
  }
  return std::string_view::npos;
}

std::optional<HeadFault> check_head(std::string& bytes, RequestHead& head) {
  std::string kept;
  Seen seen;
  bool first = true;
  std::string_view rest = bytes;
  while (true) {
    const auto end = rest.find('\n');
    if (end == std::string_view::npos || end == 0 || rest[end - 1] != '\r')
      return HeadFault{400, "a line does not end in CR LF"};
    const std::string_view whole = rest.substr(0, end + 1);
    const std::string_view line = rest.substr(0, end - 1);
    rest.remove_prefix(end + 1);
    if (line.empty()) break;
    if (first) {
      if (auto fault = read_request_line(line, head)) return fault;
      first = false;
      const std::string_view version = line.substr(line.rfind(' '));
      const std::string plain = with_one_question_mark(head.method + " " + head.target + std::string(version) + "\r\n");
      if (plain.size() > LONGEST_HEAD_LINE) return HeadFault{414, "the target is too long"};
      kept += plain;
      continue;
    }
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
      return HeadFault{400, "this is not a header field"};
    const std::string name = lower(line.substr(0, colon));
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (!is_text(value)) return HeadFault{400, "a header field has control characters"};
    if (auto fault = take_field(name, value, head, seen)) return fault;
    if (name == "range") continue;
    const std::string plain = escaped(whole, '%', "%25");
    if (plain.size() > LONGEST_HEAD_LINE) return HeadFault{431, "a header field is too long"};
    kept += plain;
  }
  if (first || !rest.empty()) return HeadFault{400, "this is not a request"};
  if (seen.codings > 0 && seen.lengths > 0)
    return HeadFault{400, "Content-Length and Transfer-Encoding exclude each other"};
  if (head.old && head.chunked) return HeadFault{400, "HTTP/1.0 has no Transfer-Encoding"};
  if (seen.hosts > 1 || (seen.hosts == 0 && !head.old)) return HeadFault{400, "one Host is needed"};
  kept += "\r\n";
  bytes = std::move(kept);
  return std::nullopt;
}

}  // namespace peel::server
