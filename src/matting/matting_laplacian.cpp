#include "matting/matting_laplacian.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "base/parallel.hpp"
#include "matting/laplacian_kernels.hpp"

namespace peel {
namespace {

constexpr int RADIUS = 2;  // two pixels of a window of 3 x 3
constexpr int ROWS_A_PART = 16;
constexpr std::size_t READ_BEYOND = 16;

// The windows whose middle is in `run`, and of what they contribute what belongs to rows `top` to `bottom`.
void add_run(const ColorPlane& colors, const Run& run, int top, int bottom, double epsilon, StencilMatrix& matrix,
             std::vector<float>& scratch) {
  const int begin = std::max(run.begin, 1);
  const int end = std::min(run.end, colors.width() - 1);
  if (begin >= end) return;
  const auto length = static_cast<std::size_t>(end - begin) + 2;
  scratch.resize(9 * (length + READ_BEYOND));
  laplacian::Windows windows{};
  windows.count = static_cast<std::size_t>(end - begin);
  for (std::size_t row = 0; row < 3; ++row) {
    const int y = run.y - 1 + static_cast<int>(row);
    std::array<float*, 3> line{};
    for (std::size_t c = 0; c < 3; ++c) {
      line[c] = scratch.data() + (3 * row + c) * (length + READ_BEYOND);
      windows.colors[row][c] = line[c];
    }
    colors.read(y, begin - 1, end + 1, line[0], line[1], line[2]);
    if (y < top || y >= bottom) continue;
    const Run& hull = *matrix.hull().find(y, begin - 1);
    for (std::size_t k = 0; k < matrix.offsets().size(); ++k) {
      windows.coefficients[row][k] = matrix.coefficients(hull, static_cast<int>(k)) + (begin - 1 - hull.begin);
    }
  }
  laplacian::add_windows(windows, epsilon);
}

// Takes known pixels out of the matrix.
void keep_unknown(std::span<const float> unknown, int threads, StencilMatrix& matrix) {
  const auto runs = matrix.hull().runs();
  parallel_for(0, static_cast<std::int64_t>(runs.size()), 256, threads, [&](std::int64_t begin, std::int64_t end) {
    for (const Run& run : runs.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin))) {
      const float* const own = unknown.data() + run.at;
      for (std::size_t k = 0; k < matrix.offsets().size(); ++k) {
        float* const values = matrix.coefficients(run, static_cast<int>(k));
        const auto [dy, dx] = matrix.offsets()[k];
        for (int i = 0; i < run.length(); ++i) values[i] *= own[i];
        // The other one of each pair may lie in several runs, and in none.
        int x = run.begin;
        while (x < run.end) {
          const Run* const other = matrix.hull().find(run.y + dy, x + dx);
          if (!other) {
            values[x++ - run.begin] = 0;
            continue;
          }
          const float* const theirs = unknown.data() + other->at - other->begin + dx;
          for (; x < run.end && x + dx < other->end; ++x) values[x - run.begin] *= theirs[x];
        }
      }
    }
  });
}

}  // namespace

MattingSystem matting_system(const ColorPlane& colors, Region unknown, const float* alpha, double epsilon,
                             int threads) {
  MattingSystem system{StencilMatrix(std::move(unknown), RADIUS), {}};
  StencilMatrix& matrix = system.matrix;
  const int width = colors.width();
  const int height = colors.height();
  const Region middles = matrix.region().dilated(1);
  const int parts = (height + ROWS_A_PART - 1) / ROWS_A_PART;
  parallel_for(0, parts, 1, threads, [&](std::int64_t first, std::int64_t last) {
    std::vector<float> scratch;
    const int top = static_cast<int>(first) * ROWS_A_PART;
    const int bottom = std::min(height, static_cast<int>(last) * ROWS_A_PART);
    for (int y = std::max(1, top - 1); y < std::min(height - 1, bottom + 1); ++y) {
      for (const Run& run : middles.row(y)) add_run(colors, run, top, bottom, epsilon, matrix, scratch);
    }
  });

  // What known pixels contribute is the matrix with all couplings times them.
  std::vector<float> known(matrix.size());
  std::vector<float> is_unknown(matrix.size());
  for (const Run& run : matrix.hull().runs()) {
    const float* const row = alpha + static_cast<std::size_t>(run.y) * static_cast<std::size_t>(width);
    for (int x = std::max(0, run.begin); x < std::min(width, run.end); ++x) {
      known[run.at + static_cast<std::size_t>(x - run.begin)] = row[x];
    }
  }
  for (const Run& run : matrix.region().runs()) {
    const Run& hull = *matrix.hull().find(run.y, run.begin);
    const std::size_t at = hull.at + static_cast<std::size_t>(run.begin - hull.begin);
    std::fill_n(known.begin() + static_cast<std::ptrdiff_t>(at), run.length(), 0.0f);
    std::fill_n(is_unknown.begin() + static_cast<std::ptrdiff_t>(at), run.length(), 1.0f);
  }
  system.right.resize(matrix.size());
  const std::vector<float> zero(matrix.size());
  matrix.residual(zero, known, system.right, threads);
  keep_unknown(is_unknown, threads, matrix);
  return system;
}

}  // namespace peel
