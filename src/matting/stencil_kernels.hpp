#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace peel::stencil {

/// Floats that may be read, but are not used, behind every array.
inline constexpr std::size_t READ_BEYOND = 16;

/// A run of a StencilMatrix' region, and where what its product needs is. Rows are those of the matrix' radius.
struct Place {
  /// Of the first pixel's place in vectors, in rows -2 to 2; where there is no such row, some place there is.
  std::array<std::ptrdiff_t, 5> x;
  /// Of the first pixel's coefficient for offset 0, in rows 0, -1 and -2; where there is no such row, of zeros.
  std::array<std::ptrdiff_t, 3> coefficients;
  /// From one offset's coefficients to the next one's, in those rows.
  std::array<std::ptrdiff_t, 3> stride;
  std::size_t count;
};

/// Several runs of one matrix.
struct Runs {
  std::span<const Place> places;
  const float* coefficients;
  int radius;  ///< 1 or 2
};

/// out = matrix * x.
void multiply(const Runs& runs, const float* x, float* out);

/// out = right - matrix * x.
void residual(const Runs& runs, const float* right, const float* x, float* out);

/// A step of Chebyshev's iteration: change = momentum * change + gain * inverse * (right - matrix * x), out = x +
/// change.
struct Step {
  const float* right;
  const float* inverse;
  float momentum;
  float gain;
  float* change;
};
void chebyshev(const Runs& runs, const Step& step, const float* x, float* out);

/// Sum of a[i] * b[i]: in float by the hundred, these added up in double.
double dot(const float* a, const float* b, std::size_t count);

/// A step of the method of conjugate gradients: x += length * direction, residual -= length * product.
void advance(float length, const float* direction, const float* product, std::size_t count, float* x, float* residual);

/// direction = correction + share * direction.
void turn(const float* correction, float share, std::size_t count, float* direction);

}  // namespace peel::stencil
