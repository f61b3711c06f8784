#include "matting/guided_filter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/matting_reference.hpp"

namespace peel {
namespace {

using test::Dice;
using test::image;
using test::place;
using test::Plane;
using test::samples;
using test::Scene;
using testing::Each;

Image mask_of(const Plane& values, int width, int height) {
  return image(PixelFormat::gray8, width, height, values);
}

/// The guided filter with a guide of three colours as its paper has it (He, Sun, Tang 2013, equations 14, 15 and 16),
/// with windows cut off at the borders; levels from 0 to 255.
std::vector<double> reference_filter(const Image& picture, const Plane& mask, int radius, double noise) {
  const int width = picture.width();
  const int height = picture.height();
  const auto for_window = [&](int y, int x, const auto& body) {
    for (int row = std::max(0, y - radius); row <= std::min(height - 1, y + radius); ++row) {
      for (int column = std::max(0, x - radius); column <= std::min(width - 1, x + radius); ++column) body(row, column);
    }
  };
  std::vector<std::array<double, 4>> fits;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      std::array<double, 3> mean{};
      double mean_alpha = 0;
      int count = 0;
      for_window(y, x, [&](int row, int column) {
        for (std::size_t c = 0; c < 3; ++c) mean[c] += test::color_at(picture, row, column)[c];
        mean_alpha += mask[place(width, row, column)] / 255.0;
        ++count;
      });
      for (double& value : mean) value /= count;
      mean_alpha /= count;
      std::array<std::array<double, 3>, 3> covariance{};
      std::array<double, 3> right{};
      for_window(y, x, [&](int row, int column) {
        const auto color = test::color_at(picture, row, column);
        for (std::size_t i = 0; i < 3; ++i) {
          right[i] += (color[i] - mean[i]) * (mask[place(width, row, column)] / 255.0 - mean_alpha) / count;
          for (std::size_t k = 0; k < 3; ++k) covariance[i][k] += (color[i] - mean[i]) * (color[k] - mean[k]) / count;
        }
      });
      for (std::size_t i = 0; i < 3; ++i) covariance[i][i] += noise;
      const auto slope = test::solve_by_cramer(covariance, right);
      fits.push_back(
          {slope[0], slope[1], slope[2], mean_alpha - slope[0] * mean[0] - slope[1] * mean[1] - slope[2] * mean[2]});
    }
  }
  std::vector<double> levels;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const auto color = test::color_at(picture, y, x);
      double sum = 0;
      int count = 0;
      for_window(y, x, [&](int row, int column) {
        const auto& fit = fits[place(width, row, column)];
        sum += fit[0] * color[0] + fit[1] * color[1] + fit[2] * color[2] + fit[3];
        ++count;
      });
      levels.push_back(std::clamp(255 * sum / count, 0.0, 255.0));
    }
  }
  return levels;
}

TEST(GuidedFilter, IsTheDefinitionWhereNothingIsResized) {
  Dice dice(1);
  for (const Scene scene : {Scene::noise, Scene::gradient, Scene::smooth, Scene::two_colors}) {
    for (const PixelFormat format : {PixelFormat::rgb8, PixelFormat::gray8}) {
      for (const auto& [width, height] : {std::pair{1, 1}, {1, 12}, {13, 2}, {24, 17}, {9, 30}}) {
        const Image picture = test::scene(scene, format, width, height, dice);
        Plane mask = test::random_plane(width, height, 0.5, dice);
        for (std::uint8_t& value : mask) value = value != 0 ? 255 : static_cast<std::uint8_t>(dice.below(60));
        for (const auto& [radius, noise] : {std::pair{1, 1e-2}, {4, 1e-3}, {40, 1e-4}}) {
          const auto expected = reference_filter(picture, mask, radius, noise);
          const GuidedFilter filter{64, radius, noise};
          const auto got = samples(guided_mask(picture, mask_of(mask, width, height), filter, 1));
          ASSERT_EQ(got.size(), expected.size());
          for (std::size_t i = 0; i < got.size(); ++i) {
            ASSERT_NEAR(got[i], expected[i], 0.6) << width << "x" << height << " radius " << radius << " at " << i;
          }
        }
      }
    }
  }
}

TEST(GuidedFilter, AConstantMaskStaysConstant) {
  Dice dice(2);
  for (const auto& [width, height] : {std::pair{1, 1}, {50, 40}, {200, 3}, {3, 150}}) {
    const Image picture = test::scene(Scene::noise, PixelFormat::rgb8, width, height, dice);
    for (const auto value : {std::uint8_t{0}, std::uint8_t{77}, std::uint8_t{255}}) {
      for (const int working_side : {16, 1024}) {
        const Image mask = mask_of(Plane(6 * 5, value), 6, 5);
        const Image wide = guided_mask(picture, mask, {working_side, 4, 1e-3}, 1);
        EXPECT_EQ(wide.width(), width);
        EXPECT_EQ(wide.height(), height);
        EXPECT_EQ(wide.format(), PixelFormat::gray8);
        EXPECT_THAT(samples(wide), Each(value));
      }
    }
  }
}

TEST(GuidedFilter, ASoftMaskFollowsTheEdgeOfThePicture) {
  Dice dice(3);
  const int width = 160;
  const int height = 120;
  const auto front = [&](int y, int x) { return std::hypot(x - 80, y - 60) < 40; };
  const Image picture = test::painted(PixelFormat::rgb8, width, height, [&](int y, int x, int c) {
    return (front(y, x) ? 0.8 - 0.2 * c : 0.2 + 0.1 * c) + 0.02 * dice.unit();
  });
  Plane truth, soft;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      truth.push_back(front(y, x) ? 255 : 0);
      const double out = (std::hypot(x - 80, y - 60) - 40) / 6;
      soft.push_back(static_cast<std::uint8_t>(std::lround(255 / (1 + std::exp(2 * out)))));
    }
  }
  // Squares, as a window's mean error of one sign stays: what the filter does is to take it away from the edge.
  const auto error = [&](const Plane& mask) {
    double sum = 0;
    for (std::size_t i = 0; i < mask.size(); ++i) sum += (mask[i] - truth[i]) * (mask[i] - truth[i]);
    return std::sqrt(sum / static_cast<double>(mask.size()));
  };
  // And how far alpha rises from the last pixel outside to the first one inside, along the middle row.
  const auto step = [&](const Plane& mask) { return mask[place(width, 60, 41)] - mask[place(width, 60, 40)]; };
  EXPECT_EQ(step(truth), 255);
  // At the picture's size, and at half of it.
  for (const int working_side : {1024, 80}) {
    const Plane sharp = samples(guided_mask(picture, mask_of(soft, width, height), {working_side, 8, 1e-3}, 1));
    EXPECT_LE(error(sharp), 0.8 * error(soft));
    EXPECT_GE(step(sharp), 4 * step(soft));
  }
}

TEST(GuidedFilter, ThreadsDoNotChangeABit) {
  Dice dice(4);
  const Image picture = test::scene(Scene::smooth, PixelFormat::rgb8, 300, 200, dice);
  Plane mask = test::random_plane(30, 20, 0.5, dice);
  for (std::uint8_t& value : mask) value = value != 0 ? 255 : 0;
  const auto filtered = [&](int threads) {
    return samples(guided_mask(picture, mask_of(mask, 30, 20), {250, 4, 1e-3}, threads));
  };
  const auto alone = filtered(1);
  for (const int threads : {2, 3}) EXPECT_EQ(filtered(threads), alone) << threads;
}

}  // namespace
}  // namespace peel
