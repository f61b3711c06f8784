#include "mask/cutout_kernels.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "mask/cutout_kernels.cpp"
#include <hwy/foreach_target.h>  // compiles this file once for each instruction set
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace peel::cutout {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

void RgbUnderMask(const std::uint8_t* HWY_RESTRICT rgb, const std::uint8_t* HWY_RESTRICT mask, std::size_t pixels,
                  bool clear, std::uint8_t* HWY_RESTRICT rgba) {
  const hn::ScalableTag<std::uint8_t> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto zero = hn::Zero(d);
  std::size_t x = 0;
  for (; x + lanes <= pixels; x += lanes) {
    const auto alpha = hn::LoadU(d, mask + x);
    const auto hidden = hn::Eq(alpha, zero);
    // Most of a picture is all subject or none of it; of what is none not even the pixels are read.
    if (clear && hn::AllTrue(d, hidden)) {
      for (std::size_t i = 0; i < 4; ++i) hn::StoreU(zero, d, rgba + 4 * x + i * lanes);
      continue;
    }
    auto r = zero;
    auto g = zero;
    auto b = zero;
    hn::LoadInterleaved3(d, rgb + 3 * x, r, g, b);
    if (clear) {
      r = hn::IfThenZeroElse(hidden, r);
      g = hn::IfThenZeroElse(hidden, g);
      b = hn::IfThenZeroElse(hidden, b);
    }
    hn::StoreInterleaved4(r, g, b, alpha, d, rgba + 4 * x);
  }
  for (; x < pixels; ++x) {
    for (std::size_t c = 0; c < 3; ++c) rgba[4 * x + c] = clear && mask[x] == 0 ? std::uint8_t{0} : rgb[3 * x + c];
    rgba[4 * x + 3] = mask[x];
  }
}

void RgbaUnderMask(const std::uint8_t* HWY_RESTRICT in, const std::uint8_t* HWY_RESTRICT mask, std::size_t pixels,
                   bool clear, std::uint8_t* HWY_RESTRICT out) {
  const hn::ScalableTag<std::int16_t> wide;
  const hn::RebindToUnsigned<decltype(wide)> product;
  const hn::Rebind<std::uint8_t, decltype(wide)> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto zero = hn::Zero(d);
  std::size_t x = 0;
  for (; x + lanes <= pixels; x += lanes) {
    auto r = zero;
    auto g = zero;
    auto b = zero;
    auto own = zero;
    hn::LoadInterleaved4(d, in + 4 * x, r, g, b, own);
    auto alpha = hn::LoadU(d, mask + x);
    if (clear) {
      const auto scaled =
          hn::Add(hn::Mul(hn::PromoteTo(product, own), hn::PromoteTo(product, alpha)), hn::Set(product, 128));
      const auto divided = hn::ShiftRight<8>(hn::Add(hn::ShiftRight<8>(scaled), scaled));
      alpha = hn::DemoteTo(d, hn::BitCast(wide, divided));
      const auto hidden = hn::Eq(alpha, zero);
      r = hn::IfThenZeroElse(hidden, r);
      g = hn::IfThenZeroElse(hidden, g);
      b = hn::IfThenZeroElse(hidden, b);
    }
    hn::StoreInterleaved4(r, g, b, alpha, d, out + 4 * x);
  }
  for (; x < pixels; ++x) {
    std::uint32_t alpha = mask[x];
    if (clear) {
      alpha = alpha * in[4 * x + 3] + 128;
      alpha = ((alpha >> 8) + alpha) >> 8;
    }
    for (std::size_t c = 0; c < 3; ++c) out[4 * x + c] = clear && alpha == 0 ? std::uint8_t{0} : in[4 * x + c];
    out[4 * x + 3] = static_cast<std::uint8_t>(alpha);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace peel::cutout
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace peel::cutout {

HWY_EXPORT(RgbUnderMask);
HWY_EXPORT(RgbaUnderMask);

void rgb_under_mask(const std::uint8_t* rgb, const std::uint8_t* mask, std::size_t pixels, bool clear,
                    std::uint8_t* rgba) noexcept {
  HWY_DYNAMIC_DISPATCH(RgbUnderMask)(rgb, mask, pixels, clear, rgba);
}

void rgba_under_mask(const std::uint8_t* in, const std::uint8_t* mask, std::size_t pixels, bool clear,
                     std::uint8_t* out) noexcept {
  HWY_DYNAMIC_DISPATCH(RgbaUnderMask)(in, mask, pixels, clear, out);
}

}  // namespace peel::cutout
#endif
