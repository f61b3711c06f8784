#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>

#include "image/image_data.hpp"
#include "peel/error.hpp"
#include "peel/mask.hpp"

namespace peel {
namespace {

template <typename T>
constexpr std::uint32_t FULL = sizeof(T) == 2 ? 65535 : 255;

template <typename T>
std::uint8_t narrowed(std::uint32_t value) {
  return static_cast<std::uint8_t>((value * 255 + FULL<T> / 2) / FULL<T>);
}

template <typename T>
Image mask_of(const Image& picture) {
  const int samples = channels(picture.format());
  const bool color = samples >= 3;
  const auto row = [&](int y) { return reinterpret_cast<const T*>(picture.data() + y * picture.stride()); };
  const auto is_open = [&] {
    for (int y = 0; y < picture.height(); ++y) {
      const T* const line = row(y);
      for (int x = 0; x < picture.width(); ++x) {
        if (line[(x + 1) * samples - 1] != FULL<T>) return true;
      }
    }
    return false;
  };
  const bool by_alpha = has_alpha(picture.format()) && is_open();
  auto out = std::make_shared<Image::Data>(picture.width(), picture.height(), PixelFormat::gray8);
  for (int y = 0; y < picture.height(); ++y) {
    const T* pixel = row(y);
    std::uint8_t* const to = out->row<std::uint8_t>(y);
    for (int x = 0; x < picture.width(); ++x, pixel += samples) {
      if (by_alpha) {
        to[x] = narrowed<T>(pixel[samples - 1]);
      } else if (color) {
        // The weights add up to 1000, so grey stays what it is.
        to[x] = narrowed<T>((299u * pixel[0] + 587u * pixel[1] + 114u * pixel[2] + 500) / 1000);
      } else {
        to[x] = narrowed<T>(pixel[0]);
      }
    }
  }
  return Image(std::move(out));
}

}  // namespace

Image mask_from_picture(const Image& picture) {
  if (picture.empty()) throw Error(ErrorCode::usage, "the picture to take for a mask is empty");
  if (picture.format() == PixelFormat::gray8) return picture;
  return bytes_per_sample(picture.format()) == 2 ? mask_of<std::uint16_t>(picture) : mask_of<std::uint8_t>(picture);
}

}  // namespace peel
