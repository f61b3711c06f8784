#include "server/multipart.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace peel::server {
namespace {

constexpr std::size_t LONGEST_HEAD = 8192;
constexpr std::size_t LONGEST_BOUNDARY = 70;
/// White space that a sender may put behind a boundary.
constexpr std::size_t LONGEST_PADDING = 64;

bool is_same(std::string_view text, std::string_view lower_case) {
  return std::ranges::equal(text, lower_case, [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Takes the next "; name=value" off the front; value may be quoted. Nothing more: no parameter is left.
std::optional<std::pair<std::string_view, std::string>> next_parameter(std::string_view& rest) {
  const auto semicolon = rest.find(';');
  if (semicolon == std::string_view::npos) return std::nullopt;
  rest.remove_prefix(semicolon + 1);
  const auto equals = rest.find_first_of("=;");
  if (equals == std::string_view::npos || rest[equals] == ';')
    return std::pair(trimmed(rest.substr(0, equals)), std::string());
  const std::string_view name = trimmed(rest.substr(0, equals));
  rest.remove_prefix(equals + 1);
  std::string value;
  const auto first = rest.find_first_not_of(" \t");
  if (first == std::string_view::npos || rest[first] != '"') {
    value = trimmed(rest.substr(0, rest.find(';')));
    return std::pair(name, std::move(value));
  }
  std::size_t i = first + 1;
  for (; i < rest.size() && rest[i] != '"'; ++i) {
    // Browsers write a quote as %22 and leave other backslashes as they are (C:\photo.jpg).
    if (rest[i] == '\\' && i + 1 < rest.size() && (rest[i + 1] == '"' || rest[i + 1] == '\\')) ++i;
    value += rest[i];
  }
  rest.remove_prefix(std::min(i + 1, rest.size()));
  return std::pair(name, std::move(value));
}

/// False: a line that is no header field, or a part without a name.
bool parse_head(std::string_view lines, PartHead& head) {
  bool named = false;
  while (!lines.empty()) {
    const auto end = lines.find("\r\n");
    std::string_view line = lines.substr(0, end);
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 2);
    const auto colon = line.find(':');
    // Where a name ends is not left to who reads it after this.
    const auto is_control = [](char c) { return (static_cast<unsigned char>(c) < 32 && c != '\t') || c == 127; };
    if (colon == std::string_view::npos || std::ranges::any_of(line, is_control)) return false;
    const std::string_view name = trimmed(line.substr(0, colon));
    std::string_view value = trimmed(line.substr(colon + 1));
    if (is_same(name, "content-type")) head.content_type = value;
    if (!is_same(name, "content-disposition")) continue;
    if (!is_same(trimmed(value.substr(0, value.find(';'))), "form-data")) return false;
    while (auto parameter = next_parameter(value)) {
      if (is_same(parameter->first, "name")) {
        head.name = std::move(parameter->second);
        named = true;
      } else if (is_same(parameter->first, "filename")) {
        head.filename = std::move(parameter->second);
        head.has_filename = true;
      }
    }
  }
  return named;
}

}  // namespace

std::string multipart_boundary(std::string_view content_type) {
  if (!is_same(trimmed(content_type.substr(0, content_type.find(';'))), "multipart/form-data")) return {};
  while (auto parameter = next_parameter(content_type)) {
    if (is_same(parameter->first, "boundary") && parameter->second.size() <= LONGEST_BOUNDARY) return parameter->second;
  }
  return {};
}

MultipartReader::MultipartReader(const std::string& boundary, std::function<bool(const PartHead&)> begin,
                                 std::function<bool(const char*, std::size_t)> data)
    : delimiter_("\r\n--" + boundary),
      begin_(std::move(begin)),
      data_(std::move(data)),
      // The first boundary may be the first line.
      buffer_("\r\n") {}

bool MultipartReader::feed(const char* bytes, std::size_t count) {
  if (state_ == State::end) return true;
  buffer_.append(bytes, count);
  bool more = true;
  while (more && state_ != State::end) {
    if (!step(more)) return false;
  }
  if (state_ == State::end) buffer_.clear();
  return true;
}

/// `more`: whether there is more to be done with what has come.
bool MultipartReader::step(bool& more) {
  switch (state_) {
    case State::preamble:
    case State::body:
      return take_until_boundary(more);
    case State::after_boundary:
      return take_after_boundary(more);
    case State::head:
      return take_head(more);
    case State::end:
      break;
  }
  return true;
}

bool MultipartReader::pass(std::size_t count) {
  const bool wanted = state_ == State::preamble || count == 0 || data_(buffer_.data(), count);
  buffer_.erase(0, count);
  return wanted;
}

bool MultipartReader::take_until_boundary(bool& more) {
  const auto found = buffer_.find(delimiter_);
  if (found == std::string::npos) {
    more = false;
    // Its end may be the beginning of a boundary.
    const std::size_t kept = delimiter_.size() - 1;
    return buffer_.size() <= kept || pass(buffer_.size() - kept);
  }
  if (!pass(found)) return false;
  buffer_.erase(0, delimiter_.size());
  state_ = State::after_boundary;
  return true;
}

bool MultipartReader::take_after_boundary(bool& more) {
  if (buffer_.starts_with("--")) {
    state_ = State::end;
    return true;
  }
  const auto first = buffer_.find_first_not_of(" \t");
  if (buffer_.size() > LONGEST_PADDING && (first == std::string::npos || first > LONGEST_PADDING)) return false;
  const std::string_view rest =
      first == std::string::npos ? std::string_view() : std::string_view(buffer_).substr(first);
  if (rest.starts_with("\r\n")) {
    // The line end stays: a part without a head has an empty line right behind.
    buffer_.erase(0, first);
    state_ = State::head;
    return true;
  }
  more = false;
  // One more byte may make it one of the two.
  return rest.empty() || rest == "\r" || buffer_ == "-";
}

bool MultipartReader::take_head(bool& more) {
  const auto end = buffer_.find("\r\n\r\n");
  if (end == std::string::npos) {
    more = false;
    return buffer_.size() <= LONGEST_HEAD;
  }
  PartHead head;
  if (end > LONGEST_HEAD || !parse_head(std::string_view(buffer_).substr(2, end > 2 ? end - 2 : 0), head)) return false;
  buffer_.erase(0, end + 4);
  state_ = State::body;
  return begin_(head);
}

}  // namespace peel::server
