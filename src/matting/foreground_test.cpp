#include "matting/foreground.hpp"

#include <gtest/gtest.h>

#include "support/matting_planes.hpp"
#include "support/pictures.hpp"

namespace peel {
namespace {

using test::Dice;
using test::image;
using test::place;
using test::Plane;
using test::samples;

using Color = std::array<double, 3>;

/// pymatting's estimate_foreground_ml() over the whole picture: from the smallest size to the picture's own, sweeps in
/// the order of the pixels, each solving for a pixel's two colours with what its four neighbours have.
std::vector<Color> reference_foreground(const Image& picture, const Plane& alpha) {
  const int full_width = picture.width();
  const int full_height = picture.height();
  Color front_mean{}, back_mean{};
  double front_count = 0, back_count = 0;
  for (int y = 0; y < full_height; ++y) {
    for (int x = 0; x < full_width; ++x) {
      const double a = alpha[place(full_width, y, x)] / 255.0;
      const Color color = test::color_at(picture, y, x);
      for (std::size_t c = 0; c < 3; ++c) {
        if (a > 0.9) front_mean[c] += color[c];
        if (a < 0.1) back_mean[c] += color[c];
      }
      front_count += a > 0.9 ? 1 : 0;
      back_count += a < 0.1 ? 1 : 0;
    }
  }
  for (std::size_t c = 0; c < 3; ++c) {
    front_mean[c] /= std::max(1.0, front_count);
    back_mean[c] /= std::max(1.0, back_count);
  }

  const int levels = static_cast<int>(std::ceil(std::log2(std::max(full_width, full_height))));
  int old_width = 1;
  int old_height = 1;
  std::vector<Color> front{front_mean};
  std::vector<Color> back{back_mean};
  for (int level = 0; level <= levels; ++level) {
    const double power = levels == 0 ? 1 : static_cast<double>(level) / levels;
    const int width = static_cast<int>(std::lround(std::pow(full_width, power)));
    const int height = static_cast<int>(std::lround(std::pow(full_height, power)));
    std::vector<Color> colors, new_front, new_back;
    std::vector<double> alphas;
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const int from_y = y * full_height / height;
        const int from_x = x * full_width / width;
        colors.push_back(test::color_at(picture, from_y, from_x));
        alphas.push_back(alpha[place(full_width, from_y, from_x)] / 255.0);
        const std::size_t coarser = place(old_width, y * old_height / height, x * old_width / width);
        new_front.push_back(front[coarser]);
        new_back.push_back(back[coarser]);
      }
    }
    front = std::move(new_front);
    back = std::move(new_back);
    const int sweeps = width <= 32 && height <= 32 ? 10 : 2;
    for (int sweep = 0; sweep < sweeps; ++sweep) {
      for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
          const std::size_t at = place(width, y, x);
          const double a = alphas[at];
          double weights = 0;
          Color front_sum{}, back_sum{};
          for (const auto& [dy, dx] : {std::pair{0, -1}, {0, 1}, {-1, 0}, {1, 0}}) {
            const std::size_t near = place(width, std::clamp(y + dy, 0, height - 1), std::clamp(x + dx, 0, width - 1));
            const double weight = 1e-5 + std::abs(a - alphas[near]);
            weights += weight;
            for (std::size_t c = 0; c < 3; ++c) {
              front_sum[c] += weight * front[near][c];
              back_sum[c] += weight * back[near][c];
            }
          }
          const double aa = a * a + weights;
          const double ab = a * (1 - a);
          const double bb = (1 - a) * (1 - a) + weights;
          for (std::size_t c = 0; c < 3; ++c) {
            const double f = a * colors[at][c] + front_sum[c];
            const double b = (1 - a) * colors[at][c] + back_sum[c];
            front[at][c] = std::clamp((bb * f - ab * b) / (aa * bb - ab * ab), 0.0, 1.0);
            back[at][c] = std::clamp((aa * b - ab * f) / (aa * bb - ab * ab), 0.0, 1.0);
          }
        }
      }
    }
    old_width = width;
    old_height = height;
  }
  return front;
}

/// A known foreground over a known background.
struct Composite {
  int width, height;
  Plane alpha;
  std::vector<Color> front;
  Image picture;

  /// `grain`: noise in the picture.
  Composite(int w, int h, double softness, PixelFormat format, Dice& dice, double grain = 0) : width(w), height(h) {
    const double turn = 6 * dice.unit();
    const double wave = 0.03 + 0.05 * dice.unit();
    const double middle_x = w * (0.4 + 0.2 * dice.unit());
    const double middle_y = h * (0.4 + 0.2 * dice.unit());
    for (int y = 0; y < h; ++y) {
      for (int x = 0; x < w; ++x) {
        const double out = (std::hypot(x - middle_x, y - middle_y) - 0.3 * std::min(w, h)) / softness;
        alpha.push_back(static_cast<std::uint8_t>(std::lround(255 * std::clamp(0.5 - out, 0.0, 1.0))));
        Color color{};
        for (std::size_t c = 0; c < 3; ++c) {
          color[c] = 0.7 + 0.25 * std::sin(wave * x + static_cast<double>(c) + turn) * std::cos(wave * y);
        }
        front.push_back(color);
      }
    }
    picture = test::painted(format, w, h, [&](int y, int x, int c) {
      const std::size_t at = place(w, y, x);
      if (has_alpha(format) && c == channels(format) - 1) return 0.1 + 0.8 * dice.unit();
      const double a = alpha[at] / 255.0;
      const double back = 0.25 + 0.2 * std::sin(wave * y * (c + 1) + turn) * std::cos(wave * x);
      return a * front[at][static_cast<std::size_t>(c)] + (1 - a) * back + grain * (dice.unit() - 0.5);
    });
  }

  Image mask() const { return image(PixelFormat::gray8, width, height, alpha); }
  bool partly(std::size_t at) const { return test::is_unknown(alpha[at]); }

  /// Mean difference of colours in partly transparent pixels, from 0 to 1. `weighted`: by alpha, as they are seen.
  double error(const Image& of, const std::vector<Color>& to, bool weighted) const {
    double sum = 0, weights = 0;
    for (std::size_t at = 0; at < alpha.size(); ++at) {
      if (!partly(at)) continue;
      const double weight = weighted ? alpha[at] : 1;
      const auto color = test::color_at(of, static_cast<int>(at) / width, static_cast<int>(at) % width);
      const std::size_t count = channels(of.format()) >= 3 ? 3 : 1;
      for (std::size_t c = 0; c < count; ++c) sum += weight * std::abs(color[c] - to[at][c]);
      weights += weight * static_cast<double>(count);
    }
    return sum / weights;
  }
};

TEST(Foreground, IsNearToTheEstimateOverTheWholePicture) {
  struct Case {
    int width, height;
    double softness;
    double grain;
    double most;
  };
  // Not equal, as bands are swept in another order and opaque pixels keep their colours; most so where the foreground
  // is a few pixels wide.
  Dice dice(1);
  for (const auto& [width, height, softness, grain, most] : {Case{12, 9, 4, 0, 1e-3},
                                                             {30, 32, 8, 0, 1e-4},
                                                             {33, 20, 6, 0, 2e-4},
                                                             {64, 48, 10, 0, 3e-4},
                                                             {70, 90, 30, 0, 5e-4},
                                                             {100, 10, 3, 0, 6e-3},
                                                             {60, 50, 12, 0.1, 8e-4},
                                                             {48, 70, 6, 0.3, 2e-3}}) {
    const Composite made(width, height, softness, PixelFormat::rgb16, dice, grain);
    const auto expected = reference_foreground(made.picture, made.alpha);
    const Image got = foreground_colors(made.picture, made.mask(), 1);
    EXPECT_LE(made.error(got, expected, true), most) << width << "x" << height;
    EXPECT_GE(made.error(made.picture, expected, true), 0.05) << "there is nothing to be found";
  }
}

TEST(Foreground, TakesOutWhatTheBackgroundContributes) {
  Dice dice(2);
  for (const PixelFormat format : test::STORED_FORMATS) {
    const Composite made(80, 60, 6, format, dice);
    const Image got = foreground_colors(made.picture, made.mask(), 1);
    ASSERT_EQ(got.format(), format);
    const double before = made.error(made.picture, made.front, true);
    const double after = made.error(got, made.front, true);
    EXPECT_LE(after, before / 4) << static_cast<int>(format);
  }
}

TEST(Foreground, KeepsWhatIsCertain) {
  Dice dice(3);
  for (const PixelFormat format : test::STORED_FORMATS) {
    const Composite made(50, 40, 9, format, dice);
    const Image got = foreground_colors(made.picture, made.mask(), 1);
    const auto step = static_cast<std::size_t>(channels(format));
    const auto bytes = static_cast<std::size_t>(bytes_per_sample(format));
    const auto before = samples(made.picture);
    const auto after = samples(got);
    ASSERT_EQ(before.size(), after.size());
    std::size_t changed = 0;
    for (std::size_t i = 0; i < before.size(); ++i) {
      const std::size_t sample = i / bytes;
      const bool own_alpha = has_alpha(format) && sample % step == step - 1;
      if (own_alpha || !made.partly(sample / step)) {
        ASSERT_EQ(after[i], before[i]) << i;
      }
      changed += after[i] != before[i] ? 1 : 0;
    }
    EXPECT_GT(changed, 0u);
  }
}

TEST(Foreground, WithoutPartlyTransparentPixelsItIsThePicture) {
  Dice dice(4);
  for (const auto& [width, height] : {std::pair{1, 1}, {30, 20}}) {
    const Image picture = test::scene(test::Scene::noise, PixelFormat::rgba8, width, height, dice);
    Plane mask(test::pixels(width, height));
    for (const int kind : {0, 1, 2}) {
      for (std::uint8_t& value : mask) value = kind == 0 || (kind == 2 && dice.chance(0.5)) ? 0 : 255;
      const Image same = foreground_colors(picture, image(PixelFormat::gray8, width, height, mask), 1);
      EXPECT_TRUE(test::same_pixels(same, picture));
    }
  }
}

TEST(Foreground, AllFormsOfAlphaAndPicture) {
  Dice dice(5);
  for (int i = 0; i < 300; ++i) {
    const int width = dice.between(1, 40);
    const int height = dice.chance(0.2) ? 1 : dice.between(1, 70);
    const Image picture = test::scene(dice.chance(0.5) ? test::Scene::noise : test::Scene::smooth, PixelFormat::rgb8,
                                      dice.chance(0.5) ? width : height, dice.chance(0.5) ? height : width, dice);
    const int kind = dice.below(4);
    Plane mask(test::pixels(picture.width(), picture.height()));
    for (std::uint8_t& value : mask) {
      value = kind == 0 ? 128 : kind == 1 ? static_cast<std::uint8_t>(dice.below(256)) : dice.chance(0.5) ? 0 : 255;
    }
    if (kind == 3) mask[static_cast<std::size_t>(dice.below(static_cast<int>(mask.size())))] = 1;
    const Image got = foreground_colors(picture, image(PixelFormat::gray8, picture.width(), picture.height(), mask), 1);
    const auto before = samples(picture);
    const auto after = samples(got);
    ASSERT_EQ(after.size(), before.size());
    for (std::size_t k = 0; k < after.size(); ++k) {
      if (!test::is_unknown(mask[k / 3])) {
        ASSERT_EQ(after[k], before[k]) << i;
      }
    }
  }
}

TEST(Foreground, ThreadsDoNotChangeABit) {
  Dice dice(6);
  const Composite made(150, 260, 60, PixelFormat::rgb8, dice);
  const auto alone = samples(foreground_colors(made.picture, made.mask(), 1));
  for (const int threads : {2, 3}) {
    EXPECT_EQ(samples(foreground_colors(made.picture, made.mask(), threads)), alone) << threads;
  }
}

TEST(Foreground, KeepsTheProfile) {
  Dice dice(7);
  const Composite made(20, 20, 5, PixelFormat::rgb8, dice);
  auto data = test::photograph(20, 20, PixelFormat::rgb8);
  data->icc_profile = test::srgb_profile();
  const Image picture(std::move(data));
  const Image got = foreground_colors(picture, made.mask(), 1);
  EXPECT_FALSE(test::same_pixels(got, picture));
  EXPECT_TRUE(std::ranges::equal(got.icc_profile(), picture.icc_profile()));
}

}  // namespace
}  // namespace peel
