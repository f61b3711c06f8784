#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "base/geometry.hpp"
#include "peel/image.hpp"

namespace peel::document {

/// The frame a side of a page is looked at in: `place` along it, 0 to 1 from its first corner to its second, and
/// `offset` across it in pixels, positive out of the page.
struct SideFrame {
  Point origin;
  Point along{1, 0};     ///< unit vector
  Point outward{0, -1};  ///< unit vector
  double length = 1;

  Point at(double place, double offset) const noexcept { return origin + (place * length) * along + offset * outward; }
};
SideFrame side_frame(Point from, Point to) noexcept;

/// How colour changes across a side: one row a place along it, one column an offset.
struct SideProfile {
  int rows = 0;
  int columns = 0;            ///< odd; the middle one lies on the guide
  double step = 1;            ///< pixels from column to column
  std::vector<double> place;  ///< of each row
  std::vector<double> guide;  ///< of each row: the middle column's offset
  std::vector<float> change;  ///< colour inside less colour outside, in levels, along one axis of colour
  std::vector<char> seen;     ///< of each row: its window lies in the picture, at least from the page to the guide
  int seen_rows = 0;

  float at(int row, int column) const noexcept {
    return change[static_cast<std::size_t>(row) * static_cast<std::size_t>(columns) + static_cast<std::size_t>(column)];
  }
  double offset_of(int row, double column) const noexcept {
    return guide[static_cast<std::size_t>(row)] + (column - (columns - 1) / 2.0) * step;
  }
};

struct ProfileSearch {
  double reach = 8;  ///< to either side of the guide, in pixels
  double step = 1;   ///< pixels
  int rows = 80;
  double margin = 0.05;  ///< of the side's length at either end, left out: corners are rounded, folded or held
};

/// `guide`: where the side is expected, as offset by place.
SideProfile side_profile(const PixelView& picture, const SideFrame& frame, const ProfileSearch& search,
                         const std::function<double(double)>& guide);

}  // namespace peel::document
