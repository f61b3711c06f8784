#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/geometry.hpp"
#include "scenes/page_scene.hpp"

namespace peel::scenes {

using peel::operator*;  // which the one below would hide
inline Colour operator*(float s, Colour c) {
  return {s * c.r, s * c.g, s * c.b};
}
inline Colour mix(Colour a, Colour b, float share) {
  return {a.r + share * (b.r - a.r), a.g + share * (b.g - a.g), a.b + share * (b.b - a.b)};
}
inline float smooth_step(float t) {
  t = t < 0 ? 0 : t > 1 ? 1 : t;
  return t * t * (3 - 2 * t);
}

/// Smooth noise of 0 to 1 whose features are about 1 large (value noise on a lattice).
float value_noise(double x, double y, std::uint64_t seed);

/// Weights that sum to 1, from three standard deviations before the middle to three behind it.
std::vector<float> gaussian(double sigma);

/// A bitmap on which rectangles are drawn by the share of each pixel they cover.
class Canvas {
 public:
  Canvas(double width_mm, double height_mm, double pixels_per_mm, Colour paper);

  double width_mm() const { return width_ / scale_; }
  double height_mm() const { return height_ / scale_; }
  void fill(double x, double y, double width_mm, double height_mm, Colour ink, float opacity = 1);
  /// Sets each pixel of a rectangle by its place, in millimetres.
  template <typename Paint>
  void paint(double x, double y, double width_mm, double height_mm, const Paint& colour_at) {
    for (int row = at_least(y); row < at_most(y + height_mm, height_); ++row) {
      for (int column = at_least(x); column < at_most(x + width_mm, width_); ++column) {
        pixel(column, row) = colour_at((column + 0.5) / scale_, (row + 0.5) / scale_);
      }
    }
  }
  /// Bilinear; the edge goes on outside.
  Colour at(double x_mm, double y_mm) const;

 private:
  int at_least(double mm) const { return std::max(0, static_cast<int>(std::lround(mm * scale_))); }
  int at_most(double mm, int end) const { return std::min(end, static_cast<int>(std::lround(mm * scale_))); }
  Colour& pixel(int x, int y) {
    return pixels_[static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(x)];
  }
  const Colour& pixel(int x, int y) const {
    return pixels_[static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(x)];
  }

  int width_;
  int height_;
  double scale_;
  std::vector<Colour> pixels_;
};

/// A part of a sheet, in millimetres.
struct Area {
  double x, y, width, height;
};

/// Words as one sees them from too far to read: letters of one to three strokes.
void print_line(Canvas& canvas, Random& random, double x, double baseline, double width, double size, Colour ink);
void print_text(Canvas& canvas, Random& random, const Area& area, double size, Colour ink);
void print_photograph(Canvas& canvas, Random& random, const Area& area);
/// A ruled table with words in it and a tinted head.
void print_grid(Canvas& canvas, Random& random, const Area& area, Colour ink);
void print_bar_code(Canvas& canvas, Random& random, const Area& area, Colour ink);

/// What is printed on a sheet.
Canvas printed(const Sheet& sheet, double pixels_per_mm, std::uint64_t seed);

/// The table at a place in millimetres.
Colour table_at(const SyntheticScene& scene, Point place);
/// A picture that shows no table, at a place in shares of its height.
Colour view_at(const SyntheticScene& scene, Point place);

/// A network's idea of where pages are, from the share of each of its pixels that they cover.
Image faulty_mask(const std::vector<float>& share, int side, const MaskFaults& faults, std::uint64_t seed);

}  // namespace peel::scenes
