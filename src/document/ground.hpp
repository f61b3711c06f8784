#pragma once

#include "document/refine.hpp"

namespace peel::document {

/// What lies on both sides of the sides of a quadrilateral.
struct Ground {
  /// Share of the seen outline with paper of one colour inside and outside: a line printed on a sheet, and no sheet's
  /// edge.
  double same_paper = 0;
  /// The paper inside over that outside, by lightness: print is darker than its paper, and pages are seldom darker than
  /// what they lie on.
  double brighter = 1;
  /// Whether all seen sides run along the picture's rows and columns: what a camera seldom sees, and a scanner's or
  /// printer's page is full of.
  bool upright = false;
};

/// `page` is in pixels of `picture`, a working copy.
Ground ground_of(const PixelView& picture, const FittedPage& page);

}  // namespace peel::document
