#pragma once

#include <span>

#include "matting/stencil_matrix.hpp"

namespace peel {

class Multigrid;

struct StopRule {
  /// Done when what is left to move, in the root of the mean square, is less than this; it is estimated from how far
  /// the last iterations moved, and those before them. 0: not asked for.
  float visible = 0;
  /// Done when the residual is this part of the right side, or of 0.001 where that is more.
  double residual = 0;
  int most_iterations = 0;
};

struct Convergence {
  int iterations = 0;
  bool converged = false;
};

/// Solves matrix * x = right by the method of conjugate gradients from the `x` that is given. Should numbers run out of
/// range, `x` is as it was before they did. The same bits whatever the number of threads. Throws Cancelled.
Convergence conjugate_gradients(const StencilMatrix& matrix, std::span<const float> right, Multigrid& preconditioner,
                                const StopRule& stop, std::span<float> x, int threads);

}  // namespace peel
