#pragma once

#include <cstddef>
#include <cstdint>

#include "base/geometry.hpp"
#include "peel/image.hpp"

namespace peel::document {

/// Output pixels that are worked on together.
inline constexpr int CHUNK = 32;
/// Of the filter, in each direction. Where it would need more (the page is reduced to less than a thirtieth there),
/// every second pixel is taken, or every third.
inline constexpr int MOST_TAPS = 128;
/// Samples that vectors read beyond those they need.
inline constexpr int PADDING = 64;

/// Where the filters of a chunk's pixels lie in one direction of the picture, and their weights.
struct Taps {
  alignas(64) float weights[MOST_TAPS * CHUNK];  ///< of tap k and pixel i at k * CHUNK + i
  int first[CHUNK];                              ///< may lie outside the picture
  int count;                                     ///< the same for all pixels of a chunk: weights beyond their own are 0
  int step;                                      ///< from one tap to the next, in pixels
};

/// What one thread needs for its work. Large: belongs on the heap.
struct FlattenScratch {
  Taps across;
  Taps down;
  alignas(64) float columns[CHUNK * MOST_TAPS * 4 + PADDING];
  alignas(64) std::uint16_t gathered[MOST_TAPS * (MOST_TAPS * 4 + PADDING)];
};

/// Pixels `begin` to `end` of row `y` of a page of that width; `to_picture` maps the page's plane into the picture's.
void flatten_row(const PixelView& picture, const Homography& to_picture, int y, int page_width, int begin, int end,
                 std::byte* out, FlattenScratch& scratch);

}  // namespace peel::document
