#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "mask/mask.hpp"
#include "peel/error.hpp"
#include "peel/video.hpp"

namespace peel {
namespace {

constexpr float HALF = 127.5F;         // of the range: from this difference on nothing of the old is kept
constexpr double SCENE_CHANGE = 0.25;  // of the picture

}  // namespace

MaskSmoother::MaskSmoother(double amount) : amount_(amount) {
  // Written so that what is not a number fails.
  if (!(amount >= 0 && amount < 1)) {
    throw Error(ErrorCode::usage, fmt::format("an amount of smoothing of {} is not from 0 to below 1", amount));
  }
}

Image MaskSmoother::next(const Image& mask) {
  check_mask(mask);
  if (amount_ == 0) return mask;
  const bool first = mask.width() != width_ || mask.height() != height_;
  width_ = mask.width();
  height_ = mask.height();
  const auto columns = static_cast<std::size_t>(width_);
  std::vector<float> values(columns * static_cast<std::size_t>(height_));
  for (std::size_t y = 0; y < static_cast<std::size_t>(height_); ++y) {
    const auto* row =
        reinterpret_cast<const std::uint8_t*>(mask.data()) + static_cast<std::ptrdiff_t>(y) * mask.stride();
    std::copy_n(row, columns, values.begin() + static_cast<std::ptrdiff_t>(y * columns));
  }
  if (first) {
    steadied_ = std::move(values);
    return mask;
  }
  std::size_t changed = 0;
  for (std::size_t i = 0; i < values.size(); ++i) changed += std::abs(values[i] - steadied_[i]) >= HALF ? 1 : 0;
  if (static_cast<double>(changed) >= SCENE_CHANGE * static_cast<double>(values.size())) {
    steadied_ = std::move(values);
    return mask;
  }
  const auto amount = static_cast<float>(amount_);
  std::vector<std::uint8_t> steady(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const float difference = std::abs(values[i] - steadied_[i]);
    const float keep = amount * std::max(0.0F, 1 - difference / HALF);
    steadied_[i] = values[i] + keep * (steadied_[i] - values[i]);
    steady[i] = static_cast<std::uint8_t>(steadied_[i] + 0.5F);
  }
  return Image::from_pixels({steady.data(), width_, height_, width_, PixelFormat::gray8});
}

}  // namespace peel
