#include "matting/laplacian_kernels.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "matting/laplacian_kernels.cpp"
#include <hwy/foreach_target.h>  // compiles this file once for each instruction set
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace peel::laplacian {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr int PIXELS = 9;
constexpr int COLORS = 3;

// In double, since products of colours that differ by a level are smaller than what float makes of a product of two
// colours far apart. Only the coefficients themselves, none of them beyond 1, are floats.
void AddWindows(const Windows& windows, double epsilon) {
  const hn::ScalableTag<double> d;
  const hn::Rebind<float, decltype(d)> narrow;
  const std::size_t lanes = hn::Lanes(d);
  const auto ninth = hn::Set(d, 1.0 / PIXELS);
  const auto one = hn::Set(d, 1.0);
  for (std::size_t i = 0; i < windows.count; i += lanes) {
    const std::size_t taken = std::min(lanes, windows.count - i);
    hn::Vec<decltype(d)> color[PIXELS][COLORS];
    for (int c = 0; c < COLORS; ++c) {
      auto mean = hn::Zero(d);
      for (int p = 0; p < PIXELS; ++p) {
        color[p][c] = hn::PromoteTo(d, hn::LoadU(narrow, windows.colors[p / 3][c] + i + p % 3));
        mean = hn::Add(mean, color[p][c]);
      }
      mean = hn::Mul(mean, ninth);
      for (int p = 0; p < PIXELS; ++p) color[p][c] = hn::Sub(color[p][c], mean);
    }
    const auto covariance = [&](int a, int b) HWY_ATTR {
      auto sum = hn::Set(d, a == b ? epsilon : 0.0);
      for (int p = 0; p < PIXELS; ++p) sum = hn::MulAdd(color[p][a], color[p][b], sum);
      return hn::Mul(sum, ninth);
    };
    // Cholesky's factor of the covariance; the colours divided by it have products that add up to at most 9, however
    // near to singular the covariance is. What remains of a diagonal element is at least epsilon / 9; rounding is
    // kept from making it less.
    const auto least = hn::Set(d, epsilon / PIXELS / 16);
    const auto root = [&](auto value) HWY_ATTR { return hn::Div(one, hn::Sqrt(hn::Max(value, least))); };
    const auto r00 = root(covariance(0, 0));
    const auto l10 = hn::Mul(covariance(1, 0), r00);
    const auto l20 = hn::Mul(covariance(2, 0), r00);
    const auto r11 = root(hn::NegMulAdd(l10, l10, covariance(1, 1)));
    const auto l21 = hn::Mul(hn::NegMulAdd(l20, l10, covariance(2, 1)), r11);
    const auto r22 = root(hn::NegMulAdd(l21, l21, hn::NegMulAdd(l20, l20, covariance(2, 2))));
    hn::Vec<decltype(narrow)> white[PIXELS][COLORS];
    for (int p = 0; p < PIXELS; ++p) {
      const auto first = hn::Mul(color[p][0], r00);
      const auto second = hn::Mul(hn::NegMulAdd(l10, first, color[p][1]), r11);
      const auto third = hn::Mul(hn::NegMulAdd(l21, second, hn::NegMulAdd(l20, first, color[p][2])), r22);
      white[p][0] = hn::DemoteTo(narrow, first);
      white[p][1] = hn::DemoteTo(narrow, second);
      white[p][2] = hn::DemoteTo(narrow, third);
    }
    const auto minus_ninth = hn::Set(narrow, -1.0f / PIXELS);
    for (int p = 0; p < PIXELS; ++p) {
      float* const* const row = windows.coefficients[p / 3];
      if (!row[0]) continue;
      for (int q = p; q < PIXELS; ++q) {
        const int down = q / 3 - p / 3;
        const int across = q % 3 - p % 3;
        auto product = hn::Set(narrow, 1.0f);
        for (int c = 0; c < COLORS; ++c) product = hn::MulAdd(white[p][c], white[q][c], product);
        auto value = hn::Mul(product, minus_ninth);
        if (p == q) value = hn::Add(value, hn::Set(narrow, 1.0f));
        float* const to = row[down == 0 ? across : 3 + (down - 1) * 5 + across + 2] + i + p % 3;
        if (taken == lanes) {
          hn::StoreU(hn::Add(hn::LoadU(narrow, to), value), narrow, to);
        } else {
          HWY_ALIGN float buffer[hn::MaxLanes(narrow)];
          hn::Store(value, narrow, buffer);
          for (std::size_t k = 0; k < taken; ++k) to[k] += buffer[k];
        }
      }
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace peel::laplacian
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace peel::laplacian {

HWY_EXPORT(AddWindows);

void add_windows(const Windows& windows, double epsilon) {
  HWY_DYNAMIC_DISPATCH(AddWindows)(windows, epsilon);
}

}  // namespace peel::laplacian
#endif
