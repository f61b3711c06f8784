#pragma once

#include <vector>

#include "matting/color_plane.hpp"
#include "matting/region.hpp"
#include "matting/stencil_matrix.hpp"

namespace peel {

/// matrix * alpha = right, for the alpha of unknown pixels.
struct MattingSystem {
  StencilMatrix matrix;
  std::vector<float> right;
};

/// The matting Laplacian of closed-form matting (Levin, Lischinski, Weiss 2008: "A Closed-Form Solution to Natural
/// Image Matting", equation 12) with windows of 3 x 3 pixels, those alone that hold an unknown pixel. `alpha`: a plane
/// as large as the picture whose known pixels are read. `epsilon` is pymatting's: it is added to the sum of products of
/// the nine colours, so the paper's is a ninth of it.
MattingSystem matting_system(const ColorPlane& colors, Region unknown, const float* alpha, double epsilon, int threads);

}  // namespace peel
