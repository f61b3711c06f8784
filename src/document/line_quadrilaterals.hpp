#pragma once

#include <vector>

#include "base/geometry.hpp"
#include "document/edge_lines.hpp"

namespace peel::document {

/// A quadrilateral of four edge lines.
struct LineQuadrilateral {
  Corners corners{};
  double score = 0;  ///< coverage of its visible outline by edges, larger ones preferred
};

/// The best quadrilaterals that pairs of roughly parallel lines make, in pixels of the working copy; of those that all
/// but coincide the best alone.
std::vector<LineQuadrilateral> line_quadrilaterals(const std::vector<EdgeLine>& lines, int width, int height,
                                                   std::size_t most);

}  // namespace peel::document
