#pragma once

#include <cmath>
#include <optional>

#include "base/geometry.hpp"

namespace peel::document {

/// A 35 mm equivalent focal length is one by the diagonal, which on film has this length (CIPA DCG-001).
constexpr double FILM_DIAGONAL_MM = 43.27;
/// Where EXIF says nothing: the main cameras of phones have 24 to 30 mm, of tablets and compact cameras up to 36, and a
/// normal lens has 50.
constexpr double USUAL_FOCAL_LENGTH_MM = 30;

/// A pinhole camera, in pixels, its principal point in the middle of the picture.
struct Pinhole {
  Point centre;
  double focal_length = 1;
};
inline Pinhole pinhole_of(int width, int height, std::optional<double> focal_length_35mm) {
  return {{width / 2.0, height / 2.0},
          focal_length_35mm.value_or(USUAL_FOCAL_LENGTH_MM) / FILM_DIAGONAL_MM * std::hypot(width, height)};
}

}  // namespace peel::document
