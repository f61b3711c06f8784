#include "image/resize.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "base/parallel.hpp"
#include "image/image_data.hpp"
#include "image/resample.hpp"
#include "image/vips.hpp"
#include "peel/error.hpp"

namespace peel {
namespace {

void check_resize(int status) {
  if (status != 0) {
    throw Error(ErrorCode::internal, fmt::format("a picture cannot be resized: {}", take_vips_error()));
  }
}

/// Looks at the picture's own pixels, which have to live as long.
VipsImagePointer wrap(const Image& picture, int threads) {
  const int count = channels(picture.format());
  const VipsImagePointer bare(vips_image_new_from_memory(picture.data(), picture.size_bytes(), picture.width(),
                                                         picture.height(), count, VIPS_FORMAT_USHORT));
  check_resize(bare ? 0 : -1);
  VipsImagePointer out;
  check_resize(vips_copy(bare.get(), Out(out), "interpretation",
                         count <= 2 ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_RGB16, nullptr));
  vips_image_set_int(out.get(), VIPS_META_CONCURRENCY, thread_count(threads));
  return out;
}

void clear_transparent(Image::Data& picture) {
  const int count = channels(picture.format);
  for (int y = 0; y < picture.height; ++y) {
    auto* pixel = picture.row<std::uint16_t>(y);
    for (int x = 0; x < picture.width; ++x, pixel += count) {
      if (pixel[count - 1] == 0) std::fill_n(pixel, count, std::uint16_t{0});
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

/// 16 bits, in floats.
Image resized_wide(const Image& picture, int width, int height, int threads) {
  start_vips();
  const bool alpha = has_alpha(picture.format());
  constexpr double full = 65535;

  VipsImagePointer in = wrap(picture, threads);
  if (alpha) {
    VipsImagePointer weighted;
    check_resize(vips_premultiply(in.get(), Out(weighted), "max_alpha", full, nullptr));
    in = std::move(weighted);
  } else {
    // In floats too: each of the two passes would round otherwise.
    VipsImagePointer floats;
    check_resize(vips_cast_float(in.get(), Out(floats), nullptr));
    in = std::move(floats);
  }
  VipsImagePointer scaled;
  check_resize(vips_resize(in.get(), Out(scaled), static_cast<double>(width) / picture.width(), "vscale",
                           static_cast<double>(height) / picture.height(), "kernel", VIPS_KERNEL_LANCZOS3, nullptr));
  if (alpha) {
    VipsImagePointer straight;
    check_resize(vips_unpremultiply(scaled.get(), Out(straight), "max_alpha", full, nullptr));
    scaled = std::move(straight);
  }
  // A cast cuts off what lies behind the point.
  VipsImagePointer raised;
  check_resize(vips_linear1(scaled.get(), Out(raised), 1.0, 0.5, nullptr));
  VipsImagePointer narrow;
  check_resize(vips_cast(raised.get(), Out(narrow), VIPS_FORMAT_USHORT, nullptr));

  std::size_t size = 0;
  const std::unique_ptr<void, GFree> pixels(vips_image_write_to_memory(narrow.get(), &size));
  check_resize(pixels ? 0 : -1);
  auto out = like(picture, width, height, picture.format());
  if (size != out->pixels.size()) throw Error(ErrorCode::internal, "a picture was resized to another size");
  std::memcpy(out->pixels.data(), pixels.get(), size);
  if (alpha) clear_transparent(*out);
  return Image(std::move(out));
}

/// 8 bits with alpha, as Pillow does it: colours times alpha, in 8 bits too, which takes a fraction of the time that
/// floats do.
template <int colors>
Image resized_narrow(const Image& picture, int width, int height, int threads) {
  const auto count = static_cast<std::size_t>(picture.width()) * static_cast<std::size_t>(picture.height());
  Buffer weighted(count * colors);
  Buffer alpha(count);
  parallel_for(0, static_cast<std::int64_t>(count), 1 << 17, threads, [&](std::int64_t begin, std::int64_t end) {
    const auto* in = reinterpret_cast<const std::uint8_t*>(picture.data()) + begin * (colors + 1);
    auto* color = reinterpret_cast<std::uint8_t*>(weighted.data()) + begin * colors;
    auto* opacity = reinterpret_cast<std::uint8_t*>(alpha.data()) + begin;
    for (std::int64_t i = begin; i < end; ++i, in += colors + 1, color += colors) {
      const unsigned a = in[colors];
      *opacity++ = in[colors];
      for (int c = 0; c < colors; ++c) color[c] = static_cast<std::uint8_t>((in[c] * a + 127) / 255);
    }
  });

  const auto out_count = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  const auto* const in_color = reinterpret_cast<const std::uint8_t*>(weighted.data());
  const auto* const in_alpha = reinterpret_cast<const std::uint8_t*>(alpha.data());
  std::vector<std::uint8_t> color;
  if constexpr (colors == 3) {
    const std::ptrdiff_t stride = std::ptrdiff_t{3} * picture.width();
    color =
        resample_rgb({in_color, picture.width(), picture.height(), stride, PixelFormat::rgb8}, width, height, threads);
  } else {
    color.resize(out_count);
    resample_gray(in_color, picture.width(), picture.height(), color.data(), width, height, threads);
  }
  std::vector<std::uint8_t> opacity(out_count);
  resample_gray(in_alpha, picture.width(), picture.height(), opacity.data(), width, height, threads);

  auto out = like(picture, width, height, picture.format());
  parallel_for(0, static_cast<std::int64_t>(out_count), 1 << 17, threads, [&](std::int64_t begin, std::int64_t end) {
    auto* to = reinterpret_cast<std::uint8_t*>(out->pixels.data()) + begin * (colors + 1);
    const std::uint8_t* from = color.data() + begin * colors;
    for (std::int64_t i = begin; i < end; ++i, to += colors + 1, from += colors) {
      const unsigned a = opacity[static_cast<std::size_t>(i)];
      // Nearly all pixels are one or the other, and a division takes its time.
      for (int c = 0; c < colors; ++c) {
        const unsigned straight = a == 0 ? 0 : a == 255 ? from[c] : (from[c] * 255u + a / 2) / a;
        to[c] = static_cast<std::uint8_t>(std::min(straight, 255u));
      }
      to[colors] = static_cast<std::uint8_t>(a);
    }
  });
  return Image(std::move(out));
}

}  // namespace

Image resized(const Image& picture, int width, int height, int threads) {
  if (picture.width() == width && picture.height() == height) return picture;
  switch (picture.format()) {
    case PixelFormat::rgba8:
      return resized_narrow<3>(picture, width, height, threads);
    case PixelFormat::gray_alpha8:
      return resized_narrow<1>(picture, width, height, threads);
    case PixelFormat::rgb8: {
      const auto pixels = resample_rgb(picture.view(), width, height, threads);
      auto out = like(picture, width, height, picture.format());
      std::memcpy(out->pixels.data(), pixels.data(), pixels.size());
      return Image(std::move(out));
    }
    case PixelFormat::gray8: {
      auto out = like(picture, width, height, picture.format());
      resample_gray(reinterpret_cast<const std::uint8_t*>(picture.data()), picture.width(), picture.height(),
                    out->row<std::uint8_t>(0), width, height, threads);
      return Image(std::move(out));
    }
    default:
      return resized_wide(picture, width, height, threads);
  }
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

}  // namespace peel
