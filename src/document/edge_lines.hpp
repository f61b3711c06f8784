#pragma once

#include <vector>

#include "base/geometry.hpp"
#include "document/working_copy.hpp"

namespace peel::document {

/// A straight edge, in pixels of the working copy. Its normal points to the brighter side.
struct EdgeLine {
  Line line;
  double votes = 0;            ///< how much edge lies on it
  double begin = 0;            ///< place along direction() of the first of `covered`
  double step = 1;             ///< between two of these
  std::vector<float> covered;  ///< how long a piece of the line, up to here, has an edge

  Point direction() const noexcept { return {-line.normal.y, line.normal.x}; }
  /// Share of the line between two places along it that has an edge.
  double coverage(double from, double to) const noexcept;
};

/// The straight edges of a picture with most edge on them, at most `most`: a Hough transform in which each point of an
/// edge votes for lines across its gradient only (Ballard 1981), with weights that faint but long edges outvote strong
/// but short ones by.
std::vector<EdgeLine> edge_lines(const WorkingCopy& picture, std::size_t most);

}  // namespace peel::document
