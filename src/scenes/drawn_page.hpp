#pragma once

#include <cstdint>

#include "base/geometry.hpp"
#include "peel/image.hpp"

namespace peel::scenes {

/// Whether a point lies in a quadrilateral, given clockwise, or on its border.
bool inside(const Corners& corners, Point p);

/// A quadrilateral of one grey level on another, its edges as a lens would draw them: the mean over 4 x 4 places in a
/// pixel.
Image drawn_page(int width, int height, const Corners& corners, std::uint8_t page, std::uint8_t ground);

/// Its mask, as a network of 320 x 320 would give it.
Image drawn_mask(const Corners& corners, int width, int height);

}  // namespace peel::scenes
