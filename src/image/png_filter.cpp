#include "image/png_filter.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "image/png_filter.cpp"
#include <hwy/foreach_target.h>  // compiles this file once for each instruction set
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace peel::png_filter {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// What a byte is foretold to be, of its neighbours to the left (a), above (b) and above to the left (c): vectors of
// bytes, so that one instruction treats as many as there can be.
struct Left {
  template <typename V>
  V operator()(V a, V, V) const {
    return a;
  }
};
struct Above {
  template <typename V>
  V operator()(V, V b, V) const {
    return b;
  }
};
struct Average {
  template <typename V>
  V operator()(V a, V b, V) const {
    const hn::DFromV<V> d;
    return hn::Sub(hn::AverageRound(a, b), hn::And(hn::Xor(a, b), hn::Set(d, 1)));  // which rounds down
  }
};
struct Paeth {
  template <typename V>
  V operator()(V a, V b, V c) const {
    // Distances of a + b - c from each. Where b - c and a - c have the same sign the third is their sum, at least as
    // large as either, and cut off at 255 it still is.
    const V to_a = hn::Sub(hn::Max(b, c), hn::Min(b, c));
    const V to_b = hn::Sub(hn::Max(a, c), hn::Min(a, c));
    const V least_ab = hn::Min(to_a, to_b);
    const auto b_grows = hn::Eq(hn::Max(b, c), b);
    const auto a_grows = hn::Eq(hn::Max(a, c), a);
    const V to_c =
        hn::IfThenElse(hn::Xor(b_grows, a_grows), hn::Sub(hn::Max(to_a, to_b), least_ab), hn::SaturatedAdd(to_a, to_b));
    const V least = hn::Min(least_ab, to_c);
    return hn::IfThenElse(hn::Eq(to_a, least), a, hn::IfThenElse(hn::Eq(to_b, least), b, c));
  }
};

template <typename Foretold>
void Filter(const std::uint8_t* HWY_RESTRICT row, const std::uint8_t* HWY_RESTRICT above, std::size_t size,
            std::size_t pixel, std::uint8_t* HWY_RESTRICT out, const Foretold& foretold) {
  const auto some = [&](const auto d, std::size_t i) {
    const auto a = hn::LoadU(d, row + i - pixel);
    const auto b = hn::LoadU(d, above + i);
    const auto c = hn::LoadU(d, above + i - pixel);
    hn::StoreU(hn::Sub(hn::LoadU(d, row + i), foretold(a, b, c)), d, out + i);
  };
  // The first pixel has nothing to its left.
  const hn::CappedTag<std::uint8_t, 1> one;
  for (std::size_t i = 0; i < std::min(pixel, size); ++i) {
    const auto zero = hn::Zero(one);
    hn::StoreU(hn::Sub(hn::LoadU(one, row + i), foretold(zero, hn::LoadU(one, above + i), zero)), one, out + i);
  }
  const hn::ScalableTag<std::uint8_t> d;
  std::size_t i = pixel;
  for (; i + hn::Lanes(d) <= size; i += hn::Lanes(d)) some(d, i);
  for (; i < size; ++i) some(one, i);
}

void FilterRow(PngFilter filter, const std::uint8_t* row, const std::uint8_t* above, std::size_t size,
               std::size_t pixel, std::uint8_t* out) {
  switch (filter) {
    case PngFilter::none:
      std::memcpy(out, row, size);
      return;
    case PngFilter::left:
      return Filter(row, above, size, pixel, out, Left());
    case PngFilter::above:
      return Filter(row, above, size, pixel, out, Above());
    case PngFilter::average:
      return Filter(row, above, size, pixel, out, Average());
    case PngFilter::paeth:
      return Filter(row, above, size, pixel, out, Paeth());
  }
}

std::uint64_t SumOfSizes(const std::uint8_t* bytes, std::size_t size) {
  const hn::ScalableTag<std::uint8_t> d;
  const hn::Repartition<std::uint64_t, decltype(d)> sums;
  auto sum = hn::Zero(sums);
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= size; i += hn::Lanes(d)) {
    const auto value = hn::LoadU(d, bytes + i);
    sum = hn::Add(sum, hn::SumsOf8(hn::Min(value, hn::Sub(hn::Zero(d), value))));
  }
  std::uint64_t total = hn::GetLane(hn::SumOfLanes(sums, sum));
  for (; i < size; ++i) total += std::min<std::uint64_t>(bytes[i], 256u - bytes[i]);
  return total;
}

}  // namespace HWY_NAMESPACE
}  // namespace peel::png_filter
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace peel {
namespace png_filter {
HWY_EXPORT(FilterRow);
HWY_EXPORT(SumOfSizes);
}  // namespace png_filter

void filter_row(PngFilter filter, const std::uint8_t* row, const std::uint8_t* above, std::size_t size,
                std::size_t pixel, std::uint8_t* out) noexcept {
  using namespace png_filter;
  HWY_DYNAMIC_DISPATCH(FilterRow)(filter, row, above, size, pixel, out);
}

std::uint64_t sum_of_sizes(const std::uint8_t* bytes, std::size_t size) noexcept {
  using namespace png_filter;
  return HWY_DYNAMIC_DISPATCH(SumOfSizes)(bytes, size);
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
#endif
