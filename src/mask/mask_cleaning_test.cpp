// Cleaning a mask, against the plain way to do each step.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "mask/mask_offset.hpp"
#include "peel/error.hpp"
#include "peel/mask.hpp"
#include "support/mask_grid.hpp"

namespace peel {
namespace {

using test::cleaned;
using test::disc_mask;
using test::Grid;
using test::image_of;
using test::masks;

Grid plain_disc(const Grid& grid, int radius, bool grow) {
  Grid out(grid.width, grid.height);
  for (int y = 0; y < grid.height; ++y) {
    for (int x = 0; x < grid.width; ++x) {
      int best = grid.at(x, y);
      for (int v = std::max(0, y - radius); v <= std::min(grid.height - 1, y + radius); ++v) {
        for (int u = std::max(0, x - radius); u <= std::min(grid.width - 1, x + radius); ++u) {
          if ((u - x) * (u - x) + (v - y) * (v - y) > radius * radius) continue;
          best = grow ? std::max(best, grid.at(u, v)) : std::min(best, grid.at(u, v));
        }
      }
      out.at(x, y) = best;
    }
  }
  return out;
}

std::vector<double> plain_blur(const Grid& grid, double sigma) {
  const int radius = static_cast<int>(std::ceil(4 * sigma));
  const auto pass = [&](const std::vector<double>& in, int dx, int dy) {
    std::vector<double> out(in.size());
    std::vector<double> kernel;
    for (int d = -radius; d <= radius; ++d) kernel.push_back(std::exp(-0.5 * d * d / (sigma * sigma)));
    for (int y = 0; y < grid.height; ++y) {
      for (int x = 0; x < grid.width; ++x) {
        double sum = 0;
        double weights = 0;
        for (int d = -radius; d <= radius; ++d) {
          const int u = std::clamp(x + d * dx, 0, grid.width - 1);
          const int v = std::clamp(y + d * dy, 0, grid.height - 1);
          const double weight = kernel[static_cast<std::size_t>(d + radius)];
          sum += weight * in[static_cast<std::size_t>(v * grid.width + u)];
          weights += weight;
        }
        out[static_cast<std::size_t>(y * grid.width + x)] = sum / weights;
      }
    }
    return out;
  };
  return pass(pass({grid.values.begin(), grid.values.end()}, 1, 0), 0, 1);
}

TEST(CleanMask, DoesNothingUnlessAsked) {
  for (const Grid& mask : masks()) EXPECT_EQ(cleaned(mask, {}), mask);
}

TEST(CleanMask, ThresholdTakesTheValueItself) {
  Grid mask(4, 1);
  mask.values = {0, 99, 100, 255};
  EXPECT_THAT(cleaned(mask, {.threshold = 100}).values, testing::ElementsAre(0, 0, 255, 255));
  EXPECT_THAT(cleaned(mask, {.threshold = 0}).values, testing::Each(255));
  EXPECT_THAT(cleaned(mask, {.threshold = 255}).values, testing::ElementsAre(0, 0, 0, 255));
}

TEST(CleanMask, OffsetAsByTakingEveryPixelOfTheDisc) {
  const auto all = masks();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Grid& mask = all[i];
    for (const int radius : {1, 2, 3, 7, 12, 40}) {
      if (radius == 40 && i % 4 != 0) continue;  // taking every pixel is slow
      EXPECT_EQ(cleaned(mask, {.offset = static_cast<double>(radius)}), plain_disc(mask, radius, true)) << radius;
      EXPECT_EQ(cleaned(mask, {.offset = -static_cast<double>(radius)}), plain_disc(mask, radius, false)) << radius;
    }
  }
}

TEST(CleanMask, OffsetIsTheSameAcrossTilesAndThreads) {
  const Grid mask = disc_mask(1100, 130, 530, 60, 50, 6);
  const Grid grown = plain_disc(mask, 9, true);
  for (const int threads : {1, 2, 3}) EXPECT_TRUE(cleaned(mask, {.offset = 9}, threads) == grown) << threads;
}

TEST(CleanMask, AnOffsetBetweenWholeNumbersIsAMixture) {
  for (const Grid& mask : masks()) {
    for (const bool grow : {true, false}) {
      for (const double distance : {0.25, 1.5, 2.8}) {
        const int whole = static_cast<int>(distance);
        const Grid less = plain_disc(mask, whole, grow);
        const Grid more = plain_disc(mask, whole + 1, grow);
        const Grid mixed = cleaned(mask, {.offset = grow ? distance : -distance});
        for (std::size_t i = 0; i < mask.values.size(); ++i) {
          const double share = distance - whole;
          ASSERT_NEAR(mixed.values[i], (1 - share) * less.values[i] + share * more.values[i], 0.51);
        }
      }
    }
  }
}

TEST(CleanMask, AnOffsetMovesASoftEdgeAndKeepsItSoft) {
  const Grid mask = disc_mask(160, 160, 80, 80, 40, 9);
  const Grid grown = cleaned(mask, {.offset = 12.5});
  const Grid wanted = disc_mask(160, 160, 80, 80, 52.5, 9);
  // 28 levels a pixel: a disc made of pixels is up to 0.7 of one short between its axes.
  for (std::size_t i = 0; i < mask.values.size(); ++i) ASSERT_NEAR(grown.values[i], wanted.values[i], 20);
  const Grid back = cleaned(grown, {.offset = -12.5});
  for (std::size_t i = 0; i < mask.values.size(); ++i) ASSERT_NEAR(back.values[i], mask.values[i], 20);
}

TEST(CleanMask, GrowingAndShrinkingByAsMuchIsAClosing) {
  for (const Grid& mask : masks()) {
    const Grid closed = cleaned(cleaned(mask, {.offset = 3}), {.offset = -3});
    for (std::size_t i = 0; i < mask.values.size(); ++i) ASSERT_GE(closed.values[i], mask.values[i]);
    EXPECT_EQ(cleaned(cleaned(closed, {.offset = 3}), {.offset = -3}), closed);
  }
}

TEST(CleanMask, AnOffsetLargerThanTheMaskLeavesOneValue) {
  for (const Grid& mask : masks()) {
    const auto [least, greatest] = std::ranges::minmax(mask.values);
    EXPECT_THAT(cleaned(mask, {.offset = 500}).values, testing::Each(greatest));
    EXPECT_THAT(cleaned(mask, {.offset = -500}).values, testing::Each(least));
  }
}

TEST(CleanMask, FeatherIsAGaussian) {
  for (const Grid& mask : masks()) {
    for (const double feather : {0.5, 2.0, 9.0, 23.0}) {
      const Grid soft = cleaned(mask, {.feather = feather});
      const std::vector<double> wanted = plain_blur(mask, feather / 2);
      for (std::size_t i = 0; i < wanted.size(); ++i) ASSERT_NEAR(soft.values[i], wanted[i], 3) << feather;
    }
  }
}

/// A line of pixels, 255 from the one at `from` on.
Grid edge(int width, int height, int from) {
  Grid line(width, height);
  for (std::size_t i = static_cast<std::size_t>(from); i < line.values.size(); ++i) line.values[i] = 255;
  return line;
}

TEST(CleanMask, AWideFeatherIsNearlyAGaussian) {
  Grid corner(331, 203);
  for (int y = 90; y < 203; ++y) {
    for (int x = 120; x < 331; ++x) corner.at(x, y) = 255;
  }
  for (const double feather : {24.0, 47.0, 48.0, 100.0}) {
    const Grid soft = cleaned(corner, {.feather = feather});
    // Of its rows and of its columns, as a corner is their product.
    const std::vector<double> row = plain_blur(edge(331, 1, 120), feather / 2);
    const std::vector<double> column = plain_blur(edge(1, 203, 90), feather / 2);
    double worst = 0;
    for (int y = 0; y < 203; ++y) {
      for (int x = 0; x < 331; ++x) {
        const double wanted = row[static_cast<std::size_t>(x)] * column[static_cast<std::size_t>(y)] / 255;
        worst = std::max(worst, std::abs(soft.at(x, y) - wanted));
      }
    }
    EXPECT_LT(worst, 3) << feather;
    // Cut off by the picture's edge: as it is there, as far as the blur does not reach across the subject.
    if (feather < 50) {
      EXPECT_EQ(soft.at(330, 202), 255) << feather;
    }
  }
}

TEST(CleanMask, FeatheringLeavesPlainMasksAlone) {
  for (const int value : {0, 255}) {
    for (const auto& [width, height] : {std::pair{1, 1}, {1, 50}, {50, 1}, {37, 41}}) {
      for (const double feather : {1.0, 60.0, 500.0}) {
        EXPECT_THAT(cleaned(Grid(width, height, value), {.feather = feather}).values, testing::Each(value));
      }
    }
  }
}

TEST(CleanMask, WhatIsCleanStaysAsItIs) {
  for (const Grid& mask : masks()) {
    for (const MaskCleaning& cleaning :
         {MaskCleaning{.least_area = {5}}, MaskCleaning{.largest = true}, MaskCleaning{.threshold = 77},
          MaskCleaning{.fill_holes = MaskArea{4}}, MaskCleaning{.fill_holes = MaskArea{100, true}}}) {
      const Grid once = cleaned(mask, cleaning);
      EXPECT_EQ(cleaned(once, cleaning), once) << testing::PrintToString(mask);
    }
  }
}

TEST(CleanMask, TheStepsRunInTheirOrder) {
  for (const Grid& mask : masks()) {
    const MaskCleaning all{.threshold = 90,
                           .least_area = {4},
                           .largest = true,
                           .fill_holes = MaskArea{12},
                           .offset = 1.5,
                           .feather = 3,
                           .invert = true};
    Grid stepwise = cleaned(mask, {.threshold = all.threshold});
    stepwise = cleaned(stepwise, {.least_area = all.least_area, .largest = true});
    stepwise = cleaned(stepwise, {.fill_holes = all.fill_holes});
    stepwise = cleaned(stepwise, {.offset = all.offset});
    stepwise = cleaned(stepwise, {.feather = all.feather});
    for (int& value : stepwise.values) value = 255 - value;
    EXPECT_EQ(cleaned(mask, all), stepwise);
  }
}

TEST(CleanMask, WhatMakesNoSenseIsRefused) {
  const Image mask = image_of(Grid(3, 3, 255));
  const double none = std::numeric_limits<double>::quiet_NaN();
  for (const MaskCleaning& cleaning :
       {MaskCleaning{.threshold = -1}, MaskCleaning{.threshold = 256}, MaskCleaning{.least_area = {-1}},
        MaskCleaning{.least_area = {100.5, true}}, MaskCleaning{.fill_holes = MaskArea{-1}},
        MaskCleaning{.fill_holes = MaskArea{none}}, MaskCleaning{.offset = 501}, MaskCleaning{.offset = -501},
        MaskCleaning{.offset = none}, MaskCleaning{.feather = -1}, MaskCleaning{.feather = 501}}) {
    EXPECT_THROW(clean_mask(mask, cleaning), Error);
  }
  const std::vector<std::uint8_t> rgb(3);
  EXPECT_THROW(clean_mask(Image::from_pixels({rgb.data(), 1, 1, 3, PixelFormat::rgb8}), {}), Error);
  EXPECT_THROW(clean_mask(Image(), {}), Error);
}

}  // namespace
}  // namespace peel
