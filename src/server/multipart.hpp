#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace peel::server {

/// What stands before a part of a form.
struct PartHead {
  std::string name;
  std::string filename;
  std::string content_type;
  bool has_filename = false;
};

/// The boundary that a Content-Type names: 1 to 70 characters (RFC 2046, section 5.1.1). Empty: none, or this is not
/// multipart/form-data.
std::string multipart_boundary(std::string_view content_type);

/// Reads multipart/form-data (RFC 7578) as it comes, in pieces of any size. httplib's own wants a line end behind the
/// last boundary, which RFC 2046 does not, and so refuses what form-data sends, the library below most Node.js clients.
class MultipartReader {
 public:
  /// `begin` is told of each part, then `data` of its bytes; either ends it all with false.
  MultipartReader(const std::string& boundary, std::function<bool(const PartHead&)> begin,
                  std::function<bool(const char*, std::size_t)> data);

  /// False: this is no such form, or a function said so.
  bool feed(const char* bytes, std::size_t count);
  /// Whether the last boundary has come.
  bool complete() const { return state_ == State::end; }

 private:
  enum class State { preamble, after_boundary, head, body, end };

  bool step(bool& more);
  bool take_until_boundary(bool& more);
  bool take_after_boundary(bool& more);
  bool take_head(bool& more);
  bool pass(std::size_t count);

  const std::string delimiter_;  ///< the line end belongs to it
  std::function<bool(const PartHead&)> begin_;
  std::function<bool(const char*, std::size_t)> data_;
  State state_ = State::preamble;
  std::string buffer_;  ///< what has come and was not passed on
};

}  // namespace peel::server
