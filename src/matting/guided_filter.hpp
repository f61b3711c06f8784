#pragma once

#include "peel/image.hpp"

namespace peel {

struct GuidedFilter {
  /// Longer side of the copies on which functions of colour are fitted, in pixels.
  int working_side = 1024;
  int radius = 4;       ///< of the windows, in pixels of those copies
  double noise = 2e-3;  ///< added to variances of colours from 0 to 1
};

/// A mask brought to the picture's size guided by it: in every window alpha is fitted as a linear function of colour,
/// functions are averaged, widened bilinearly and applied to the picture's own pixels. He, Sun, Tang 2013, "Guided
/// Image Filtering", section 3.4 (colour guide); He, Sun 2015, "Fast Guided Filter" (arXiv 1505.00996). `mask`: gray8
/// of any size, stretched over the picture. The result is gray8, as large as the picture.
Image guided_mask(const Image& picture, const Image& mask, const GuidedFilter& filter, int threads);

}  // namespace peel
