#include "server/canvas.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>

#include "base/parallel.hpp"
#include "image/image_data.hpp"
#include "image/vips.hpp"
#include "peel/error.hpp"

namespace peel::server {
namespace {

void check(int status) {
  if (status != 0) {
    throw Error(ErrorCode::internal, fmt::format("a picture cannot be resized: {}", take_vips_error()));
  }
}

VipsInterpretation interpretation_of(PixelFormat format) {
  const bool wide = bytes_per_sample(format) == 2;
  if (channels(format) <= 2) return wide ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_B_W;
  return wide ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB;
}

/// Looks at the picture's own pixels, which have to live as long.
VipsImagePointer wrap(const Image& picture, int threads) {
  const VipsImagePointer bare(vips_image_new_from_memory(
      picture.data(), picture.size_bytes(), picture.width(), picture.height(), channels(picture.format()),
      bytes_per_sample(picture.format()) == 2 ? VIPS_FORMAT_USHORT : VIPS_FORMAT_UCHAR));
  check(bare ? 0 : -1);
  VipsImagePointer out;
  check(vips_copy(bare.get(), Out(out), "interpretation", interpretation_of(picture.format()), nullptr));
  vips_image_set_int(out.get(), VIPS_META_CONCURRENCY, thread_count(threads));
  return out;
}

template <typename T>
void clear_transparent(Image::Data& picture) {
  const int count = channels(picture.format);
  for (int y = 0; y < picture.height; ++y) {
    T* pixel = picture.row<T>(y);
    for (int x = 0; x < picture.width; ++x, pixel += count) {
      if (pixel[count - 1] == 0) std::fill_n(pixel, count, T{0});
    }
  }
}

template <typename T>
bool is_open(const Image& picture) {
  const int count = channels(picture.format());
  for (int y = 0; y < picture.height(); ++y) {
    const T* const row = reinterpret_cast<const T*>(picture.data() + y * picture.stride());
    for (int x = 0; x < picture.width(); ++x) {
      if (row[(x + 1) * count - 1] != static_cast<T>(~T{0})) return true;
    }
  }
  return false;
}

}  // namespace

Image resized(const Image& picture, int width, int height, int threads) {
  if (picture.width() == width && picture.height() == height) return picture;
  start_vips();
  const bool alpha = has_alpha(picture.format());
  const bool wide = bytes_per_sample(picture.format()) == 2;
  const double full = wide ? 65535 : 255;

  VipsImagePointer in = wrap(picture, threads);
  if (alpha) {
    VipsImagePointer weighted;
    check(vips_premultiply(in.get(), Out(weighted), "max_alpha", full, nullptr));
    in = std::move(weighted);
  } else {
    // In floats too: each of the two passes would round otherwise.
    VipsImagePointer floats;
    check(vips_cast_float(in.get(), Out(floats), nullptr));
    in = std::move(floats);
  }
  VipsImagePointer scaled;
  check(vips_resize(in.get(), Out(scaled), static_cast<double>(width) / picture.width(), "vscale",
                    static_cast<double>(height) / picture.height(), "kernel", VIPS_KERNEL_LANCZOS3, nullptr));
  if (alpha) {
    VipsImagePointer straight;
    check(vips_unpremultiply(scaled.get(), Out(straight), "max_alpha", full, nullptr));
    scaled = std::move(straight);
  }
  // A cast cuts off what lies behind the point.
  VipsImagePointer raised;
  check(vips_linear1(scaled.get(), Out(raised), 1.0, 0.5, nullptr));
  VipsImagePointer narrow;
  check(vips_cast(raised.get(), Out(narrow), wide ? VIPS_FORMAT_USHORT : VIPS_FORMAT_UCHAR, nullptr));

  std::size_t size = 0;
  const std::unique_ptr<void, GFree> pixels(vips_image_write_to_memory(narrow.get(), &size));
  check(pixels ? 0 : -1);
  auto out = like(picture, width, height, picture.format());
  if (size != out->pixels.size()) throw Error(ErrorCode::internal, "a picture was resized to another size");
  std::memcpy(out->pixels.data(), pixels.get(), size);
  if (alpha) wide ? clear_transparent<std::uint16_t>(*out) : clear_transparent<std::uint8_t>(*out);
  return Image(std::move(out));
}

Image on_canvas(const Image& picture, int left, int top, int width, int height) {
  if (left == 0 && top == 0 && picture.width() == width && picture.height() == height) return picture;
  auto out = like(picture, width, height, picture.format());
  std::memset(out->pixels.data(), 0, out->pixels.size());
  const int first_x = std::max(left, 0);
  const int last_x = std::min(left + picture.width(), width);
  const int first_y = std::max(top, 0);
  const int last_y = std::min(top + picture.height(), height);
  if (first_x >= last_x) return Image(std::move(out));
  const std::ptrdiff_t pixel = channels(picture.format()) * bytes_per_sample(picture.format());
  const auto length = static_cast<std::size_t>((last_x - first_x) * pixel);
  for (int y = first_y; y < last_y; ++y) {
    std::memcpy(out->row<std::byte>(y) + first_x * pixel,
                picture.data() + (y - top) * picture.stride() + (first_x - left) * pixel, length);
  }
  return Image(std::move(out));
}

bool is_transparent_somewhere(const Image& picture) {
  if (!has_alpha(picture.format())) return false;
  return bytes_per_sample(picture.format()) == 2 ? is_open<std::uint16_t>(picture) : is_open<std::uint8_t>(picture);
}

}  // namespace peel::server
