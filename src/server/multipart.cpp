#include "server/multipart.hpp"

#include <algorithm>
#include <utility>

#include "server/text.hpp"

namespace peel::server {
namespace {

constexpr std::size_t LONGEST_HEAD = 8192;  // of a part: a file's name and a few words
constexpr std::size_t LONGEST_BOUNDARY = 70;

/// The next of `; name=value` or `; name="value"`, taken off `rest`; nothing at the end or where it is none.
std::optional<std::pair<std::string, std::string>> next_parameter(std::string_view& rest) {
  rest = trimmed(rest);
  if (!rest.starts_with(';')) return std::nullopt;
  rest.remove_prefix(1);
  const auto equals = rest.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  std::pair<std::string, std::string> parameter{lower(trimmed(rest.substr(0, equals))), {}};
  rest = trimmed(rest.substr(equals + 1));
  if (!rest.starts_with('"')) {
    const auto end = std::min(rest.find(';'), rest.size());
    parameter.second = trimmed(rest.substr(0, end));
    rest.remove_prefix(end);
    return parameter;
  }
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] == '"') {
      rest.remove_prefix(i + 1);
      return parameter;
    }
    // No other escapes: browsers have none, and a file of Windows may come with its whole path.
    const bool escaped = rest[i] == '\\' && i + 1 < rest.size() && (rest[i + 1] == '"' || rest[i + 1] == '\\');
    parameter.second += rest[escaped ? ++i : i];
  }
  return std::nullopt;
}

}  // namespace

bool is_multipart(std::string_view content_type) {
  return lower(trimmed(content_type.substr(0, content_type.find(';')))) == "multipart/form-data";
}

std::optional<std::string> boundary_of(std::string_view content_type) {
  std::string_view rest = content_type.substr(std::min(content_type.find(';'), content_type.size()));
  while (const auto parameter = next_parameter(rest)) {
    if (parameter->first != "boundary") continue;
    if (parameter->second.empty() || parameter->second.size() > LONGEST_BOUNDARY) return std::nullopt;
    return parameter->second;
  }
  return std::nullopt;
}

MultipartReader::MultipartReader(std::string_view boundary, Sink sink)
    : delimiter_("\r\n--" + std::string(boundary)), sink_(std::move(sink)) {}

bool MultipartReader::take(std::string_view piece) {
  if (state_ == State::done) return true;
  buffer_ += piece;
  for (bool more = true; more;) {
    if (!step(more)) return false;
  }
  return true;
}

bool MultipartReader::step(bool& more) {
  more = false;
  switch (state_) {
    case State::preamble:
    case State::content: {
      const auto found = buffer_.find(delimiter_);
      const bool ends = found != std::string::npos;
      // What may be the beginning of a boundary is kept.
      const std::size_t sure = ends ? found : buffer_.size() - std::min(buffer_.size(), delimiter_.size() - 1);
      if (state_ == State::content && sure > 0 && !sink_.add(std::string_view(buffer_).substr(0, sure))) return false;
      buffer_.erase(0, sure + (ends ? delimiter_.size() : 0));
      if (ends) state_ = State::boundary;
      more = ends;
      return true;
    }
    case State::boundary:
      if (buffer_.size() < 2) return true;
      if (!buffer_.starts_with("\r\n") && !buffer_.starts_with("--")) return false;
      state_ = buffer_.front() == '-' ? State::done : State::head;
      buffer_.erase(0, 2);
      head_bytes_ = 0;
      part_.reset();
      content_type_.clear();
      more = state_ == State::head;
      return true;
    case State::head: {
      const auto end = buffer_.find("\r\n");
      if (head_bytes_ + std::min(end, buffer_.size()) > LONGEST_HEAD) return false;
      if (end == std::string::npos) return true;
      if (!take_line(std::string_view(buffer_).substr(0, end))) return false;
      head_bytes_ += end + 2;
      buffer_.erase(0, end + 2);
      more = true;
      return true;
    }
    case State::done:
      return true;
  }
  return false;
}

bool MultipartReader::take_line(std::string_view line) {
  if (line.empty()) {
    if (!part_) return false;
    part_->content_type = content_type_;
    state_ = State::content;
    return sink_.begin(*part_);
  }
  const auto is_control = [](char c) { return (static_cast<unsigned char>(c) < 32 && c != '\t') || c == 127; };
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || std::ranges::any_of(line, is_control)) return false;
  const std::string name = lower(line.substr(0, colon));
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (name == "content-type") content_type_ = value;
  if (name != "content-disposition") return true;
  const auto end = std::min(value.find(';'), value.size());
  if (part_ || lower(trimmed(value.substr(0, end))) != "form-data") return false;
  std::string_view rest = value.substr(end);
  Part part;
  bool named = false;
  while (auto parameter = next_parameter(rest)) {
    auto& [key, text] = *parameter;
    if (key == "name" && !named) {
      part.name = std::move(text);
      named = true;
    } else if (key == "filename" || (key == "filename*" && part.filename.empty())) {
      part.filename = std::move(text);
    }
  }
  if (!named || !trimmed(rest).empty()) return false;
  part_ = std::move(part);
  return true;
}

}  // namespace peel::server
