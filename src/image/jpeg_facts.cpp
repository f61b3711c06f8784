#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "image/big_endian.hpp"
#include "image/source_facts.hpp"
#include "peel/error.hpp"

namespace peel {
namespace {

// Programs write ten or so, and a few dozen where they try hard. libjpeg goes over the whole picture for each, which
// can be as short as 17 bytes.
constexpr int MOST_SCANS = 100;

enum Marker : int { SOF0 = 0xc0, SOF1 = 0xc1, SOF2 = 0xc2, RST0 = 0xd0, RST7 = 0xd7, EOI = 0xd9, SOS = 0xda, TEM = 1 };

int byte_at(std::span<const std::byte> bytes, std::size_t at) {
  return std::to_integer<int>(bytes[at]);
}

std::size_t pair_at(std::span<const std::byte> bytes, std::size_t at) {
  return std::to_integer<std::size_t>(bytes[at]) * 256 + std::to_integer<std::size_t>(bytes[at + 1]);
}

/// The marker from `at` on and where what belongs to it begins; over the coded pixels, if it is among them. 0: no more.
int next_marker(std::span<const std::byte> jpeg, std::size_t& at) {
  while (at + 1 < jpeg.size()) {
    const void* const found = std::memchr(jpeg.data() + at, 0xff, jpeg.size() - 1 - at);
    if (!found) break;
    at = static_cast<std::size_t>(static_cast<const std::byte*>(found) - jpeg.data()) + 1;
    const int marker = byte_at(jpeg, at);
    if (marker == 0 || marker == 0xff || marker == TEM || (marker >= RST0 && marker <= RST7)) continue;
    ++at;
    return marker;
  }
  return 0;
}

struct JpegFrame {
  int marker = 0;
  int components = 0;
  std::uint64_t blocks = 0;  ///< of 8 x 8 samples, of all components

  /// Bits that each block takes at the least: of its first coefficient, and an end; where they come in several scans
  /// many blocks share an end. 0: of this kind it is not known.
  std::uint64_t least_bits() const { return marker == SOF2 ? 1 : marker == SOF0 || marker == SOF1 ? 2 : 0; }
};

// Of a segment of SOF: its length, the bits of a sample, height, width, and of each component a name, its sampling and
// a table.
JpegFrame jpeg_frame_of(int marker, std::span<const std::byte> segment) {
  constexpr std::size_t FIXED = 8;
  constexpr std::size_t EACH = 3;
  JpegFrame frame{.marker = marker};
  if (segment.size() < FIXED) return frame;
  const std::uint64_t height = pair_at(segment, 3);
  const std::uint64_t width = pair_at(segment, 5);
  frame.components = byte_at(segment, 7);
  std::vector<std::pair<std::uint64_t, std::uint64_t>> samplings;
  std::pair<std::uint64_t, std::uint64_t> most{1, 1};
  for (std::size_t at = FIXED; at + EACH <= segment.size(); at += EACH) {
    const int sampling = byte_at(segment, at + 1);
    samplings.emplace_back(sampling >> 4, sampling & 15);
    most = {std::max(most.first, samplings.back().first), std::max(most.second, samplings.back().second)};
  }
  const auto blocks = [](std::uint64_t side, std::uint64_t own, std::uint64_t largest) {
    return (side * own + 8 * largest - 1) / (8 * largest);
  };
  for (const auto& [across, down] : samplings) {
    frame.blocks += blocks(width, across, most.first) * blocks(height, down, most.second);
  }
  return frame;
}

}  // namespace

void check_jpeg(std::span<const std::byte> jpeg, std::string_view name) {
  JpegFrame frame;
  int scans = 0;
  std::size_t at = 2;
  for (int marker; (marker = next_marker(jpeg, at)) != 0 && marker != EOI;) {
    if (jpeg.size() - at < 2) break;
    const std::size_t length = pair_at(jpeg, at);
    if (length < 2 || length > jpeg.size() - at) break;  // libjpeg will say what is wrong
    const std::span<const std::byte> segment = jpeg.subspan(at, length);
    constexpr int OTHERS[] = {0xc4, 0xc8, 0xcc};  // in the midst of the frames: tables, and what is reserved
    if (marker >= SOF0 && marker <= 0xcf && std::ranges::count(OTHERS, marker) == 0)
      frame = jpeg_frame_of(marker, segment);
    at += length;
    if (marker != SOS) continue;
    if (scans == 0 && (jpeg.size() - at) * 8 < frame.least_bits() * frame.blocks) {
      throw Error(ErrorCode::input, fmt::format("{}: cut short, or of fewer pixels than it claims", name),
                  "if a picture viewer opens it, save it anew from there");
    }
    // All there is in one scan: there is no other, and nothing is to be counted.
    if (frame.marker != SOF2 && length > 2 && byte_at(segment, 2) == frame.components) return;
    if (++scans > MOST_SCANS) {
      throw Error(ErrorCode::input, fmt::format("{}: a JPEG of more than {} scans", name, MOST_SCANS),
                  "if a picture viewer opens it, save it anew from there");
    }
  }
}

}  // namespace peel
