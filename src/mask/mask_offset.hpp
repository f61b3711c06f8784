#pragma once

#include "peel/image.hpp"

namespace peel {

/// MaskCleaning's offset: grey dilation or erosion with the disc of that radius in pixels, exact; between whole radii
/// the results of the two next to it, mixed.
Image offset_mask(const Image& mask, double pixels, int threads);

}  // namespace peel
