#pragma once

#include <vector>

#include "base/geometry.hpp"
#include "peel/image.hpp"

namespace peel::document {

/// A connected part of a mask, in pixels of the picture the mask is stretched over.
struct MaskRegion {
  std::vector<Point> outline;  ///< clockwise
  std::vector<Point> hull;     ///< convex, clockwise
  double area = 0;             ///< of the outline
  double share = 0;            ///< of the picture
  double pixel = 1;            ///< how long a pixel of the mask is, at most
};

/// The parts of a mask (gray8, of at least half of 255) that are large enough for a page, largest first, at most
/// `most` of them.
std::vector<MaskRegion> mask_regions(const Image& mask, int picture_width, int picture_height, std::size_t most);

/// Share of a mask that is subject, 0 to 1.
double mask_share(const Image& mask);

/// The hull with sides taken away, each time the one that adds least area, until four are left: what is cut off a
/// corner is so made whole. Sides along the picture's frame go first, as they are no side of a page; two quadrilaterals
/// where it matters by how much. None where neighbours do not meet any more within reach.
std::vector<Corners> quadrilaterals_of(const MaskRegion& region, int picture_width, int picture_height);

}  // namespace peel::document
