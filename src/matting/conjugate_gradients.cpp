#include "matting/conjugate_gradients.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "base/control.hpp"
#include "base/parallel.hpp"
#include "matting/multigrid.hpp"
#include "matting/stencil_kernels.hpp"

namespace peel {
namespace {

constexpr std::size_t BLOCK = 1 << 14;
// Alpha goes from 0 to 1 and a matrix' diagonal to about as much: less of a right side than this is none. Where all
// that is known is background it is 0, of which no residual would be a small part.
constexpr double LEAST_RIGHT_SIDE = 1e-3;
constexpr int WINDOW = 8;  // iterations whose movement is compared with that of the ones before

template <typename Body>
void for_blocks(std::size_t size, int threads, const Body& body) {
  const auto blocks = static_cast<std::int64_t>((size + BLOCK - 1) / BLOCK);
  parallel_for(0, blocks, 4, threads, [&](std::int64_t begin, std::int64_t end) {
    for (auto block = static_cast<std::size_t>(begin); block < static_cast<std::size_t>(end); ++block) {
      body(block, block * BLOCK, std::min(BLOCK, size - block * BLOCK));
    }
  });
}

// Added up block by block in their order, so that threads do not change the sum.
double dot(std::span<const float> a, std::span<const float> b, int threads) {
  std::vector<double> parts((a.size() + BLOCK - 1) / BLOCK);
  for_blocks(a.size(), threads, [&](std::size_t block, std::size_t at, std::size_t count) {
    parts[block] = stencil::dot(a.data() + at, b.data() + at, count);
  });
  double sum = 0;
  for (const double part : parts) sum += part;
  return sum;
}

}  // namespace

Convergence conjugate_gradients(const StencilMatrix& matrix, std::span<const float> right, Multigrid& preconditioner,
                                const StopRule& stop, std::span<float> x, int threads) {
  const std::size_t size = matrix.size();
  std::vector<float> residual(size);
  matrix.residual(right, x, residual, threads);
  const double scale = std::max(LEAST_RIGHT_SIDE, std::sqrt(dot(right, right, threads)));
  const auto small = [&] { return std::sqrt(dot(residual, residual, threads)) <= stop.residual * scale; };
  Convergence progress;
  if (small()) {
    progress.converged = true;
    return progress;
  }

  std::vector<float> correction(size);
  preconditioner.apply(residual, correction);
  std::vector<float> direction = correction;
  std::vector<float> product(size);
  std::vector<float> before;
  double moved_before = 0;
  if (stop.visible > 0) before.assign(x.begin(), x.end());
  double agreement = dot(residual, correction, threads);
  while (progress.iterations < stop.most_iterations) {
    check_stopped();
    matrix.multiply(direction, product, threads);
    const double curvature = dot(direction, product, threads);
    const double length = agreement / curvature;
    if (!(curvature > 0) || !std::isfinite(length)) return progress;
    for_blocks(size, threads, [&](std::size_t, std::size_t at, std::size_t count) {
      stencil::advance(static_cast<float>(length), direction.data() + at, product.data() + at, count, x.data() + at,
                       residual.data() + at);
    });
    ++progress.iterations;
    if (stop.residual > 0 && small()) {
      progress.converged = true;
      return progress;
    }
    if (stop.visible > 0 && progress.iterations % WINDOW == 0) {
      double sum = 0;
      for (std::size_t i = 0; i < size; ++i) sum += (x[i] - before[i]) * (x[i] - before[i]);
      const double moved = std::sqrt(sum / static_cast<double>(matrix.region().size()));
      // What is left, if the next ones go on to shrink by the same factor.
      const double factor = moved_before > 0 ? moved / moved_before : 1;
      if (factor < 1 && moved * factor / (1 - factor) <= stop.visible) {
        progress.converged = true;
        return progress;
      }
      moved_before = moved;
      std::ranges::copy(x, before.begin());
    }
    preconditioner.apply(residual, correction);
    const double next = dot(residual, correction, threads);
    const auto share = static_cast<float>(next / agreement);
    for_blocks(size, threads, [&](std::size_t, std::size_t at, std::size_t count) {
      stencil::turn(correction.data() + at, share, count, direction.data() + at);
    });
    agreement = next;
  }
  return progress;
}

}  // namespace peel
