#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <map>
#include <span>
#include <vector>

#include "matting/stencil_matrix.hpp"
#include "support/matting_planes.hpp"

namespace peel::test {

/// A matrix by rows; of what is not there the value is 0.
using Sparse = std::vector<std::map<std::size_t, double>>;

inline double entry(const Sparse& matrix, std::size_t row, std::size_t column) {
  const auto found = matrix[row].find(column);
  return found == matrix[row].end() ? 0 : found->second;
}

/// Calls body(y, x, place in vectors) for the pixels of a part of a StencilMatrix' hull.
template <typename Body>
void for_places(const StencilMatrix& matrix, const Region& part, const Body& body) {
  for (const Run& run : part.runs()) {
    const Run& hull = *matrix.hull().find(run.y, run.begin);
    for (int x = run.begin; x < run.end; ++x) body(run.y, x, hull.at + static_cast<std::size_t>(x - hull.begin));
  }
}

/// What a StencilMatrix holds, by places in its vectors. Of a coefficient whose neighbour is not in the hull it is
/// asked that it is 0.
inline Sparse entries(const StencilMatrix& matrix, bool& all_in_hull) {
  Sparse sparse(matrix.size());
  all_in_hull = true;
  for_places(matrix, matrix.hull(), [&](int y, int x, std::size_t p) {
    const Run& run = *matrix.hull().find(y, x);
    for (std::size_t k = 0; k < matrix.offsets().size(); ++k) {
      const auto [dy, dx] = matrix.offsets()[k];
      const double value = static_cast<double>(matrix.coefficients(run, static_cast<int>(k))[x - run.begin]);
      const Run* const other = matrix.hull().find(y + dy, x + dx);
      if (!other) {
        all_in_hull = all_in_hull && value == 0;
        continue;
      }
      const std::size_t q = other->at + static_cast<std::size_t>(x + dx - other->begin);
      sparse[p][q] = value;
      sparse[q][p] = value;
    }
  });
  return sparse;
}

/// Solves a symmetric system of three by Cramer's rule.
inline std::array<double, 3> solve_by_cramer(const std::array<std::array<double, 3>, 3>& m,
                                             const std::array<double, 3>& right) {
  const auto determinant = [](const std::array<std::array<double, 3>, 3>& a) {
    return a[0][0] * (a[1][1] * a[2][2] - a[1][2] * a[2][1]) - a[0][1] * (a[1][0] * a[2][2] - a[1][2] * a[2][0]) +
           a[0][2] * (a[1][0] * a[2][1] - a[1][1] * a[2][0]);
  };
  const double all = determinant(m);
  std::array<double, 3> x{};
  for (std::size_t c = 0; c < 3; ++c) {
    auto replaced = m;
    for (std::size_t row = 0; row < 3; ++row) replaced[row][c] = right[row];
    x[c] = determinant(replaced) / all;
  }
  return x;
}

/// The matting Laplacian of a whole picture from its definition: Levin, Lischinski, Weiss 2008, equation 12, summed
/// over windows of 3 x 3 pixels wholly inside. `epsilon`: added to the sum of products, which is then divided by nine.
inline Sparse matting_laplacian(const Image& picture, double epsilon) {
  const int width = picture.width();
  Sparse laplacian(pixels(width, picture.height()));
  for (int top = 0; top + 3 <= picture.height(); ++top) {
    for (int left = 0; left + 3 <= width; ++left) {
      std::array<std::array<double, 3>, 9> color;
      std::array<double, 3> mean{};
      for (int p = 0; p < 9; ++p) {
        color[static_cast<std::size_t>(p)] = color_at(picture, top + p / 3, left + p % 3);
        for (std::size_t c = 0; c < 3; ++c) mean[c] += color[static_cast<std::size_t>(p)][c] / 9;
      }
      for (auto& pixel : color) {
        for (std::size_t c = 0; c < 3; ++c) pixel[c] -= mean[c];
      }
      std::array<std::array<double, 3>, 3> covariance{};
      for (std::size_t a = 0; a < 3; ++a) {
        for (std::size_t b = 0; b < 3; ++b) {
          for (const auto& pixel : color) covariance[a][b] += pixel[a] * pixel[b];
          covariance[a][b] = (covariance[a][b] + (a == b ? epsilon : 0)) / 9;
        }
      }
      for (int q = 0; q < 9; ++q) {
        const auto solved = solve_by_cramer(covariance, color[static_cast<std::size_t>(q)]);
        for (int p = 0; p < 9; ++p) {
          const auto& own = color[static_cast<std::size_t>(p)];
          const double product = own[0] * solved[0] + own[1] * solved[1] + own[2] * solved[2];
          laplacian[place(width, top + p / 3, left + p % 3)][place(width, top + q / 3, left + q % 3)] +=
              (p == q ? 1 : 0) - (1 + product) / 9;
        }
      }
    }
  }
  return laplacian;
}

/// Solves a positive definite system by Cholesky's factor, of which the zeros left of each row's first entry are
/// skipped.
inline std::vector<double> solve_by_cholesky(const Sparse& matrix, std::vector<double> right) {
  const std::size_t size = matrix.size();
  std::vector<std::vector<double>> factor(size);  // of each row from its first entry on
  std::vector<std::size_t> first(size);
  for (std::size_t i = 0; i < size; ++i) {
    first[i] = matrix[i].empty() ? i : std::min(i, matrix[i].begin()->first);
    factor[i].resize(i - first[i] + 1);
    for (std::size_t j = first[i]; j <= i; ++j) {
      double value = entry(matrix, i, j);
      const std::size_t from = std::max(first[i], first[j]);
      for (std::size_t k = from; k < j; ++k) value -= factor[i][k - first[i]] * factor[j][k - first[j]];
      factor[i][j - first[i]] = i == j ? std::sqrt(std::max(value, 1e-15)) : value / factor[j][j - first[j]];
    }
  }
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t k = first[i]; k < i; ++k) right[i] -= factor[i][k - first[i]] * right[k];
    right[i] /= factor[i].back();
  }
  for (std::size_t i = size; i-- > 0;) {
    right[i] /= factor[i].back();
    for (std::size_t k = first[i]; k < i; ++k) right[k] -= factor[i][k - first[i]] * right[i];
  }
  return right;
}

/// Closed-form matting of a small picture, exactly.
inline std::vector<double> solved_alpha(const Image& picture, const Plane& trimap, double epsilon) {
  const Sparse laplacian = matting_laplacian(picture, epsilon);
  std::vector<std::size_t> unknown;
  std::vector<std::size_t> number(trimap.size());
  for (std::size_t i = 0; i < trimap.size(); ++i) {
    number[i] = unknown.size();
    if (is_unknown(trimap[i])) unknown.push_back(i);
  }
  Sparse matrix(unknown.size());
  std::vector<double> right(unknown.size());
  for (std::size_t row = 0; row < unknown.size(); ++row) {
    for (const auto& [column, value] : laplacian[unknown[row]]) {
      if (is_unknown(trimap[column])) {
        matrix[row][number[column]] = value;
      } else {
        right[row] -= trimap[column] == 255 ? value : 0;
      }
    }
  }
  const auto solution = solve_by_cholesky(matrix, std::move(right));
  std::vector<double> alpha(trimap.begin(), trimap.end());
  for (double& value : alpha) value = value == 255 ? 1 : 0;
  for (std::size_t row = 0; row < unknown.size(); ++row) alpha[unknown[row]] = std::clamp(solution[row], 0.0, 1.0);
  return alpha;
}

}  // namespace peel::test
