#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "matting/stencil_matrix.hpp"

namespace peel {

/// A preconditioner for conjugate gradients: a V-cycle over ever coarser grids of aggregated pixels. It is symmetric
/// and positive whatever the matrix' entries are, so unlike an incomplete factorisation it cannot break down.
///
/// Smoothed by Chebyshev's iteration on what l1-Jacobi leaves of the spectrum, all of which is below 1.
class Multigrid {
 public:
  /// `matrix` must outlive it.
  Multigrid(const StencilMatrix& matrix, int threads);

  /// About what matrix * correction = residual is solved by. Both as long as the matrix' vectors.
  void apply(std::span<const float> residual, std::span<float> correction);

 private:
  struct Level {
    const StencilMatrix* matrix;
    std::vector<float> inverse;  ///< of row sums
    std::vector<float> spare;    ///< solutions in turn with the caller's
    std::vector<float> change;
    std::vector<float> residual;  ///< of this level
    std::vector<float> right;     ///< empty on the finest
    std::vector<float> solution;
  };

  void cycle(std::size_t index, std::span<const float> right, std::span<float> solution);
  void smooth(Level& level, std::span<const float> right, std::span<float> solution, int count, bool from_zero);
  void restrict_residual(const Level& fine, Level& coarse) const;
  void add_correction(const Level& coarse, const Level& fine, std::span<float> solution) const;

  std::vector<StencilMatrix> matrices_;  ///< of the coarser grids
  std::vector<Level> levels_;
  int threads_;
};

}  // namespace peel
