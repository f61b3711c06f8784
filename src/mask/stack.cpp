#include "mask/stack.hpp"

#include <cstring>
#include <memory>
#include <utility>

#include "image/image_data.hpp"

namespace peel {
namespace {

std::shared_ptr<Image::Data> canvas(std::span<const Image> pictures, PixelFormat format) {
  const Image& first = pictures.front();
  return std::make_shared<Image::Data>(first.width(), first.height() * static_cast<int>(pictures.size()), format);
}

/// The upper eight bits of a sample, which samples of 16 bits have second in memory.
std::uint8_t sample(const std::byte* pixel, int channel, int bytes) {
  return std::to_integer<std::uint8_t>(pixel[channel * bytes + bytes - 1]);
}

}  // namespace

Image stacked_masks(std::span<const Image> masks) {
  auto out = canvas(masks, PixelFormat::gray8);
  int y = 0;
  for (const Image& mask : masks) {
    std::memcpy(out->row<std::byte>(y), mask.data(), mask.size_bytes());
    y += mask.height();
  }
  return Image(std::move(out));
}

Image stacked_pictures(std::span<const Image> pictures) {
  auto out = canvas(pictures, PixelFormat::rgba8);
  int y = 0;
  for (const Image& picture : pictures) {
    const int count = channels(picture.format());
    const int bytes = bytes_per_sample(picture.format());
    for (int row = 0; row < picture.height(); ++row, ++y) {
      const std::byte* in = picture.data() + row * picture.stride();
      auto* to = out->row<std::uint8_t>(y);
      for (int x = 0; x < picture.width(); ++x, in += count * bytes, to += 4) {
        for (int c = 0; c < 3; ++c) to[c] = sample(in, count >= 3 ? c : 0, bytes);
        to[3] = has_alpha(picture.format()) ? sample(in, count - 1, bytes) : 255;
      }
    }
  }
  return Image(std::move(out));
}

}  // namespace peel
