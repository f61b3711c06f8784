#pragma once

#include <cstddef>
#include <cstdint>

namespace peel::resample {

/// Fractional bits of a weight: 32 bits less 8 of the sample and 2 for the filter's overshoot (Pillow's
/// PRECISION_BITS).
inline constexpr int FRACTION = 22;
/// Kernels read samples and weights in groups of this many taps; weights beyond the last tap are zero.
inline constexpr int TAP_GROUP = 8;
/// Bytes that must be readable behind a row.
inline constexpr std::size_t PADDING = 64;

/// Weights of one axis. Output i is the sum over k of weights[i * stride + k] * input[first[i] + k].
struct Axis {
  const int* first;
  const int* count;
  const std::int32_t* weights;
  int stride;  ///< a multiple of TAP_GROUP
  int size;    ///< outputs
};

/// One row, one channel.
void horizontal_gray(const std::uint8_t* in, const Axis& axis, std::uint8_t* out);
/// Many rows at a time, one channel, for few taps: outputs `begin` to `end` of ROWS rows, whose samples stand one below
/// the other in `in` and in `out` (sample x of row r at x * ROWS + r; `out` begins with output `begin`). An output of
/// one row has too few taps to fill a vector with.
inline constexpr std::size_t ROWS = 16;
void horizontal_gray_rows(const std::uint8_t* in, const Axis& axis, int begin, int end, std::uint8_t* out);
/// One row of four-byte pixels; the first three channels come out packed. `axis.weights` holds each weight four times
/// in a row, and stride counts these.
void horizontal_rgb(const std::uint8_t* in, const Axis& axis, std::uint8_t* out);
/// One output row from `count` input rows of `size` bytes.
void vertical(const std::uint8_t* const* rows, const std::int32_t* weights, int count, std::size_t size,
              std::uint8_t* out);
/// Packed RGB to four bytes a pixel.
void expand_rgb(const std::uint8_t* in, std::size_t pixels, std::uint8_t* out);

}  // namespace peel::resample
