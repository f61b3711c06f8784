#include "mask/cutout.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <type_traits>
#include <utility>

#include "base/parallel.hpp"
#include "image/image_data.hpp"
#include "image/resample.hpp"
#include "image/srgb.hpp"
#include "mask/cutout_kernels.hpp"
#include "peel/error.hpp"

namespace peel {
namespace {

constexpr std::int64_t PIXELS_WORTH_A_THREAD = 1 << 17;

std::shared_ptr<Image::Data> like(const Image& picture, PixelFormat format) {
  return like(picture, picture.width(), picture.height(), format);
}

PixelFormat format_of(int channel_count, int sample_bytes) {
  constexpr PixelFormat narrow[] = {PixelFormat::gray8, PixelFormat::gray_alpha8, PixelFormat::rgb8,
                                    PixelFormat::rgba8};
  constexpr PixelFormat wide[] = {PixelFormat::gray16, PixelFormat::gray_alpha16, PixelFormat::rgb16,
                                  PixelFormat::rgba16};
  return (sample_bytes == 2 ? wide : narrow)[channel_count - 1];
}

int colors_of(PixelFormat format) {
  return channels(format) >= 3 ? 3 : 1;
}

template <typename T>
const T* row(const Image& image, int y) {
  return reinterpret_cast<const T*>(image.data() + y * image.stride());
}

template <typename Body>
void for_rows(int width, int height, int threads, Body body) {
  parallel_for(0, height, 1 + PIXELS_WORTH_A_THREAD / width, threads, [&](std::int64_t begin, std::int64_t end) {
    for (auto y = static_cast<int>(begin); y < end; ++y) body(y);
  });
}

// Calls `body` with std::uint8_t or std::uint16_t and the colour count as constants, so that loops are compiled for
// each.
template <typename Body>
void with_layout(PixelFormat format, Body body) {
  const auto with_sample = [&]<typename T>(T) {
    colors_of(format) == 3 ? body(T{}, std::integral_constant<int, 3>{}) : body(T{}, std::integral_constant<int, 1>{});
  };
  bytes_per_sample(format) == 2 ? with_sample(std::uint16_t{}) : with_sample(std::uint8_t{});
}

// x / 255 rounded, for x up to 255 * 255 (Pillow's MULDIV255).
constexpr std::uint32_t divide_255(std::uint32_t x) {
  x += 128;
  return ((x >> 8) + x) >> 8;
}

template <typename T>
constexpr std::uint32_t MAX = std::is_same_v<T, std::uint16_t> ? 65535 : 255;

template <typename T>
T widened(std::uint8_t value) {
  return static_cast<T>(std::is_same_v<T, std::uint16_t> ? value * 257 : value);
}

template <typename T>
T product(T a, std::uint8_t mask) {
  if constexpr (std::is_same_v<T, std::uint8_t>)
    return static_cast<T>(divide_255(static_cast<std::uint32_t>(a) * mask));
  return static_cast<T>((static_cast<std::uint32_t>(a) * mask + 127) / 255);
}

// For each pixel: alpha(own alpha, mask), colours kept; where `clear`, colours under alpha 0 are zero.
template <bool clear, typename Alpha>
Image with_alpha(const Image& picture, const Image& mask, int threads, Alpha alpha) {
  const int colors = colors_of(picture.format());
  auto out = like(picture, format_of(colors + 1, bytes_per_sample(picture.format())));
  if (picture.format() == PixelFormat::rgb8 || picture.format() == PixelFormat::rgba8) {  // nearly all there are
    const auto under_mask = colors == channels(picture.format()) ? cutout::rgb_under_mask : cutout::rgba_under_mask;
    for_rows(picture.width(), picture.height(), threads, [&](int y) {
      under_mask(row<std::uint8_t>(picture, y), row<std::uint8_t>(mask, y), static_cast<std::size_t>(picture.width()),
                 clear, out->row<std::uint8_t>(y));
    });
    return Image(std::move(out));
  }
  const bool had_alpha = has_alpha(picture.format());
  with_layout(picture.format(), [&]<typename T, int n>(T, std::integral_constant<int, n>) {
    for_rows(picture.width(), picture.height(), threads, [&](int y) {
      const T* in = row<T>(picture, y);
      const std::uint8_t* const m = row<std::uint8_t>(mask, y);
      T* to = out->template row<T>(y);
      const int step = n + (had_alpha ? 1 : 0);
      for (int x = 0; x < picture.width(); ++x, in += step, to += n + 1) {
        const T a = alpha(had_alpha ? in[n] : static_cast<T>(MAX<T>), m[x]);
        const T keep = static_cast<T>(clear && a == 0 ? 0 : MAX<T>);
        for (int c = 0; c < n; ++c) to[c] = static_cast<T>(in[c] & keep);
        to[n] = a;
      }
    });
  });
  return Image(std::move(out));
}

// Porter and Duff's "over" with straight alpha, colours rounded; `under` gives the ground's colour and alpha at a
// pixel. On an opaque ground nothing is divided by what is not a constant: five times as fast.
template <typename T, int n, bool opaque, typename Under>
void compose_row(const T* in, int width, T* to, const Under& under) {
  using Wide = std::conditional_t<opaque, std::uint32_t, std::uint64_t>;
  constexpr Wide full = MAX<T>;
  for (int x = 0; x < width; ++x, in += n + 1, to += opaque ? n : n + 1) {
    const Wide a = in[n];
    const auto [ground, ground_alpha] = under(x);
    if constexpr (opaque) {
      // Nearly all pixels are one or the other and need no arithmetic: a third off the time.
      if (a == 0 || a == full) {
        for (std::size_t c = 0; c < n; ++c) to[c] = a == 0 ? ground[c] : in[c];
        continue;
      }
      for (std::size_t c = 0; c < n; ++c)
        to[c] = static_cast<T>((in[c] * a + ground[c] * (full - a) + full / 2) / full);
    } else {
      const Wide behind = ground_alpha * (full - a);  // these two are scaled by full * full
      const Wide total = a * full + behind;
      for (std::size_t c = 0; c < n; ++c) {
        to[c] = total == 0 ? T{0} : static_cast<T>((in[c] * a * full + ground[c] * behind + total / 2) / total);
      }
      to[n] = static_cast<T>((total + full / 2) / full);
    }
  }
}

// The picture as RGBA: grey in three channels, opaque where it had no alpha. A grey profile no longer fits.
Image as_rgba(const Image& picture) {
  auto out = like(picture, format_of(4, bytes_per_sample(picture.format())));
  if (colors_of(picture.format()) == 1) out->icc_profile.clear();
  const bool had_alpha = has_alpha(picture.format());
  with_layout(picture.format(), [&]<typename T, int n>(T, std::integral_constant<int, n>) {
    for (int y = 0; y < picture.height(); ++y) {
      const T* in = row<T>(picture, y);
      T* to = out->template row<T>(y);
      for (int x = 0; x < picture.width(); ++x, in += n + (had_alpha ? 1 : 0), to += 4) {
        for (int c = 0; c < 3; ++c) to[c] = in[n == 3 ? c : 0];
        to[3] = had_alpha ? in[n] : static_cast<T>(MAX<T>);
      }
    }
  });
  return Image(std::move(out));
}

bool is_opaque(const Image& picture) {
  if (!has_alpha(picture.format())) return true;
  bool opaque = true;
  with_layout(picture.format(), [&]<typename T, int n>(T, std::integral_constant<int, n>) {
    for (int y = 0; y < picture.height() && opaque; ++y) {
      const T* in = row<T>(picture, y);
      for (int x = 0; x < picture.width(); ++x, in += n + 1) opaque = opaque && in[n] == MAX<T>;
    }
  });
  return opaque;
}

/// What is laid under a picture, at its size and in its colours.
struct Ground {
  std::vector<std::uint8_t> rgb;
  std::vector<std::uint8_t> alpha;  ///< empty: opaque
};

// Colours under an alpha of 0 are anything: multiplied by alpha they do not come into their neighbours when resized.
Ground resized_with_alpha(const PixelView& part, int width, int height, int threads) {
  const Image straight = as_rgba(Image::from_pixels(part));
  auto colors = std::make_shared<Image::Data>(part.width, part.height, PixelFormat::rgb8);
  std::vector<std::uint8_t> opacity(static_cast<std::size_t>(part.width) * static_cast<std::size_t>(part.height));
  with_layout(straight.format(), [&]<typename T, int n>(T, std::integral_constant<int, n>) {
    const T* in = row<T>(straight, 0);
    std::uint8_t* to = colors->template row<std::uint8_t>(0);
    for (std::uint8_t& alpha : opacity) {
      const auto narrow = [](T value) { return static_cast<std::uint8_t>(sizeof(T) == 2 ? value >> 8 : value); };
      alpha = narrow(in[3]);
      for (int c = 0; c < 3; ++c) *to++ = product(narrow(in[c]), alpha);
      in += 4;
    }
  });
  const Image multiplied(std::move(colors));
  Ground ground{resample_rgb(multiplied.view(), width, height, threads),
                std::vector<std::uint8_t>(static_cast<std::size_t>(width) * static_cast<std::size_t>(height))};
  resample_gray(opacity.data(), part.width, part.height, ground.alpha.data(), width, height, threads);
  for (std::size_t i = 0; i < ground.alpha.size(); ++i) {
    const unsigned alpha = ground.alpha[i];
    for (std::size_t c = 3 * i; c < 3 * i + 3; ++c) {
      const unsigned color = alpha == 0 ? 0 : std::min((ground.rgb[c] * 255u + alpha / 2) / alpha, 255u);
      ground.rgb[c] = static_cast<std::uint8_t>(color);
    }
  }
  return ground;
}

// The middle of the background with the picture's proportions, by cross-multiplied sides.
Ground ground_for(const Image& background, const Image& picture, int threads) {
  const std::int64_t w = picture.width();
  const std::int64_t h = picture.height();
  PixelView part = background.view();
  if (part.width * h > part.height * w) {
    part.width = static_cast<int>(std::max<std::int64_t>(1, part.height * w / h));
  } else {
    part.height = static_cast<int>(std::max<std::int64_t>(1, part.width * h / w));
  }
  const int pixel = channels(part.format) * bytes_per_sample(part.format);
  part.data = background.data() + (background.height() - part.height) / 2 * part.stride +
              static_cast<std::ptrdiff_t>((background.width() - part.width) / 2) * pixel;
  Ground ground = is_opaque(background) ? Ground{resample_rgb(part, picture.width(), picture.height(), threads), {}}
                                        : resized_with_alpha(part, picture.width(), picture.height(), threads);
  if (!std::ranges::equal(background.icc_profile(), picture.icc_profile())) {
    profile_to_srgb(ground.rgb, background.icc_profile());
    srgb_to_profile(ground.rgb, picture.icc_profile());
  }
  return ground;
}

}  // namespace

Image cut_out(const Image& picture, const Image& mask, int threads) {
  return with_alpha<true>(picture, mask, threads, []<typename T>(T own, std::uint8_t m) { return product(own, m); });
}

Image put_alpha(const Image& picture, const Image& mask, int threads) {
  return with_alpha<false>(picture, mask, threads, []<typename T>(T, std::uint8_t m) { return widened<T>(m); });
}

Image over_color(const Image& picture, const Color& color, int threads) {
  const bool neutral = color.red == color.green && color.green == color.blue;
  const Image in =
      has_alpha(picture.format()) && (neutral || colors_of(picture.format()) == 3) ? picture : as_rgba(picture);
  const bool opaque = color.alpha == 255;
  auto out = like(in, format_of(colors_of(in.format()) + (opaque ? 0 : 1), bytes_per_sample(in.format())));
  // The colour is meant in sRGB; the result is read through the picture's profile.
  std::array<std::uint8_t, 3> rgb{color.red, color.green, color.blue};
  srgb_to_profile(rgb, in.icc_profile());
  with_layout(in.format(), [&]<typename T, int n>(T, std::integral_constant<int, n>) {
    const std::array<T, 3> ground = {widened<T>(rgb[0]), widened<T>(rgb[1]), widened<T>(rgb[2])};
    const std::uint64_t alpha = widened<T>(color.alpha);
    const auto under = [&](int) { return std::pair(ground, alpha); };
    for_rows(in.width(), in.height(), threads, [&](int y) {
      const auto compose =
          opaque ? compose_row<T, n, true, decltype(under)> : compose_row<T, n, false, decltype(under)>;
      compose(row<T>(in, y), in.width(), out->template row<T>(y), under);
    });
  });
  return Image(std::move(out));
}

Image over_picture(const Image& picture, const Image& background, int threads) {
  const Image in = has_alpha(picture.format()) && colors_of(picture.format()) == 3 ? picture : as_rgba(picture);
  const Ground ground = ground_for(background, in, threads);
  const bool opaque = ground.alpha.empty();
  auto out = like(in, format_of(opaque ? 3 : 4, bytes_per_sample(in.format())));
  with_layout(in.format(), [&]<typename T, int n>(T, std::integral_constant<int, n>) {
    for_rows(in.width(), in.height(), threads, [&](int y) {
      const std::size_t first = static_cast<std::size_t>(y) * static_cast<std::size_t>(in.width());
      const std::uint8_t* const line = ground.rgb.data() + first * 3;
      const auto color = [&](int x) {
        const std::uint8_t* const p = line + 3 * x;
        return std::array<T, 3>{widened<T>(p[0]), widened<T>(p[1]), widened<T>(p[2])};
      };
      T* const to = out->template row<T>(y);
      if (opaque) {
        compose_row<T, n, true>(row<T>(in, y), in.width(), to, [&](int x) { return std::pair(color(x), 0); });
      } else {
        const std::uint8_t* const alpha = ground.alpha.data() + first;
        compose_row<T, n, false>(row<T>(in, y), in.width(), to,
                                 [&](int x) { return std::pair(color(x), std::uint64_t{widened<T>(alpha[x])}); });
      }
    });
  });
  return Image(std::move(out));
}

Image compat_cut_out(const Image& picture, const Image& mask, int threads) {
  const Image in = as_rgba(picture);
  auto out = std::make_shared<Image::Data>(in.width(), in.height(), PixelFormat::rgba8);
  const bool wide = bytes_per_sample(in.format()) == 2;
  for_rows(in.width(), in.height(), threads, [&](int y) {
    const std::uint8_t* const m = row<std::uint8_t>(mask, y);
    std::uint8_t* const to = out->row<std::uint8_t>(y);
    for (int i = 0; i < 4 * in.width(); ++i) {
      const auto value =
          static_cast<std::uint32_t>(wide ? row<std::uint16_t>(in, y)[i] >> 8 : row<std::uint8_t>(in, y)[i]);
      to[i] = static_cast<std::uint8_t>(divide_255(value * m[i / 4]));
    }
  });
  return Image(std::move(out));
}

// ImagingAlphaComposite() of Pillow's AlphaComposite.c, 7 extra bits.
Image compat_over_color(const Image& cutout, const Color& color, int threads) {
  auto out = std::make_shared<Image::Data>(cutout.width(), cutout.height(), PixelFormat::rgba8);
  const std::uint32_t ground[] = {color.red, color.green, color.blue};
  for_rows(cutout.width(), cutout.height(), threads, [&](int y) {
    const std::uint8_t* in = row<std::uint8_t>(cutout, y);
    std::uint8_t* to = out->row<std::uint8_t>(y);
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
  return Image(std::move(out));
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

Image crop(const Image& picture, const Box& box) {
  auto out = like(picture, box.width, box.height, picture.format());
  const int pixel = channels(picture.format()) * bytes_per_sample(picture.format());
  for (int y = 0; y < box.height; ++y) {
    std::memcpy(out->row<std::byte>(y),
                picture.data() + (box.top + y) * picture.stride() + static_cast<std::ptrdiff_t>(box.left) * pixel,
                out->row_bytes());
  }
  return Image(std::move(out));
}

}  // namespace peel
