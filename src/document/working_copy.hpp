#pragma once

#include <cstdint>
#include <vector>

#include "peel/image.hpp"

namespace peel::document {

/// A picture reduced by a whole factor, each pixel the mean of a block: what pages are looked for in. The mean, and not
/// a better filter, because reading 12 megapixels once is most of the search's time.
struct WorkingCopy {
  int width = 0;
  int height = 0;
  int factor = 1;                 ///< picture pixels per pixel of the copy, both ways
  std::vector<std::uint8_t> rgb;  ///< packed; grey three times; alpha left out

  const std::uint8_t* at(int x, int y) const noexcept {
    return rgb.data() +
           3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x));
  }
};

/// At most `longest` pixels a side. What is left of a block at the right and lower edge is not seen.
WorkingCopy working_copy(const PixelView& picture, int longest, int threads);

}  // namespace peel::document
