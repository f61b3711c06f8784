#include "matting/guided_upsample.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

#include "base/parallel.hpp"
#include "matting/solve3.hpp"

namespace peel {
namespace {

// Added to the covariance's diagonal: the square of 2.5 levels of 255, below which differences of colour are noise. The
// fit is only where iterations start from.
constexpr double NOISE = 1e-4;

/// alpha = red * r + green * g + blue * b + rest, where colours are r, g, b.
struct Fit {
  float red, green, blue, rest;
};

/// Fits at all pixels of some rows, made when they are asked for.
class FitRows {
 public:
  FitRows(const ColorPlane& colors, const float* alpha, const Region& where)
      : colors_(colors), alpha_(alpha), where_(where) {
    for (auto& row : rows_) row.fits.resize(static_cast<std::size_t>(colors.width()));
  }

  const Fit* row(int y) {
    Row& row = rows_[static_cast<std::size_t>(y) % rows_.size()];
    if (row.y != y) {
      for (const Run& run : where_.row(y)) {
        fit(y, std::max(0, run.begin), std::min(colors_.width(), run.end), row.fits.data());
      }
      row.y = y;
    }
    return row.fits.data();
  }

 private:
  struct Row {
    int y = -1;
    std::vector<Fit> fits;
  };

  void fit(int y, int begin, int end, Fit* fits) {
    const int left = std::max(0, begin - 1);
    const int right = std::min(colors_.width(), end + 1);
    const int top = std::max(0, y - 1);
    const int bottom = std::min(colors_.height(), y + 2);
    const auto length = static_cast<std::size_t>(right - left);
    lines_.resize(9 * length);
    for (int row = top; row < bottom; ++row) {
      float* const line = lines_.data() + 3 * length * static_cast<std::size_t>(row - top);
      colors_.read(row, left, right, line, line + length, line + 2 * length);
    }
    for (int x = begin; x < end; ++x) {
      const int first = std::max(left, x - 1);
      const int last = std::min(right, x + 2);
      const double count = (bottom - top) * (last - first);
      std::array<double, 3> mean{};
      double mean_alpha = 0;
      std::array<double, 3> with_alpha{};
      std::array<double, 6> products{};  // rr rg rb gg gb bb
      for (int row = top; row < bottom; ++row) {
        const float* const line = lines_.data() + 3 * length * static_cast<std::size_t>(row - top);
        const float* const alphas = alpha_ + static_cast<std::size_t>(row) * static_cast<std::size_t>(colors_.width());
        for (int i = first; i < last; ++i) {
          const double a = alphas[i];
          const auto at = static_cast<std::size_t>(i - left);
          const std::array<double, 3> color{line[at], line[length + at], line[2 * length + at]};
          mean_alpha += a;
          for (std::size_t c = 0, k = 0; c < 3; ++c) {
            mean[c] += color[c];
            with_alpha[c] += color[c] * a;
            for (std::size_t other = c; other < 3; ++other) products[k++] += color[c] * color[other];
          }
        }
      }
      mean_alpha /= count;
      for (double& value : mean) value /= count;
      for (std::size_t c = 0, k = 0; c < 3; ++c) {
        with_alpha[c] = with_alpha[c] / count - mean[c] * mean_alpha;
        for (std::size_t other = c; other < 3; ++other, ++k) {
          products[k] = products[k] / count - mean[c] * mean[other] + (c == other ? NOISE / 9 : 0);
        }
      }
      const auto slope = solve_symmetric(products, with_alpha, NOISE / 9 / 4);
      fits[x] = {static_cast<float>(slope[0]), static_cast<float>(slope[1]), static_cast<float>(slope[2]),
                 static_cast<float>(mean_alpha - slope[0] * mean[0] - slope[1] * mean[1] - slope[2] * mean[2])};
    }
  }

  const ColorPlane& colors_;
  const float* alpha_;
  const Region& where_;
  std::array<Row, 3> rows_;
  std::vector<float> lines_;
};

}  // namespace

void guided_upsample(const ColorPlane& coarse, const float* coarse_alpha, const ColorPlane& fine, const Region& where,
                     float* fine_alpha, int threads) {
  const Region needed = where.halved().dilated(1);
  parallel_for(0, fine.height(), 16, threads, [&](std::int64_t first, std::int64_t last) {
    FitRows rows(coarse, coarse_alpha, needed);
    const auto width = static_cast<std::size_t>(fine.width());
    std::vector<float> colors(3 * width);
    for (auto y = static_cast<int>(first); y < last; ++y) {
      if (where.row(y).empty()) continue;
      const int middle = (y - 1) >> 1;  // its middle is a quarter of a coarse pixel from the pixel's, or three
      const float down = y % 2 == 0 ? 0.75f : 0.25f;
      const Fit* const above = rows.row(std::max(0, middle));
      const Fit* const below = rows.row(std::min(coarse.height() - 1, middle + 1));
      float* const out = fine_alpha + static_cast<std::size_t>(y) * width;
      for (const Run& run : where.row(y)) {
        fine.read(y, run.begin, run.end, colors.data(), colors.data() + width, colors.data() + 2 * width);
        for (int x = run.begin; x < run.end; ++x) {
          const int left = std::max(0, (x - 1) >> 1);
          const int right = std::min(coarse.width() - 1, ((x - 1) >> 1) + 1);
          const float across = x % 2 == 0 ? 0.75f : 0.25f;
          const auto mixed = [&](float Fit::*part) {
            const float upper = above[left].*part + across * (above[right].*part - above[left].*part);
            const float lower = below[left].*part + across * (below[right].*part - below[left].*part);
            return upper + down * (lower - upper);
          };
          const float* const color = colors.data() + (x - run.begin);
          const float alpha = mixed(&Fit::red) * color[0] + mixed(&Fit::green) * color[width] +
                              mixed(&Fit::blue) * color[2 * width] + mixed(&Fit::rest);
          out[x] = std::clamp(alpha, 0.0f, 1.0f);
        }
      }
    }
  });
}

}  // namespace peel
