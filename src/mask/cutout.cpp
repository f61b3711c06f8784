#include "mask/cutout.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <type_traits>
#include <utility>

#include "image/compose.hpp"
#include "image/image_data.hpp"
#include "image/pixel_buffer.hpp"
#include "image/pixel_rows.hpp"
#include "mask/cutout_kernels.hpp"

namespace peel {
namespace {

// x / 255 rounded, for x up to 255 * 255 (Pillow's MULDIV255).
constexpr std::uint32_t divide_255(std::uint32_t x) {
  x += 128;
  return ((x >> 8) + x) >> 8;
}

template <typename T>
T product(T a, std::uint8_t mask) {
  if constexpr (std::is_same_v<T, std::uint8_t>)
    return static_cast<T>(divide_255(static_cast<std::uint32_t>(a) * mask));
  return static_cast<T>((static_cast<std::uint32_t>(a) * mask + 127) / 255);
}

// For each pixel: alpha(own alpha, mask), colours kept; where `clear`, colours under alpha 0 are zero.
template <bool clear, typename Alpha>
Image with_alpha(const Image& picture, const Image& mask, int threads, const PixelBuffer* into, Alpha alpha) {
  const int colors = colors_of(picture.format());
  RowSink out(picture, format_of(colors + 1, bytes_per_sample(picture.format())), into);
  if (picture.format() == PixelFormat::rgb8 || picture.format() == PixelFormat::rgba8) {  // nearly all there are
    const auto under_mask = colors == channels(picture.format()) ? cutout::rgb_under_mask : cutout::rgba_under_mask;
    out.write<std::uint8_t>(threads, [&](int y, std::uint8_t* to) {
      under_mask(row<std::uint8_t>(picture, y), row<std::uint8_t>(mask, y), static_cast<std::size_t>(picture.width()),
                 clear, to);
    });
    return std::move(out).image();
  }
  const bool had_alpha = has_alpha(picture.format());
  with_layout(picture.format(), [&]<typename T, int n>(T, std::integral_constant<int, n>) {
    out.template write<T>(threads, [&](int y, T* to) {
      const T* in = row<T>(picture, y);
      const std::uint8_t* const m = row<std::uint8_t>(mask, y);
      const int step = n + (had_alpha ? 1 : 0);
      for (int x = 0; x < picture.width(); ++x, in += step, to += n + 1) {
        const T a = alpha(had_alpha ? in[n] : static_cast<T>(MAX<T>), m[x]);
        const T keep = static_cast<T>(clear && a == 0 ? 0 : MAX<T>);
        for (int c = 0; c < n; ++c) to[c] = static_cast<T>(in[c] & keep);
        to[n] = a;
      }
    });
  });
  return std::move(out).image();
}

}  // namespace

Image cut_out(const Image& picture, const Image& mask, int threads, const PixelBuffer* into) {
  return with_alpha<true>(picture, mask, threads, into,
                          []<typename T>(T own, std::uint8_t m) { return product(own, m); });
}

Image put_alpha(const Image& picture, const Image& mask, int threads, const PixelBuffer* into) {
  return with_alpha<false>(picture, mask, threads, into, []<typename T>(T, std::uint8_t m) { return widened<T>(m); });
}

Image compat_cut_out(const Image& picture, const Image& mask, int threads, const PixelBuffer* into) {
  const Image in = as_rgba(picture);
  RowSink out(in.width(), in.height(), PixelFormat::rgba8, into);
  const bool wide = bytes_per_sample(in.format()) == 2;
  out.write<std::uint8_t>(threads, [&](int y, std::uint8_t* to) {
    const std::uint8_t* const m = row<std::uint8_t>(mask, y);
    for (int i = 0; i < 4 * in.width(); ++i) {
      const auto value =
          static_cast<std::uint32_t>(wide ? row<std::uint16_t>(in, y)[i] >> 8 : row<std::uint8_t>(in, y)[i]);
      to[i] = static_cast<std::uint8_t>(divide_255(value * m[i / 4]));
    }
  });
  return std::move(out).image();
}

// ImagingAlphaComposite() of Pillow's AlphaComposite.c, 7 extra bits.
Image compat_over_color(const Image& cutout, const Color& color, int threads, const PixelBuffer* into) {
  RowSink out(cutout.width(), cutout.height(), PixelFormat::rgba8, into);
  const std::uint32_t ground[] = {color.red, color.green, color.blue};
  out.write<std::uint8_t>(threads, [&](int y, std::uint8_t* to) {
    const std::uint8_t* in = row<std::uint8_t>(cutout, y);
    for (int x = 0; x < cutout.width(); ++x, in += 4, to += 4) {
      const std::uint32_t a = in[3];
      if (a == 0) {
        for (int c = 0; c < 3; ++c) to[c] = static_cast<std::uint8_t>(ground[c]);
        to[3] = color.alpha;
        continue;
      }
      const std::uint32_t total = a * 255 + color.alpha * (255 - a);
      const std::uint32_t front = a * 255 * 255 * 128 / total;
      const std::uint32_t back = 255 * 128 - front;
      for (int c = 0; c < 3; ++c) {
        const std::uint32_t mixed = in[c] * front + ground[c] * back + (0x80 << 7);
        to[c] = static_cast<std::uint8_t>((((mixed >> 8) + mixed) >> 8) >> 7);
      }
      to[3] = static_cast<std::uint8_t>((((total + 0x80) >> 8) + total + 0x80) >> 8);
    }
  });
  return std::move(out).image();
}

std::optional<Box> subject_box(const Image& mask, int margin) {
  int left = mask.width();
  int right = -1;
  int top = mask.height();
  int bottom = -1;
  const auto counts = [](std::uint8_t value) { return value >= CROP_THRESHOLD; };
  for (int y = 0; y < mask.height(); ++y) {
    const std::uint8_t* const begin = row<std::uint8_t>(mask, y);
    const std::uint8_t* const end = begin + mask.width();
    const std::uint8_t* const first = std::find_if(begin, end, counts);
    if (first == end) continue;
    const auto last = std::find_if(std::make_reverse_iterator(end), std::make_reverse_iterator(first), counts);
    left = std::min(left, static_cast<int>(first - begin));
    right = std::max(right, static_cast<int>(last.base() - begin) - 1);
    top = std::min(top, y);
    bottom = y;
  }
  if (right < 0) return std::nullopt;
  // In 64 bits: a margin may be as large as an int is.
  const auto clip = [](std::int64_t value, int size) {
    return static_cast<int>(std::clamp<std::int64_t>(value, 0, size - 1));
  };
  left = clip(std::int64_t{left} - margin, mask.width());
  right = clip(std::int64_t{right} + margin, mask.width());
  top = clip(std::int64_t{top} - margin, mask.height());
  bottom = clip(std::int64_t{bottom} + margin, mask.height());
  return Box{left, top, right - left + 1, bottom - top + 1};
}

}  // namespace peel
