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
  double unrest = 0;         ///< of the picture beside the sides, over the strength of their edges
  double overrun = 0;        ///< how much of the sides' edges goes on beyond the corners
  bool has_mask = false;     ///< a mask was there, be it empty
};

/// Page and regions are in pixels of `picture`. `has_mask` as in Evidence.
Evidence evidence_for(const PixelView& picture, const FittedPage& page, std::span<const MaskRegion> regions,
                      bool has_mask);

/// Log odds that it is a page, as the evidence has it: logistic regression, see docs/documents.md.
double log_odds(const Evidence& evidence);

/// The probability that goes with them.
double confidence(const Evidence& evidence);

}  // namespace peel::document
