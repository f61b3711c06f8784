#include "image/resample_kernels.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "image/resample_kernels.cpp"
#include <hwy/foreach_target.h>  // compiles this file once for each instruction set
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace peel::resample {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr std::int32_t HALF = 1 << (FRACTION - 1);

std::uint8_t to_sample(std::int32_t sum) {
  return static_cast<std::uint8_t>(std::clamp(sum >> FRACTION, std::int32_t{0}, std::int32_t{255}));
}

void HorizontalGray(const std::uint8_t* HWY_RESTRICT in, const Axis& axis, std::uint8_t* HWY_RESTRICT out) {
  const hn::CappedTag<std::int32_t, TAP_GROUP> d;
  const hn::Rebind<std::uint8_t, decltype(d)> d8;
  const auto lanes = static_cast<int>(hn::Lanes(d));
  for (int i = 0; i < axis.size; ++i) {
    const std::uint8_t* const samples = in + axis.first[i];
    const std::int32_t* const weights = axis.weights + static_cast<std::ptrdiff_t>(i) * axis.stride;
    auto sum = hn::Zero(d);
    for (int k = 0; k < axis.count[i]; k += lanes) {
      sum = hn::Add(sum, hn::Mul(hn::PromoteTo(d, hn::LoadU(d8, samples + k)), hn::LoadU(d, weights + k)));
    }
    out[i] = to_sample(hn::GetLane(hn::SumOfLanes(d, sum)) + HALF);
  }
}

void HorizontalGrayRows(const std::uint8_t* HWY_RESTRICT in, const Axis& axis, int begin, int end,
                        std::uint8_t* HWY_RESTRICT out) {
  const hn::CappedTag<std::int32_t, ROWS> d;
  const hn::Rebind<std::uint8_t, decltype(d)> d8;
  const std::size_t lanes = hn::Lanes(d);
  for (int i = begin; i < end; ++i, out += ROWS) {
    const std::uint8_t* const samples = in + static_cast<std::size_t>(axis.first[i]) * ROWS;
    const std::int32_t* const weights = axis.weights + static_cast<std::ptrdiff_t>(i) * axis.stride;
    const auto count = static_cast<std::size_t>(axis.count[i]);
    for (std::size_t row = 0; row < ROWS; row += lanes) {
      auto sum = hn::Set(d, HALF);
      for (std::size_t k = 0; k < count; ++k) {
        const auto sample = hn::PromoteTo(d, hn::LoadU(d8, samples + k * ROWS + row));
        sum = hn::Add(sum, hn::Mul(sample, hn::Set(d, weights[k])));
      }
      hn::StoreU(hn::DemoteTo(d8, hn::ShiftRight<FRACTION>(sum)), d8, out + row);
    }
  }
}

void HorizontalRgb(const std::uint8_t* HWY_RESTRICT in, const Axis& axis, std::uint8_t* HWY_RESTRICT out) {
  const hn::CappedTag<std::int32_t, 16> d;  // four lanes a tap, so 1, 2 or 4 taps at a time
  const hn::Rebind<std::uint8_t, decltype(d)> d8;
  const auto lanes = static_cast<int>(hn::Lanes(d));
  HWY_ALIGN std::int32_t sums[16] = {};
  for (int i = 0; i < axis.size; ++i) {
    const std::uint8_t* const samples = in + static_cast<std::ptrdiff_t>(axis.first[i]) * 4;
    const std::int32_t* const weights = axis.weights + static_cast<std::ptrdiff_t>(i) * axis.stride;
    if (lanes >= 4) {
      auto sum = hn::Zero(d);
      for (int k = 0; k < axis.count[i] * 4; k += lanes) {
        sum = hn::Add(sum, hn::Mul(hn::PromoteTo(d, hn::LoadU(d8, samples + k)), hn::LoadU(d, weights + k)));
      }
      hn::Store(sum, d, sums);
    } else {  // no vectors at all
      std::fill_n(sums, 4, 0);
      for (int k = 0; k < axis.count[i] * 4; ++k) sums[k % 4] += weights[k] * samples[k];
    }
    for (int c = 0; c < 3; ++c) {
      std::int32_t total = HALF;
      for (int k = c; k < std::max(lanes, 4); k += 4) total += sums[k];
      out[3 * i + c] = to_sample(total);
    }
  }
}

void Vertical(const std::uint8_t* const* HWY_RESTRICT rows, const std::int32_t* HWY_RESTRICT weights, int count,
              std::size_t size, std::uint8_t* HWY_RESTRICT out) {
  const hn::ScalableTag<std::int32_t> d;
  const hn::Rebind<std::uint8_t, decltype(d)> d8;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t x = 0;
  for (; x + lanes <= size; x += lanes) {
    auto sum = hn::Set(d, HALF);
    for (int k = 0; k < count; ++k) {
      sum = hn::Add(sum, hn::Mul(hn::PromoteTo(d, hn::LoadU(d8, rows[k] + x)), hn::Set(d, weights[k])));
    }
    hn::StoreU(hn::DemoteTo(d8, hn::ShiftRight<FRACTION>(sum)), d8, out + x);
  }
  for (; x < size; ++x) {
    std::int32_t sum = HALF;
    for (int k = 0; k < count; ++k) sum += weights[k] * rows[k][x];
    out[x] = to_sample(sum);
  }
}

void ExpandRgb(const std::uint8_t* HWY_RESTRICT in, std::size_t pixels, std::uint8_t* HWY_RESTRICT out) {
  const hn::ScalableTag<std::uint8_t> d;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t x = 0;
  for (; x + lanes <= pixels; x += lanes) {
    auto r = hn::Zero(d);
    auto g = hn::Zero(d);
    auto b = hn::Zero(d);
    hn::LoadInterleaved3(d, in + 3 * x, r, g, b);
    hn::StoreInterleaved4(r, g, b, hn::Zero(d), d, out + 4 * x);
  }
  for (; x < pixels; ++x) {
    std::copy_n(in + 3 * x, 3, out + 4 * x);
    out[4 * x + 3] = 0;
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace peel::resample
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace peel::resample {

HWY_EXPORT(HorizontalGray);
HWY_EXPORT(HorizontalGrayRows);
HWY_EXPORT(HorizontalRgb);
HWY_EXPORT(Vertical);
HWY_EXPORT(ExpandRgb);

void horizontal_gray(const std::uint8_t* in, const Axis& axis, std::uint8_t* out) {
  HWY_DYNAMIC_DISPATCH(HorizontalGray)(in, axis, out);
}
void horizontal_gray_rows(const std::uint8_t* in, const Axis& axis, int begin, int end, std::uint8_t* out) {
  HWY_DYNAMIC_DISPATCH(HorizontalGrayRows)(in, axis, begin, end, out);
}
void horizontal_rgb(const std::uint8_t* in, const Axis& axis, std::uint8_t* out) {
  HWY_DYNAMIC_DISPATCH(HorizontalRgb)(in, axis, out);
}
void vertical(const std::uint8_t* const* rows, const std::int32_t* weights, int count, std::size_t size,
              std::uint8_t* out) {
  HWY_DYNAMIC_DISPATCH(Vertical)(rows, weights, count, size, out);
}
void expand_rgb(const std::uint8_t* in, std::size_t pixels, std::uint8_t* out) {
  HWY_DYNAMIC_DISPATCH(ExpandRgb)(in, pixels, out);
}

}  // namespace peel::resample
#endif
