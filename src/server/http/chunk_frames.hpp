#pragma once

#include <cstdint>
#include <string_view>

namespace peel::server {

/// The frames of a chunked body, looked at as its bytes go by to httplib, which would take sizes with signs, spaces or
/// 0x, lines that end in LF alone and extensions of any length. Here a line is a size of at most 15 hexadecimal digits,
/// maybe an extension of visible characters, and CR LF; there are no trailers.
class ChunkFrames {
 public:
  /// False where they are not that, or where bytes come after the end.
  bool pass(std::string_view bytes);
  bool ended() const { return state_ == State::ended; }

 private:
  enum class State { size, extension, size_end, data, data_cr, data_lf, last_cr, last_lf, ended, broken };

  State next(char c);

  State state_ = State::size;
  std::uint64_t left_ = 0;   ///< of the chunk's data
  unsigned line_bytes_ = 0;  ///< of the line with its size
};

}  // namespace peel::server
