#pragma once

#include <cstddef>

namespace peel::laplacian {

/// A row of windows of 3 x 3 pixels, one at each pixel.
struct Windows {
  /// Colours of the three rows, from the pixel left of the first window's middle on; 16 more may be read than there
  /// are.
  const float* colors[3][3];
  /// Where the coefficients of those pixels are added to: [row][offset of a StencilMatrix of radius 2]. Null: these are
  /// somebody else's.
  float* coefficients[3][13];
  std::size_t count;
};

/// Adds what the windows contribute to the matting Laplacian. `epsilon` is added to the sum of the nine colours'
/// products.
void add_windows(const Windows& windows, double epsilon);

}  // namespace peel::laplacian
