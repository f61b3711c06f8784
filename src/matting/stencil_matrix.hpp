#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "matting/region.hpp"
#include "matting/stencil_kernels.hpp"

namespace peel {

/// A symmetric matrix over the pixels of a region in which a pixel is coupled to those at most `radius` rows and
/// columns away: a matting Laplacian (radius 2), or what it becomes on a coarser grid (radius 1).
///
/// Vectors have a place for every pixel of hull(), the region with all neighbours, and hold 0 outside of the region.
/// Coefficients are kept for one of the two directions only, a run's all together, so that a product reads them once
/// from memory.
class StencilMatrix {
 public:
  struct Offset {
    int dy, dx;
  };

  /// All coefficients are 0. `radius` is 1 or 2.
  StencilMatrix(Region region, int radius);

  const Region& region() const { return region_; }
  const Region& hull() const { return hull_; }
  /// Of a vector: the hull's, and a few more, for the processor's vectors.
  std::size_t size() const { return size_; }

  /// Half of the neighbours, the pixel itself first: those to the right in its row, and those in the rows below.
  std::span<const Offset> offsets() const { return offsets_; }
  /// Of an offset that is among them.
  int index(int dy, int dx) const { return dy == 0 ? dx : radius_ + 1 + (dy - 1) * (2 * radius_ + 1) + dx + radius_; }
  /// The coefficients between each pixel of a run of hull() and its neighbour at offset `k`.
  float* coefficients(const Run& run, int k) { return coefficients_.data() + place(run, k); }
  const float* coefficients(const Run& run, int k) const { return coefficients_.data() + place(run, k); }

  // Of the region's pixels only; elsewhere `out` stays as it is.
  /// out = this * x.
  void multiply(std::span<const float> x, std::span<float> out, int threads) const;
  /// out = right - this * x.
  void residual(std::span<const float> right, std::span<const float> x, std::span<float> out, int threads) const;
  /// Steps one after another, from `x` into `other` and back: an even number leaves the result in `x`.
  void chebyshev(std::span<const stencil::Step> steps, std::span<float> x, std::span<float> other, int threads) const;

  /// Of each row of the matrix: 1 / (sum of absolute values); 0 for pixels that are coupled to nothing, and outside of
  /// the region. By this Jacobi's iteration converges whatever the signs are (Baker, Falgout, Kolev, Yang 2011:
  /// "Multigrid smoothers for ultraparallel computing", l1-Jacobi).
  std::vector<float> inverse_row_sums(int threads) const;

  /// The matrix of aggregates of 2 x 2 pixels (Galerkin, with piecewise constant interpolation). Radius 1.
  StencilMatrix coarsened(int threads) const;

 private:
  std::size_t place(const Run& run, int k) const {
    return offsets_.size() * run.at + static_cast<std::size_t>(k) * static_cast<std::size_t>(run.length());
  }
  void add_run(const Run& run, StencilMatrix& coarse) const;
  /// Rows at which to part the region for threads, 0 and the height included; no part has fewer than `least_rows`.
  std::vector<int> bands(int least_rows, int threads) const;
  void for_runs(int threads, const std::function<void(const stencil::Runs&)>& body) const;

  int radius_;
  Region region_;
  Region hull_;
  std::vector<Offset> offsets_;
  std::size_t size_;
  std::vector<float> coefficients_;
  std::vector<stencil::Place> places_;  ///< of each run of the region
};

}  // namespace peel
