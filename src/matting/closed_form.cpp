#include "matting/closed_form.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/parallel.hpp"
#include "matting/color_plane.hpp"
#include "matting/conjugate_gradients.hpp"
#include "matting/guided_upsample.hpp"
#include "matting/matting_laplacian.hpp"
#include "matting/multigrid.hpp"
#include "matting/region.hpp"

namespace peel {
namespace {

constexpr double EPSILON = 1e-7;  // pymatting's default, and so rembg's
constexpr int COARSEST_SIDE = 24;
constexpr std::size_t FEWEST_UNKNOWN = 512;  // solved in no time from any start

constexpr int OVERLAP = 48;  // rows
constexpr int FEWEST_ROWS = 64;

constexpr StopRule EXACT{0, 1e-7, 10'000};
// Where it settles slowly (in wide stretches of one colour and some grain, by a level or so in ten iterations) it is
// not waited for longer than this many pixels times iterations; at coarser levels, whose alpha is only a start, a
// quarter.
constexpr std::size_t MOST_WORK = 40'000'000;
constexpr std::size_t FEWEST_ITERATIONS = 16;
constexpr std::size_t MOST_ITERATIONS = 100;

struct MattingLevel {
  ColorPlane colors;
  std::vector<std::uint8_t> trimap;
  Region unknown;
};

// Known is what is known to be the same in all four pixels.
std::vector<std::uint8_t> halved(std::span<const std::uint8_t> trimap, int width, int height) {
  const int half_width = (width + 1) / 2;
  const int half_height = (height + 1) / 2;
  std::vector<std::uint8_t> half(static_cast<std::size_t>(half_width) * static_cast<std::size_t>(half_height));
  for (int y = 0; y < half_height; ++y) {
    const std::uint8_t* const above = trimap.data() + static_cast<std::size_t>(2 * y) * static_cast<std::size_t>(width);
    const std::uint8_t* const below = 2 * y + 1 < height ? above + width : above;
    std::uint8_t* const out = half.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(half_width);
    for (int x = 0; x < half_width; ++x) {
      const int right = std::min(2 * x + 1, width - 1);
      const std::uint8_t value = above[2 * x];
      const bool same = above[right] == value && below[2 * x] == value && below[right] == value;
      out[x] = same && BETWEEN[value] == 0 ? value : std::uint8_t{128};
    }
  }
  return half;
}

Convergence solve(const ColorPlane& colors, Region unknown, const StopRule& stop, std::vector<float>& alpha,
                  int write_top, int write_bottom, int threads) {
  const MattingSystem system = matting_system(colors, std::move(unknown), alpha.data(), EPSILON, threads);
  const Region& region = system.matrix.region();
  const Region& hull = system.matrix.hull();
  const auto width = static_cast<std::size_t>(colors.width());
  // Calls body(run's alpha, its part of a vector, its length).
  const auto for_runs = [&](std::span<float> vector, const auto& body) {
    for (const Run& run : region.runs()) {
      const Run& around = *hull.find(run.y, run.begin);
      body(run, alpha.data() + static_cast<std::size_t>(run.y) * width + run.begin,
           vector.data() + around.at + (run.begin - around.begin));
    }
  };
  std::vector<float> x(system.matrix.size());
  for_runs(x, [](const Run& run, const float* plane, float* vector) { std::copy_n(plane, run.length(), vector); });
  Multigrid multigrid(system.matrix, threads);
  const Convergence progress = conjugate_gradients(system.matrix, system.right, multigrid, stop, x, threads);
  for_runs(x, [&](const Run& run, float* plane, const float* vector) {
    if (run.y < write_top || run.y >= write_bottom) return;
    for (int i = 0; i < run.length(); ++i) plane[i] = std::clamp(vector[i], 0.0f, 1.0f);
  });
  return progress;
}

// In bands of rows where there is too much for one system: what lies beyond a band, and its overlap with the next, is
// taken as known from the coarser level.
Convergence solve(const MattingLevel& level, const StopRule& stop, std::vector<float>& alpha, std::size_t most_unknown,
                  int threads) {
  const int height = level.colors.height();
  if (level.unknown.size() <= most_unknown) return solve(level.colors, level.unknown, stop, alpha, 0, height, threads);
  Convergence all{0, true};
  for (int top = 0; top < height;) {
    int bottom = top;
    for (std::size_t count = 0; bottom < height && (bottom < top + FEWEST_ROWS || count < most_unknown); ++bottom) {
      for (const Run& run : level.unknown.row(bottom)) count += static_cast<std::size_t>(run.length());
    }
    Region band = level.unknown.rows(top - OVERLAP, bottom + OVERLAP);
    if (!band.empty()) {
      const Convergence one = solve(level.colors, std::move(band), stop, alpha, top, bottom, threads);
      all.iterations = std::max(all.iterations, one.iterations);
      all.converged = all.converged && one.converged;
    }
    top = bottom;
  }
  return all;
}

}  // namespace

ClosedFormAlpha closed_form_alpha(const Image& picture, std::span<const std::uint8_t> trimap,
                                  const ClosedFormOptions& options) {
  const int threads = options.threads;
  std::vector<MattingLevel> levels;
  levels.push_back({ColorPlane(picture),
                    {trimap.begin(), trimap.end()},
                    Region::of(trimap.data(), picture.width(), picture.height(), BETWEEN)});
  for (;;) {
    const MattingLevel& fine = levels.back();
    const int width = fine.colors.width();
    const int height = fine.colors.height();
    if (std::min(width, height) <= COARSEST_SIDE || fine.unknown.size() <= FEWEST_UNKNOWN) break;
    ColorPlane colors = fine.colors.halved(threads);
    auto half = halved(fine.trimap, width, height);
    Region unknown = Region::of(half.data(), colors.width(), colors.height(), BETWEEN);
    levels.push_back({std::move(colors), std::move(half), std::move(unknown)});
  }

  ClosedFormAlpha result;
  result.unknown = levels.front().unknown.size();
  std::vector<float> coarser;
  const std::size_t count = levels.size();
  for (std::size_t i = count; i-- > 0;) {
    const MattingLevel& level = levels[i];
    std::vector<float> alpha(level.trimap.size());
    for (std::size_t k = 0; k < alpha.size(); ++k) {
      alpha[k] = BETWEEN[level.trimap[k]] == 0 ? static_cast<float>(level.trimap[k]) / 255 : 0.5f;
    }
    if (!coarser.empty()) {
      guided_upsample(levels[i + 1].colors, coarser.data(), level.colors, level.unknown, alpha.data(), threads);
      levels.pop_back();
    }
    const int side = std::max(level.colors.width(), level.colors.height());
    const bool solved = options.largest_solved == 0 || side <= options.largest_solved || i + 1 == count;
    if (solved && !level.unknown.empty()) {
      const std::size_t work = (i == 0 ? MOST_WORK : MOST_WORK / 4) / level.unknown.size();
      const auto most = std::clamp(work, FEWEST_ITERATIONS, MOST_ITERATIONS);
      const StopRule visible{1.0f / 255, 1e-7, static_cast<int>(most)};
      const Convergence progress =
          solve(level, i == 0 && options.exact ? EXACT : visible, alpha, options.most_unknown, threads);
      result.iterations = progress.iterations;
      result.converged = progress.converged;
    }
    coarser = std::move(alpha);
  }
  result.alpha = std::move(coarser);
  return result;
}

}  // namespace peel
