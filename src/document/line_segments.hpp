#pragma once

#include <vector>

#include "document/geometry.hpp"
#include "document/working_copy.hpp"

namespace peel::document {

/// A stretch of an edge on a line; `from` and `to` along the line's direction (-normal.y, normal.x).
struct Stretch {
  double from = 0;
  double to = 0;
};

/// A straight edge, gathered from the segments that lie on it, in pixels of the working copy. Edges are told apart by
/// sense: `bright` have their brighter side where the normal points, `dark` the other way.
struct EdgeLine {
  Line line;
  std::vector<Stretch> bright;
  std::vector<Stretch> dark;
  double length = 0;  ///< of all stretches

  Point direction() const noexcept { return {-line.normal.y, line.normal.x}; }
  /// Share of the line between two places along it that is covered by edges of the better sense.
  double coverage(double from, double to) const noexcept;
};

/// The longest straight edges of a picture, at most `most`: segments of the LSD detector (von Gioi, Jakubowicz, Morel
/// and Randall, "LSD: a line segment detector", IPOL 2012) joined where they lie on one line.
std::vector<EdgeLine> edge_lines(const WorkingCopy& picture, std::size_t most);

}  // namespace peel::document
