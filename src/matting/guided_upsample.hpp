#pragma once

#include "matting/color_plane.hpp"
#include "matting/region.hpp"

namespace peel {

/// Brings alpha from a picture of half the size (`coarse`, as ColorPlane::halved() makes it) to pixels of this one: as
/// the linear function of colour that fits a window of 3 x 3 pixels of the coarse one best, functions mixed bilinearly
/// (Levin, Lischinski, Weiss 2008, section 5). Only the pixels of `where` are written; both planes are as large as
/// their pictures.
void guided_upsample(const ColorPlane& coarse, const float* coarse_alpha, const ColorPlane& fine, const Region& where,
                     float* fine_alpha, int threads);

}  // namespace peel
