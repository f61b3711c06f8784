#pragma once

#include <span>

#include "document/geometry.hpp"
#include "peel/image.hpp"
#include "peel/remover.hpp"

namespace peel::document {

/// A polygon or line over a picture, in the picture's pixels.
struct Stroke {
  std::vector<Point> points;
  bool closed = true;
  Color color;
  double width = 1;  ///< in pixels of the drawing
};

/// The picture as 8-bit RGB, its longer side at most `longest` pixels, with lines drawn on it.
Image drawing(const Image& picture, int longest, std::span<const Stroke> strokes);

}  // namespace peel::document
