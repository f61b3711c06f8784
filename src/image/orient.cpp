#include "image/orient.hpp"

#include <cstring>

namespace peel {
namespace {

// The size is a constant in each copy, so that memcpy becomes a load and a store.
template <std::size_t PixelBytes>
void scatter(const std::byte* from, int count, std::byte* to, std::ptrdiff_t step) noexcept {
  for (int i = 0; i < count; ++i, from += PixelBytes, to += step) std::memcpy(to, from, PixelBytes);
}

}  // namespace

Orientation::Orientation(int tag, int stored_width, int stored_height) noexcept
    : tag_(tag >= 1 && tag <= 8 ? tag : 1), stored_width_(stored_width), stored_height_(stored_height) {}

void Orientation::place(const std::byte* row, int x, int y, int count, std::size_t pixel_bytes,
                        std::byte* out) const noexcept {
  const auto pixel = static_cast<std::ptrdiff_t>(pixel_bytes);
  const std::ptrdiff_t line = pixel * width();
  const std::ptrdiff_t mirrored_x = stored_width_ - 1 - x;
  const std::ptrdiff_t mirrored_y = stored_height_ - 1 - y;
  std::ptrdiff_t start = 0;  // where the first pixel goes
  std::ptrdiff_t step = 0;   // from one pixel to the next
  switch (tag_) {
    case 2:
      start = y * line + mirrored_x * pixel;
      step = -pixel;
      break;
    case 3:
      start = mirrored_y * line + mirrored_x * pixel;
      step = -pixel;
      break;
    case 4:
      start = mirrored_y * line + x * pixel;
      step = pixel;
      break;
    case 5:
      start = x * line + y * pixel;
      step = line;
      break;
    case 6:
      start = x * line + mirrored_y * pixel;
      step = line;
      break;
    case 7:
      start = mirrored_x * line + mirrored_y * pixel;
      step = -line;
      break;
    case 8:
      start = mirrored_x * line + y * pixel;
      step = -line;
      break;
    default:
      start = y * line + x * pixel;
      step = pixel;
  }
  out += start;
  if (step == pixel) {
    std::memcpy(out, row, pixel_bytes * static_cast<std::size_t>(count));
    return;
  }
  switch (pixel_bytes) {
    case 1:
      return scatter<1>(row, count, out, step);
    case 2:
      return scatter<2>(row, count, out, step);
    case 3:
      return scatter<3>(row, count, out, step);
    case 4:
      return scatter<4>(row, count, out, step);
    case 6:
      return scatter<6>(row, count, out, step);
    default:
      return scatter<8>(row, count, out, step);
  }
}

}  // namespace peel
