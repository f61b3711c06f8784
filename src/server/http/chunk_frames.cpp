#include "server/http/chunk_frames.hpp"

#include <algorithm>

namespace peel::server {
namespace {

constexpr unsigned MOST_DIGITS = 15;  // less than any size that overflows
constexpr unsigned LONGEST_SIZE_LINE = 256;

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

bool ChunkFrames::pass(std::string_view bytes) {
  while (!bytes.empty()) {
    if (state_ == State::data) {
      const auto taken = std::min<std::uint64_t>(left_, bytes.size());
      left_ -= taken;
      bytes.remove_prefix(static_cast<std::size_t>(taken));
      if (left_ == 0) state_ = State::data_cr;
      continue;
    }
    state_ = next(bytes.front());
    if (state_ == State::broken) return false;
    bytes.remove_prefix(1);
  }
  return true;
}

ChunkFrames::State ChunkFrames::next(char c) {
  switch (state_) {
    case State::size:
      if (const int value = digit(c); value >= 0 && line_bytes_ < MOST_DIGITS) {
        ++line_bytes_;
        left_ = left_ * 16 + static_cast<unsigned>(value);
        return State::size;
      }
      if (line_bytes_ == 0) return State::broken;
      if (c == '\r') return State::size_end;
      return c == ';' ? State::extension : State::broken;
    case State::extension:
      if (c == '\r') return State::size_end;
      return ++line_bytes_ < LONGEST_SIZE_LINE && c >= 32 && c < 127 ? State::extension : State::broken;
    case State::size_end:
      line_bytes_ = 0;
      if (c != '\n') return State::broken;
      return left_ > 0 ? State::data : State::last_cr;
    case State::data_cr:
      return c == '\r' ? State::data_lf : State::broken;
    case State::data_lf:
      return c == '\n' ? State::size : State::broken;
    case State::last_cr:
      return c == '\r' ? State::last_lf : State::broken;
    case State::last_lf:
      return c == '\n' ? State::ended : State::broken;
    case State::data:
    case State::ended:
    case State::broken:
      break;
  }
  return State::broken;
}

}  // namespace peel::server
