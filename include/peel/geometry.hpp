#pragma once

#include <array>

namespace peel {

/// A place in an upright picture, in pixels. (0, 0) is the outer corner of the first pixel, (width, height) that of the
/// last: the centre of pixel (x, y) is (x + 0.5, y + 0.5). May lie outside the picture.
struct Point {
  double x = 0;
  double y = 0;
};

/// Top left, top right, bottom right, bottom left of a page, as it lies in the picture.
using Corners = std::array<Point, 4>;

/// A part of a picture in whole pixels, from its top left.
struct Box {
  int left = 0, top = 0, width = 0, height = 0;
};

}  // namespace peel
