#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <random>

#include "peel/geometry.hpp"

namespace peel::scenes {

/// Numbers that are the same with every standard library, whose distributions are not.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t bits() { return engine_(); }
  double uniform(double from = 0, double to = 1) {
    return from + (to - from) * static_cast<double>(engine_() >> 11) * 0x1p-53;
  }
  /// From 0 to count - 1.
  std::size_t below(std::size_t count) { return static_cast<std::size_t>(engine_() % count); }
  bool chance(double probability) { return uniform() < probability; }
  /// Mean 0, standard deviation 1 (Box and Muller).
  double normal() {
    const double radius = std::sqrt(-2 * std::log(1 - uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
  }

 private:
  std::mt19937_64 engine_;
};

/// A pinhole camera that looks at the plane of a table, its principal point in the middle of the picture.
struct Camera {
  int width = 4000;
  int height = 3000;
  double focal_length = 3000;  ///< pixels
  double tilt_x = 0;           ///< degrees about the picture's horizontal axis, then
  double tilt_y = 0;           ///< about the vertical one
  double roll = 0;             ///< in the plane of the table
  double distance = 1000;      ///< from the camera to the place where its axis meets the table; units of the table

  double diagonal() const { return std::hypot(width, height); }
  /// CIPA DCG-001: by the diagonal, which is 43.27 mm on film.
  double focal_length_35mm() const { return 43.27 * focal_length / diagonal(); }

  /// Where a place on the table is seen; (0, 0) is where the axis meets it, y downwards.
  Point project(Point on_table) const {
    const auto radians = [](double degrees) { return degrees * std::numbers::pi / 180; };
    const double x = std::cos(radians(roll)) * on_table.x - std::sin(radians(roll)) * on_table.y;
    const double y = std::sin(radians(roll)) * on_table.x + std::cos(radians(roll)) * on_table.y;
    const double z1 = y * std::sin(radians(tilt_x));
    const double y1 = y * std::cos(radians(tilt_x));
    const double x1 = x * std::cos(radians(tilt_y)) + z1 * std::sin(radians(tilt_y));
    const double z2 = -x * std::sin(radians(tilt_y)) + z1 * std::cos(radians(tilt_y));
    const double scale = focal_length / (distance + z2);
    return {width / 2.0 + scale * x1, height / 2.0 + scale * y1};
  }

  /// A rectangle that lies about `centre` on the table, askew by the camera's roll alone.
  Corners project(double page_width, double page_height, Point centre = {}) const {
    const double x = page_width / 2;
    const double y = page_height / 2;
    return {project(Point{centre.x - x, centre.y - y}), project(Point{centre.x + x, centre.y - y}),
            project(Point{centre.x + x, centre.y + y}), project(Point{centre.x - x, centre.y + y})};
  }
};

}  // namespace peel::scenes
