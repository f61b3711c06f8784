#include "image/png_filter.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <cstring>

namespace peel {
namespace {

// Plain loops without branches over separate arrays: the compiler makes vectors of them.

void filter_left(const std::uint8_t* __restrict row, std::size_t size, std::size_t pixel,
                 std::uint8_t* __restrict out) noexcept {
  std::memcpy(out, row, pixel);
  for (std::size_t i = pixel; i < size; ++i) out[i] = static_cast<std::uint8_t>(row[i] - row[i - pixel]);
}

void filter_above(const std::uint8_t* __restrict row, const std::uint8_t* __restrict above, std::size_t size,
                  std::uint8_t* __restrict out) noexcept {
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::uint8_t>(row[i] - above[i]);
}

void filter_average(const std::uint8_t* __restrict row, const std::uint8_t* __restrict above, std::size_t size,
                    std::size_t pixel, std::uint8_t* __restrict out) noexcept {
  for (std::size_t i = 0; i < pixel; ++i) out[i] = static_cast<std::uint8_t>(row[i] - (above[i] >> 1));
  for (std::size_t i = pixel; i < size; ++i) {
    out[i] = static_cast<std::uint8_t>(row[i] - ((row[i - pixel] + above[i]) >> 1));
  }
}

void filter_paeth(const std::uint8_t* __restrict row, const std::uint8_t* __restrict above, std::size_t size,
                  std::size_t pixel, std::uint8_t* __restrict out) noexcept {
  for (std::size_t i = 0; i < pixel; ++i) out[i] = static_cast<std::uint8_t>(row[i] - above[i]);
  for (std::size_t i = pixel; i < size; ++i) {
    const std::int16_t a = row[i - pixel];
    const std::int16_t b = above[i];
    const std::int16_t c = above[i - pixel];
    const auto from_b = static_cast<std::int16_t>(b - c);  // p - a, where p = a + b - c
    const auto from_a = static_cast<std::int16_t>(a - c);  // p - b
    const auto sum = static_cast<std::int16_t>(from_a + from_b);
    const auto to_a = static_cast<std::int16_t>(from_b < 0 ? -from_b : from_b);
    const auto to_b = static_cast<std::int16_t>(from_a < 0 ? -from_a : from_a);
    const auto to_c = static_cast<std::int16_t>(sum < 0 ? -sum : sum);
    const std::int16_t foretold = (to_a <= to_b && to_a <= to_c) ? a : (to_b <= to_c ? b : c);
    out[i] = static_cast<std::uint8_t>(row[i] - foretold);
  }
}

}  // namespace

void filter_row(PngFilter filter, const std::uint8_t* row, const std::uint8_t* above, std::size_t size,
                std::size_t pixel, std::uint8_t* out) noexcept {
  switch (filter) {
    case PngFilter::none:
      std::memcpy(out, row, size);
      return;
    case PngFilter::left:
      return filter_left(row, size, pixel, out);
    case PngFilter::above:
      return filter_above(row, above, size, out);
    case PngFilter::average:
      return filter_average(row, above, size, pixel, out);
    case PngFilter::paeth:
      return filter_paeth(row, above, size, pixel, out);
  }
}

double entropy_bits(const std::uint8_t* bytes, std::size_t size) noexcept {
  static const auto times_log2 = [] {
    std::vector<float> table(1 << 15);
    for (std::size_t n = 1; n < table.size(); ++n) {
      table[n] = static_cast<float>(n) * std::log2(static_cast<float>(n));
    }
    return table;
  }();
  const auto n_log2_n = [](std::uint32_t n) {
    return n < times_log2.size() ? times_log2[n] : static_cast<float>(n) * std::log2(static_cast<float>(n));
  };
  // Four histograms: equal neighbours would otherwise wait for each other's count.
  std::array<std::array<std::uint32_t, 256>, 4> counts{};
  std::size_t i = 0;
  for (; i + 4 <= size; i += 4) {
    for (std::size_t k = 0; k < 4; ++k) ++counts[k][bytes[i + k]];
  }
  for (; i < size; ++i) ++counts[0][bytes[i]];
  double bits = n_log2_n(static_cast<std::uint32_t>(size));
  for (std::size_t value = 0; value < 256; ++value) {
    bits -= n_log2_n(counts[0][value] + counts[1][value] + counts[2][value] + counts[3][value]);
  }
  return bits;
}

}  // namespace peel
