#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace peel::server {

/// Whether a Content-Type is multipart/form-data, and what parts it: nothing where it says neither.
bool is_multipart(std::string_view content_type);
std::optional<std::string> boundary_of(std::string_view content_type);

/// Reads a multipart/form-data body (RFC 7578) in whatever pieces it comes. Unlike httplib's reader it does not mind
/// where a piece ends, and a line of a part's head costs no more than its length.
class MultipartReader {
 public:
  struct Part {
    std::string name;
    std::string filename;
    std::string content_type;
  };
  /// Both say whether to go on.
  struct Sink {
    std::function<bool(const Part&)> begin;
    std::function<bool(std::string_view)> add;
  };

  MultipartReader(std::string_view boundary, Sink sink);

  /// False: this is no such body, or the sink does not go on.
  bool take(std::string_view piece);
  /// Whether the last boundary has come.
  bool complete() const { return state_ == State::done; }

 private:
  enum class State { preamble, boundary, head, content, done };

  bool step(bool& more);
  bool take_line(std::string_view line);

  std::string delimiter_;
  Sink sink_;
  State state_ = State::preamble;
  std::string buffer_ = "\r\n";  ///< the first boundary has none before it
  std::size_t head_bytes_ = 0;
  std::optional<Part> part_;  ///< of the head at hand, once its name is known
  std::string content_type_;
};

}  // namespace peel::server
