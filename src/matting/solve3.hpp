#pragma once

#include <algorithm>
#include <array>
#include <cmath>

namespace peel {

/// Solves a symmetric system of three by Cholesky's factor; `m` is its upper half, row by row. Squares on the diagonal
/// are taken to be at least `least`, so that rounding never makes a root of less than nothing.
inline std::array<double, 3> solve_symmetric(const std::array<double, 6>& m, const std::array<double, 3>& right,
                                             double least) {
  const double l00 = std::sqrt(std::max(m[0], least));
  const double l10 = m[1] / l00;
  const double l20 = m[2] / l00;
  const double l11 = std::sqrt(std::max(m[3] - l10 * l10, least));
  const double l21 = (m[4] - l20 * l10) / l11;
  const double l22 = std::sqrt(std::max(m[5] - l20 * l20 - l21 * l21, least));
  const double y0 = right[0] / l00;
  const double y1 = (right[1] - l10 * y0) / l11;
  const double y2 = (right[2] - l20 * y0 - l21 * y1) / l22;
  const double x2 = y2 / l22;
  const double x1 = (y1 - l21 * x2) / l11;
  return {(y0 - l10 * x1 - l20 * x2) / l00, x1, x2};
}

}  // namespace peel
