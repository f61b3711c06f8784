#include "matting/multigrid.hpp"

#include <algorithm>
#include <cstdint>

#include "base/parallel.hpp"
#include "matting/stencil_kernels.hpp"

namespace peel {
namespace {

// Found by trial on the training pictures of alphamatting.com: with 2 steps down to 0.12 the time is the same, with 6
// down to 0.04 as well.
constexpr int STEPS = 4;
constexpr double LOWEST = 0.06;  // of the part of the spectrum that is smoothed
// Aggregates make the coarse grid stiffer than it is; a correction is to be lengthened (Braess 1995: "Towards algebraic
// multigrid for elliptic problems of second order", section 4, where it is 1.8).
constexpr float LENGTHENED = 1.5f;
constexpr std::size_t COARSEST = 256;  // pixels
constexpr int COARSEST_STEPS = 30;

}  // namespace

Multigrid::Multigrid(const StencilMatrix& matrix, int threads) : threads_(threads) {
  // Places in matrices_ must stay: as many as halving can give.
  constexpr std::size_t MOST_LEVELS = 32;
  matrices_.reserve(MOST_LEVELS);
  const StencilMatrix* current = &matrix;
  for (;;) {
    Level& level = levels_.emplace_back();
    level.matrix = current;
    level.inverse = current->inverse_row_sums(threads);
    level.spare.resize(current->size());
    level.change.resize(current->size());
    level.residual.resize(current->size());
    if (levels_.size() > 1) {
      level.right.resize(current->size());
      level.solution.resize(current->size());
    }
    const Region& region = current->region();
    if (region.size() <= COARSEST || std::max(region.width(), region.height()) <= 2 ||
        matrices_.size() == MOST_LEVELS) {
      break;
    }
    current = &matrices_.emplace_back(current->coarsened(threads));
  }
}

void Multigrid::apply(std::span<const float> residual, std::span<float> correction) {
  cycle(0, residual, correction);
}

void Multigrid::cycle(std::size_t index, std::span<const float> right, std::span<float> solution) {
  Level& level = levels_[index];
  if (index + 1 == levels_.size()) return smooth(level, right, solution, COARSEST_STEPS, true);
  smooth(level, right, solution, STEPS, true);
  level.matrix->residual(right, solution, level.residual, threads_);
  Level& coarse = levels_[index + 1];
  restrict_residual(level, coarse);
  cycle(index + 1, coarse.right, coarse.solution);
  add_correction(coarse, level, solution);
  smooth(level, right, solution, STEPS, false);
}

// The number of steps is even, so that the last one writes to `solution`.
void Multigrid::smooth(Level& level, std::span<const float> right, std::span<float> solution, int count,
                       bool from_zero) {
  constexpr double MIDDLE = (1 + LOWEST) / 2;
  constexpr double HALF = (1 - LOWEST) / 2;
  std::vector<stencil::Step> steps;
  double rho = HALF / MIDDLE;
  for (int i = 0; i < count; ++i) {
    stencil::Step step{right.data(), level.inverse.data(), 0, static_cast<float>(1 / MIDDLE), level.change.data()};
    if (i > 0) {
      const double next = 1 / (2 * MIDDLE / HALF - rho);
      step.momentum = static_cast<float>(next * rho);
      step.gain = static_cast<float>(2 * next / HALF);
      rho = next;
    }
    steps.push_back(step);
  }
  if (!from_zero) return level.matrix->chebyshev(steps, solution, level.spare, threads_);
  // The first one needs no product.
  const float gain = steps.front().gain;
  parallel_for(0, static_cast<std::int64_t>(right.size()), 1 << 16, threads_,
               [&](std::int64_t begin, std::int64_t end) {
                 for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
                   level.spare[i] = level.change[i] = gain * level.inverse[i] * right[i];
                 }
               });
  level.matrix->chebyshev(std::span(steps).subspan(1), level.spare, solution, threads_);
}

void Multigrid::restrict_residual(const Level& fine, Level& coarse) const {
  const auto runs = coarse.matrix->region().runs();
  for (const Run& run : runs) {
    const Run& hull = *coarse.matrix->hull().find(run.y, run.begin);
    float* const out = coarse.right.data() + hull.at + (run.begin - hull.begin);
    std::fill_n(out, run.length(), 0.0f);
    for (const int row : {2 * run.y, 2 * run.y + 1}) {
      const Run* const from = fine.matrix->hull().find(row, 2 * run.begin);
      if (!from) continue;  // below the picture
      const float* const in = fine.residual.data() + from->at + (2 * run.begin - from->begin);
      for (int i = 0; i < run.length(); ++i) out[i] += in[2 * i] + in[2 * i + 1];
    }
  }
}

void Multigrid::add_correction(const Level& coarse, const Level& fine, std::span<float> solution) const {
  for (const Run& run : coarse.matrix->region().runs()) {
    const Run& hull = *coarse.matrix->hull().find(run.y, run.begin);
    const float* const in = coarse.solution.data() + hull.at + (run.begin - hull.begin);
    for (const int row : {2 * run.y, 2 * run.y + 1}) {
      const Run* const to = fine.matrix->hull().find(row, 2 * run.begin);
      if (!to) continue;
      const auto at = static_cast<std::ptrdiff_t>(to->at) + 2 * run.begin - to->begin;
      float* const out = solution.data() + at;
      const float* const inverse = fine.inverse.data() + at;
      for (int i = 0; i < 2 * run.length(); ++i) out[i] += inverse[i] > 0 ? LENGTHENED * in[i / 2] : 0.0f;
    }
  }
}

}  // namespace peel
