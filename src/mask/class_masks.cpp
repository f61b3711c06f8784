#include "mask/class_masks.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <utility>

#include "image/image_data.hpp"
#include "image/resample.hpp"
#include "options/limits.hpp"
#include "peel/error.hpp"

namespace peel {
namespace {

constexpr std::size_t CLASSES = 4;
using Category = Category;

/// The four channels, looked at place by place.
class Channels {
 public:
  explicit Channels(const Tensor& output) : values_(output.values.data()) {
    const auto& shape = output.shape;
    const std::size_t rank = shape.size();
    const bool fits = rank >= 3 && shape[rank - 3] == std::int64_t{CLASSES} && shape[rank - 2] > 0 &&
                      shape[rank - 1] > 0 && shape[rank - 2] <= options::LARGEST_INPUT_SIDE &&
                      shape[rank - 1] <= options::LARGEST_INPUT_SIDE;
    if (fits) {
      height_ = static_cast<int>(shape[rank - 2]);
      width_ = static_cast<int>(shape[rank - 1]);
    }
    if (!fits || output.values.size() < CLASSES * size()) {
      throw Error(ErrorCode::model,
                  fmt::format("the network's output is no map of four classes (shape {})", fmt::join(shape, " x ")));
    }
  }

  int width() const { return width_; }
  int height() const { return height_; }
  std::size_t size() const { return static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_); }
  /// What is no number is the least there is.
  std::array<float, CLASSES> at(std::size_t place) const {
    std::array<float, CLASSES> values{};
    for (std::size_t k = 0; k < CLASSES; ++k) {
      const float value = values_[k * size() + place];
      values[k] = std::isnan(value) ? -LARGEST : std::clamp(value, -LARGEST, LARGEST);
    }
    return values;
  }

 private:
  static constexpr float LARGEST = 1e30f;  // differences stay finite
  const float* values_;
  int width_ = 0;
  int height_ = 0;
};

}  // namespace

Mask clothes_mask(const Tensor& output, Category category) {
  const Channels channels(output);
  auto data = std::make_shared<Image::Data>(channels.width(), channels.height(), PixelFormat::gray8);
  auto* const to = data->row<std::uint8_t>(0);
  const auto wanted = static_cast<std::ptrdiff_t>(category);
  for (std::size_t i = 0; i < channels.size(); ++i) {
    const auto values = channels.at(i);
    const auto* const garment = std::max_element(values.begin() + 1, values.end());
    if (category != Category::all && garment - values.begin() != wanted) {
      to[i] = 0;
      continue;
    }
    const float greatest = std::max(values[0], *garment);
    float clothing = 0;
    for (std::size_t k = 1; k < CLASSES; ++k) clothing += std::exp(values[k] - greatest);
    const float probability = clothing / (clothing + std::exp(values[0] - greatest));
    to[i] = static_cast<std::uint8_t>(std::lround(probability * 255.0f));
  }
  return Mask(Image(std::move(data)));
}

Mask compat_clothes_mask(const Tensor& output, Category category, int width, int height, int threads) {
  const Channels channels(output);
  std::vector<std::uint8_t> indices(channels.size());
  for (std::size_t i = 0; i < indices.size(); ++i) {
    const auto values = channels.at(i);
    indices[i] = static_cast<std::uint8_t>(std::max_element(values.begin(), values.end()) - values.begin());
  }
  std::vector<std::uint8_t> resized(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  resample_gray(indices.data(), channels.width(), channels.height(), resized.data(), width, height, threads);

  const auto mask_where = [&](const auto& belongs) {
    auto data = std::make_shared<Image::Data>(width, height, PixelFormat::gray8);
    std::ranges::transform(resized, data->row<std::uint8_t>(0),
                           [&](std::uint8_t index) { return static_cast<std::uint8_t>(belongs(index) ? 255 : 0); });
    return Image(std::move(data));
  };
  const auto mask_of = [&](Category one) {
    return mask_where([&](std::uint8_t index) { return index == static_cast<int>(one); });
  };
  if (category != Category::all) return Mask(mask_of(category));
  Mask mask(mask_where([](std::uint8_t index) { return index != 0; }));
  mask.classes = {
      {"upper", mask_of(Category::upper)}, {"lower", mask_of(Category::lower)}, {"full", mask_of(Category::full)}};
  return mask;
}

}  // namespace peel
