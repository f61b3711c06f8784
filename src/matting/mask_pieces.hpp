#pragma once

#include "peel/mask.hpp"

namespace peel {

/// From this value on a mask counts as part of a piece. As CROP_THRESHOLD: what is not cropped away is a piece.
inline constexpr std::uint8_t PIECE_LEVEL = 10;
/// Below this value a mask counts as part of a hole.
inline constexpr std::uint8_t HOLE_LEVEL = 128;

/// MaskCleaning's least_area and largest.
Image without_islands(const Image& mask, const MaskArea& least, bool largest);

/// MaskCleaning's fill_holes.
Image without_holes(const Image& mask, const MaskArea& below);

}  // namespace peel
