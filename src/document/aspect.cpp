#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>

#include "base/geometry.hpp"
#include "document/camera.hpp"
#include "peel/document.hpp"
#include "peel/error.hpp"

namespace peel::document {
namespace {

// All lengths here are shares of the picture's diagonal, seen from its centre: so a 35 mm equivalent focal length is
// a length of its own (CIPA DCG-001 defines it by the diagonal, 43.27 mm on film), and 1/f^2 is a few units large.

// How far a corner that was found lies from the true one, in each direction; 5 pixels in a picture of 12 megapixels.
// Refined sides meet to a pixel where a page is flat: this is for paper that is not, lenses that bend lines, and
// corners given by hand. (With 0.0008 a Letter page among real photographs fell outside its own uncertainty.)
constexpr double CORNER_NOISE = 0.001;
constexpr double CORNER_NOISE_PIXELS = 0.7;
// The principal point of a phone's camera, which moves its lens against shake, about the picture's centre.
constexpr double CENTRE_NOISE = 0.005;

// EXIF rounds to a whole millimetre, and lenses breathe when they focus near by.
constexpr double EXIF_NOISE = 0.03;
// Without EXIF, in 1/f^2, in which everything below is nearly linear: the usual focal length give or take a half. One
// standard deviation reaches from 24 to 42 mm, two from 21 mm upwards without end.
constexpr double USUAL_NOISE_OF_INVERSE_SQUARE = 0.5;
// No camera that takes pictures of pages lies outside this range.
constexpr double SHORTEST_FOCAL_LENGTH_MM = 8;
constexpr double LONGEST_FOCAL_LENGTH_MM = 400;

// Where corners contradict the focal length by more than this many standard deviations, something is no central
// projection of a rectangle: the picture was cropped, the page is curved, or a corner is wrong.
constexpr double CONTRADICTION = 3;

// Of what the corners alone say of the focal length, where they say that 1/f^2 is negative.
constexpr double NO_CAMERA = 2;

// An uncertainty beyond half the way from A4 to Letter (8.9 %) tells formats apart no longer.
constexpr double SNAP_AT_MOST = 0.04;
constexpr double NO_IDEA = 1;  // the uncertainty of what cannot be told at all
constexpr double LONGEST_RATIO = 1000;

/// 1/f^2 of a focal length in 35 mm equivalents.
double inverse_square(double focal_length_35mm) {
  const double f = focal_length_35mm / FILM_DIAGONAL_MM;
  return 1 / (f * f);
}

/// The directions of a rectangle's two sides in space but for the focal length: (x / f, y / f, z), each as long as its
/// side in a common unit. n2 and n3 of Zhang and He.
struct Sides {
  Point across, down;
  double across_z = 0;
  double down_z = 0;

  explicit Sides(const Corners& corners) {
    const auto& [m1, m2, m4, m3] = corners;
    // Scalar triple products of homogeneous points: twice the area of a triangle, never 0 for a convex quadrilateral.
    const auto triple = [](Point a, Point b, Point c) { return cross(b - a, c - a); };
    const double k2 = triple(m1, m4, m3) / triple(m2, m4, m3);
    const double k3 = triple(m1, m4, m2) / triple(m3, m4, m2);
    across = k2 * m2 - m1;
    down = k3 * m3 - m1;
    across_z = k2 - 1;
    down_z = k3 - 1;
  }

  /// What a right angle makes zero: down_z * across_z + (down . across) / f^2.
  double skew(double inverse_f2) const { return across_z * down_z + dot(across, down) * inverse_f2; }

  /// The logarithm of width over height.
  double log_ratio(double inverse_f2) const {
    const double s = std::sqrt(inverse_f2);
    const double log = std::log(std::hypot(s * across.x, s * across.y, across_z)) -
                       std::log(std::hypot(s * down.x, s * down.y, down_z));
    return std::clamp(log, -std::log(LONGEST_RATIO), std::log(LONGEST_RATIO));
  }
};

/// The root of the sum of squares by which `function` of the corners changes as each coordinate, and the centre, moves
/// by its standard deviation. The larger of both directions counts, so that a curved function is not taken for a flat
/// one. Infinite where the noise alone can undo the quadrilateral.
template <typename Function>
double spread(const Corners& corners, double noise, const Function& function) {
  const double here = function(Sides(corners));
  double variance = 0;
  const auto add = [&](const auto& moved) {
    double largest = 0;
    for (const double direction : {-1.0, 1.0}) {
      const Corners other = moved(direction);
      if (!is_convex(other)) {
        largest = HUGE_VAL;
      } else {
        largest = std::max(largest, std::abs(function(Sides(other)) - here));
      }
    }
    variance += largest * largest;
  };
  for (const Point step : {Point{1, 0}, Point{0, 1}}) {
    for (std::size_t i = 0; i < 4; ++i) {
      add([&](double direction) {
        Corners other = corners;
        other[i] = other[i] + direction * noise * step;
        return other;
      });
    }
    add([&](double direction) {
      Corners other = corners;
      for (Point& corner : other) corner = corner + direction * CENTRE_NOISE * step;
      return other;
    });
  }
  return std::sqrt(variance);
}

struct Measurement {
  double log_ratio = 0;
  double deviation = 0;  ///< of log_ratio, one standard deviation
  std::string method;
};

/// The corners say something about the focal length too, by the page's right angles. How much that is worth lies
/// between everything and nothing and is told by its noise: so both are joined by one step of a Kalman filter with
/// 1/f^2 as its state and the skew as what is observed to be zero. Nothing in it is singular where sides are parallel.
Measurement measure(const Corners& corners, double noise, std::optional<double> focal_length_35mm) {
  const Sides sides(corners);
  const double told = inverse_square(focal_length_35mm.value_or(USUAL_FOCAL_LENGTH_MM));
  double deviation = told * (focal_length_35mm ? 2 * EXIF_NOISE : USUAL_NOISE_OF_INVERSE_SQUARE);
  const double least = inverse_square(LONGEST_FOCAL_LENGTH_MM);
  const double most = inverse_square(SHORTEST_FOCAL_LENGTH_MM);

  const double skew = sides.skew(told);
  const double skew_noise = spread(corners, noise, [&](const Sides& s) { return s.skew(told); });
  const double slope = dot(sides.across, sides.down);
  const double expected = std::hypot(slope * deviation, skew_noise);
  // Written so that what is not a number, or nothing over nothing, leaves the corners without a say.
  const bool heard = std::isfinite(expected) && expected > 0;
  double share = heard ? std::pow(slope * deviation / expected, 2) : 0;  // of the corners in the focal length
  const double corrected = share > 0 ? told - share * skew / slope : told;
  const double left = CONTRADICTION * deviation * std::sqrt(1 - share);  // of the noise, once both are joined
  // A negative 1/f^2 is no camera's. Taken for the longest focal length it made pages of a fifth of their width.
  const bool no_camera = corrected < least || told - skew / slope < least - NO_CAMERA * skew_noise / std::abs(slope);
  if (heard && (std::abs(skew) > CONTRADICTION * expected || no_camera || corrected > most + left)) {
    // Each of both may be as wrong as they differ.
    deviation = std::max(deviation, std::min(std::abs(skew / slope), told));
    share = 0;
  }

  // As the corners move, what they say of the focal length moves with them; the gain stays.
  const auto log_ratio = [&](const Sides& s, double before) {
    const double inverse_f2 = share > 0 ? before - share * s.skew(before) / slope : before;
    return s.log_ratio(std::clamp(inverse_f2, least, most));
  };
  Measurement result;
  result.log_ratio = log_ratio(sides, told);
  const double by_corners = spread(corners, noise, [&](const Sides& s) { return log_ratio(s, told); });
  const double by_focal_length = std::max(std::abs(log_ratio(sides, told + deviation) - result.log_ratio),
                                          std::abs(log_ratio(sides, told - deviation) - result.log_ratio));
  result.deviation = std::hypot(by_corners, by_focal_length);

  const auto vanishes = [&](double Sides::*z) {
    const double noise_of_z = spread(corners, noise, [&](const Sides& s) { return s.*z; });
    return std::abs(sides.*z) < 2 * noise_of_z;
  };
  if (vanishes(&Sides::across_z) && vanishes(&Sides::down_z)) {
    result.method = "parallel";
  } else if (share > 0.5) {
    result.method = "corners";
  } else {
    result.method = focal_length_35mm ? "exif" : "prior";
  }
  return result;
}

struct Snapped {
  std::string_view format;
  double log_ratio = 0;
};

/// The one format that explains what was measured. The nearest must lie within the uncertainty and be e^2 times as
/// likely as the second, which Gaussian noise puts into one term: squared distances that differ by two deviations'.
std::optional<Snapped> format_for(double log_ratio, double uncertainty) {
  if (!(uncertainty <= SNAP_AT_MOST)) return std::nullopt;
  Snapped nearest;
  double least = HUGE_VAL;
  double second = HUGE_VAL;
  for (const PageFormat& format : page_formats()) {
    if (!format.by_shape) continue;
    const double upright = std::log(format.width_mm / format.height_mm);
    const double taken = std::copysign(upright, log_ratio);
    const double distance = std::abs(log_ratio - taken);
    if (distance < least) {
      second = least;
      least = distance;
      nearest = {format.name, taken};
    } else {
      second = std::min(second, distance);
    }
  }
  if (least > uncertainty || second * second - least * least < uncertainty * uncertainty) return std::nullopt;
  return nearest;
}

std::string name_of_format(const PageShape& shape) {
  for (const PageFormat& format : page_formats()) {
    if (format.width_mm == shape.width_mm && format.height_mm == shape.height_mm) return std::string(format.name);
  }
  return {};
}

Corners in_diagonals(const Corners& corners, int width, int height) {
  Corners seen = corners;
  for (Point& corner : seen) corner = (1 / std::hypot(width, height)) * (corner - Point{width / 2.0, height / 2.0});
  return seen;
}

}  // namespace
}  // namespace peel::document

namespace peel {

AspectRatio page_aspect_ratio(const Corners& corners, int picture_width, int picture_height,
                              std::optional<double> focal_length_35mm, const PageShape& shape) {
  if (picture_width < 1 || picture_height < 1) {
    throw Error(ErrorCode::usage, fmt::format("a picture of {} x {} pixels: both sides must be at least 1",
                                              picture_width, picture_height));
  }
  if (!is_convex(corners)) {
    throw Error(ErrorCode::usage, "the corners of the page are no convex quadrilateral",
                "give them clockwise: top left, top right, bottom right, bottom left");
  }
  const bool forced = shape.kind == PageShape::Kind::forced;
  if (forced && !(shape.width_mm > 0 && shape.height_mm > 0)) {
    throw Error(ErrorCode::usage, fmt::format("a page of {} x {} mm", shape.width_mm, shape.height_mm),
                "both sides must be larger than 0");
  }
  if (focal_length_35mm && !(*focal_length_35mm >= document::SHORTEST_FOCAL_LENGTH_MM &&
                             *focal_length_35mm <= document::LONGEST_FOCAL_LENGTH_MM)) {
    focal_length_35mm.reset();
  }
  const double noise =
      std::max(document::CORNER_NOISE, document::CORNER_NOISE_PIXELS / std::hypot(picture_width, picture_height));
  const auto measured =
      document::measure(document::in_diagonals(corners, picture_width, picture_height), noise, focal_length_35mm);

  AspectRatio result;
  result.measured = std::exp(measured.log_ratio);
  result.ratio = result.measured;
  result.uncertainty = std::min(2 * measured.deviation, document::NO_IDEA);
  result.method = measured.method;
  if (forced) {
    const double log = std::abs(std::log(shape.width_mm / shape.height_mm));
    result.ratio = std::exp(std::copysign(log, measured.log_ratio));
    result.method = "forced";
    result.format = document::name_of_format(shape);
  } else if (shape.kind == PageShape::Kind::automatic) {
    if (const auto snapped = document::format_for(measured.log_ratio, result.uncertainty)) {
      result.ratio = std::exp(snapped->log_ratio);
      result.format = snapped->format;
    }
  }
  return result;
}

}  // namespace peel
