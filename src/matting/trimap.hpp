#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace peel {

/// rembg's -af, -ab and -ae.
struct TrimapRule {
  int foreground_above = 240;  ///< mask values greater than this may be foreground
  int background_below = 10;   ///< less than this, background
  /// Side of the square both are eroded by, in pixels; 0: by a cross of 3 x 3. Unset: by the picture's size, see
  /// erosion_for().
  std::optional<int> erosion = 10;
};

/// The side that goes with a picture: a hundredth of its longer side, at least 3. A mask's edge is a few pixels wide at
/// the network's size, and that stretched at the picture's.
int erosion_for(int width, int height);

struct Trimap {
  std::vector<std::uint8_t> values;  ///< 255 foreground, 0 background, 128 unknown
  bool has_foreground = false;
  bool has_background = false;
};

/// `mask`: packed, width * height. Beyond the picture there is background, as SciPy's binary_erosion is called by
/// rembg: foreground is eroded at the picture's border, background is not. Of an even square the longer half lies to
/// the upper left. Where a pixel is both, it is background.
Trimap trimap_from_mask(std::span<const std::uint8_t> mask, int width, int height, const TrimapRule& rule, int threads);

/// A trimap that somebody drew: near black is background, near white foreground (a tenth of the range, as pymatting
/// reads them), all else unknown.
Trimap trimap_from_drawing(std::span<const std::uint8_t> gray);

}  // namespace peel
