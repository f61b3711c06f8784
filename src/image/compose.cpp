#include "image/compose.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/control.hpp"
#include "image/image_data.hpp"
#include "image/pixel_buffer.hpp"
#include "image/pixel_rows.hpp"
#include "image/resample.hpp"
#include "image/srgb.hpp"

namespace peel {
namespace {

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

}  // namespace

Image as_rgba(const Image& picture) {
  auto out = like(picture, format_of(4, bytes_per_sample(picture.format())));
  if (colors_of(picture.format()) == 1) out->icc_profile.clear();
  const bool had_alpha = has_alpha(picture.format());
  with_layout(picture.format(), [&]<typename T, int n>(T, std::integral_constant<int, n>) {
    for (int y = 0; y < picture.height(); ++y) {
      check_stopped();
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

Image over_color(const Image& picture, const Color& color, int threads, const PixelBuffer* into) {
  const bool neutral = color.red == color.green && color.green == color.blue;
  const Image in =
      has_alpha(picture.format()) && (neutral || colors_of(picture.format()) == 3) ? picture : as_rgba(picture);
  const bool opaque = color.alpha == 255;
  RowSink out(in, format_of(colors_of(in.format()) + (opaque ? 0 : 1), bytes_per_sample(in.format())), into);
  // The colour is meant in sRGB; the result is read through the picture's profile.
  std::array<std::uint8_t, 3> rgb{color.red, color.green, color.blue};
  srgb_to_profile(rgb, in.icc_profile());
  with_layout(in.format(), [&]<typename T, int n>(T, std::integral_constant<int, n>) {
    const std::array<T, 3> ground = {widened<T>(rgb[0]), widened<T>(rgb[1]), widened<T>(rgb[2])};
    const std::uint64_t alpha = widened<T>(color.alpha);
    const auto under = [&](int) { return std::pair(ground, alpha); };
    out.template write<T>(threads, [&](int y, T* to) {
      const auto compose =
          opaque ? compose_row<T, n, true, decltype(under)> : compose_row<T, n, false, decltype(under)>;
      compose(row<T>(in, y), in.width(), to, under);
    });
  });
  return std::move(out).image();
}

namespace {

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
      for (int c = 0; c < 3; ++c) *to++ = static_cast<std::uint8_t>((narrow(in[c]) * unsigned{alpha} + 127) / 255);
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

Image over_picture(const Image& picture, const Image& background, int threads, const PixelBuffer* into) {
  const Image in = has_alpha(picture.format()) && colors_of(picture.format()) == 3 ? picture : as_rgba(picture);
  const Ground ground = ground_for(background, in, threads);
  const bool opaque = ground.alpha.empty();
  RowSink out(in, format_of(opaque ? 3 : 4, bytes_per_sample(in.format())), into);
  with_layout(in.format(), [&]<typename T, int n>(T, std::integral_constant<int, n>) {
    out.template write<T>(threads, [&](int y, T* to) {
      const std::size_t first = static_cast<std::size_t>(y) * static_cast<std::size_t>(in.width());
      const std::uint8_t* const line = ground.rgb.data() + first * 3;
      const auto color = [&](int x) {
        const std::uint8_t* const p = line + 3 * x;
        return std::array<T, 3>{widened<T>(p[0]), widened<T>(p[1]), widened<T>(p[2])};
      };
      if (opaque) {
        compose_row<T, n, true>(row<T>(in, y), in.width(), to, [&](int x) { return std::pair(color(x), 0); });
      } else {
        const std::uint8_t* const alpha = ground.alpha.data() + first;
        compose_row<T, n, false>(row<T>(in, y), in.width(), to,
                                 [&](int x) { return std::pair(color(x), std::uint64_t{widened<T>(alpha[x])}); });
      }
    });
  });
  return std::move(out).image();
}

Image on_white(const Image& picture, int threads) {
  return has_alpha(picture.format()) ? over_color(picture, WHITE, threads) : picture;
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
