#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "base/geometry.hpp"
#include "peel/image.hpp"

namespace peel::document {

using Colour = std::array<float, 3>;  ///< red, green, blue in levels of 0 to 255

/// Rec. 601.
inline float lightness(const Colour& colour) noexcept {
  return 0.299F * colour[0] + 0.587F * colour[1] + 0.114F * colour[2];
}

/// Colours between the pixels of a picture of any format, bilinear. Alpha is left out.
class ColourSampler {
 public:
  explicit ColourSampler(const PixelView& view)
      : view_(view),
        depth_(channels(view.format)),
        bytes_(bytes_per_sample(view.format)),
        green_(depth_ < 3 ? 0 : 1),
        blue_(depth_ < 3 ? 0 : 2) {}

  /// Whether all four pixels around the place exist.
  bool covers(Point p) const noexcept {
    return p.x >= 0.5 && p.y >= 0.5 && p.x < view_.width - 0.5 && p.y < view_.height - 0.5;
  }

  /// The colour at a place that is covered.
  Colour operator()(Point p) const noexcept {
    const double x = p.x - 0.5;
    const double y = p.y - 0.5;
    const int left = static_cast<int>(x);
    const int top = static_cast<int>(y);
    const int right = std::min(left + 1, view_.width - 1);
    const int bottom = std::min(top + 1, view_.height - 1);
    const auto fx = static_cast<float>(x - left);
    const auto fy = static_cast<float>(y - top);
    const Colour a = pixel(left, top);
    const Colour b = pixel(right, top);
    const Colour c = pixel(left, bottom);
    const Colour d = pixel(right, bottom);
    Colour out{};
    for (std::size_t i = 0; i < 3; ++i) {
      const float upper = a[i] + fx * (b[i] - a[i]);
      const float lower = c[i] + fx * (d[i] - c[i]);
      out[i] = upper + fy * (lower - upper);
    }
    return out;
  }

 private:
  Colour pixel(int x, int y) const noexcept {
    const auto* row = static_cast<const std::byte*>(view_.data) + y * view_.stride;
    if (bytes_ == 1) {
      const auto* at = reinterpret_cast<const std::uint8_t*>(row) + x * depth_;
      return {static_cast<float>(at[0]), static_cast<float>(at[green_]), static_cast<float>(at[blue_])};
    }
    constexpr float TO_BYTE = 1.0f / 257;
    const auto* at = reinterpret_cast<const std::uint16_t*>(row) + x * depth_;
    return {static_cast<float>(at[0]) * TO_BYTE, static_cast<float>(at[green_]) * TO_BYTE,
            static_cast<float>(at[blue_]) * TO_BYTE};
  }

  PixelView view_;
  int depth_;
  int bytes_;
  int green_;
  int blue_;
};

}  // namespace peel::document
