#pragma once

#include <span>

#include "document/mask_region.hpp"
#include "document/refine.hpp"

namespace peel::document {

/// What speaks for and against a quadrilateral being a page, each 0 to 1.
struct Evidence {
  double support = 0;        ///< share of the visible outline that has an edge
  double least_support = 0;  ///< of the worst side
  double visible = 0;        ///< share of the outline that lies in the picture
  double likeness = 0;       ///< intersection over union with the part of the mask it matches best
  double holds = 0;          ///< share of the mask's parts that lie inside
  double size = 0;           ///< share of the picture
  double squareness = 0;     ///< 1 less the largest departure of a corner from a right angle, over 90 degrees
  double straightness = 0;   ///< 1 less the greatest departure of a seen side from a straight line, over its length
  double evenness = 0;       ///< the shorter over the longer of opposite sides, the worse pair
  bool has_mask = false;
};

/// `picture_width`, `picture_height` in the pixels the page is in; regions likewise.
Evidence evidence_for(const FittedPage& page, std::span<const MaskRegion> regions, double picture_width,
                      double picture_height);

/// The probability that it is a page, as the evidence has it: logistic, weights fitted as docs/documents.md tells.
double confidence(const Evidence& evidence);

/// For choosing among quadrilaterals that overlap: confidence's logit, and size, as a frame printed on a page is as
/// sharp as the page.
double rank(const Evidence& evidence);

}  // namespace peel::document
