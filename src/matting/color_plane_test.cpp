#include "matting/color_plane.hpp"

#include <gtest/gtest.h>

#include "support/matting_planes.hpp"
#include "support/pictures.hpp"

namespace peel {
namespace {

using test::Dice;
using test::Scene;

TEST(ColorPlane, ReadsEveryFormat) {
  Dice dice(1);
  for (const PixelFormat format : test::STORED_FORMATS) {
    const Image picture = test::scene(Scene::noise, format, 7, 5, dice);
    const ColorPlane colors(picture);
    EXPECT_EQ(colors.width(), 7);
    EXPECT_EQ(colors.height(), 5);
    for (int y = 0; y < 5; ++y) {
      std::vector<float> red(4), green(4), blue(4);
      colors.read(y, 2, 6, red.data(), green.data(), blue.data());
      for (int x = 0; x < 7; ++x) {
        const auto expected = test::color_at(picture, y, x);
        const auto got = colors.at(y, x);
        for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(got[c], expected[c], 1e-6) << static_cast<int>(format);
        if (x < 2 || x >= 6) continue;
        const auto i = static_cast<std::size_t>(x - 2);
        EXPECT_EQ((std::array{red[i], green[i], blue[i]}), got);
      }
    }
  }
}

TEST(ColorPlane, HalvesByMeans) {
  Dice dice(2);
  for (const PixelFormat format : {PixelFormat::rgb8, PixelFormat::gray8, PixelFormat::rgba16}) {
    for (const auto& [width, height] : {std::pair{1, 1}, {1, 6}, {7, 1}, {8, 6}, {9, 7}}) {
      const Image picture = test::scene(Scene::noise, format, width, height, dice);
      const ColorPlane colors(picture);
      const ColorPlane half = colors.halved(1);
      ASSERT_EQ(half.width(), (width + 1) / 2);
      ASSERT_EQ(half.height(), (height + 1) / 2);
      for (int y = 0; y < half.height(); ++y) {
        for (int x = 0; x < half.width(); ++x) {
          std::array<double, 3> mean{};
          int count = 0;
          for (int row = 2 * y; row < std::min(height, 2 * y + 2); ++row) {
            for (int column = 2 * x; column < std::min(width, 2 * x + 2); ++column, ++count) {
              const auto color = test::color_at(picture, row, column);
              for (std::size_t c = 0; c < 3; ++c) mean[c] += color[c];
            }
          }
          // Half a level of 16 bits, and what floats round.
          for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(half.at(y, x)[c], mean[c] / count, 0.52 / 65535);
        }
      }
    }
  }
}

TEST(ColorPlane, ThreadsDoNotChangeAHalf) {
  Dice dice(3);
  const ColorPlane colors(test::scene(Scene::noise, PixelFormat::rgb8, 700, 600, dice));
  const ColorPlane alone = colors.halved(1);
  const ColorPlane shared = colors.halved(3);
  for (int y = 0; y < alone.height(); ++y) {
    for (int x = 0; x < alone.width(); ++x) ASSERT_EQ(alone.at(y, x), shared.at(y, x));
  }
}

}  // namespace
}  // namespace peel
