// Cleaning a mask, against the plain way to do each step.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "mask/mask_offset.hpp"
#include "mask/mask_pieces.hpp"
#include "peel/error.hpp"
#include "peel/mask.hpp"
#include "support/noise.hpp"

namespace peel {
namespace {

struct Grid {
  int width = 0;
  int height = 0;
  std::vector<int> values;

  Grid(int w, int h, int value = 0)
      : width(w), height(h), values(static_cast<std::size_t>(w) * static_cast<std::size_t>(h), value) {}
  int& at(int x, int y) { return values[static_cast<std::size_t>(y * width + x)]; }
  int at(int x, int y) const { return values[static_cast<std::size_t>(y * width + x)]; }
  bool holds(int x, int y) const { return x >= 0 && y >= 0 && x < width && y < height; }
  bool operator==(const Grid&) const = default;
};

void PrintTo(const Grid& grid, std::ostream* stream) {
  for (int y = 0; y < grid.height; ++y) {
    *stream << '\n';
    for (int x = 0; x < grid.width; ++x) *stream << grid.at(x, y) << ' ';
  }
}

Image image_of(const Grid& grid) {
  const std::vector<std::uint8_t> bytes(grid.values.begin(), grid.values.end());
  return Image::from_pixels({bytes.data(), grid.width, grid.height, grid.width, PixelFormat::gray8});
}

Grid grid_of(const Image& mask) {
  Grid grid(mask.width(), mask.height());
  for (std::size_t i = 0; i < grid.values.size(); ++i) grid.values[i] = std::to_integer<int>(mask.data()[i]);
  return grid;
}

Grid cleaned(const Grid& grid, const MaskCleaning& cleaning, int threads = 2) {
  return grid_of(clean_mask(image_of(grid), cleaning, threads));
}

/// Masks of all sorts: noise, blots with soft edges, faint haze, plain ones; of all proportions.
std::vector<Grid> masks() {
  std::vector<Grid> result;
  std::uint32_t seed = 1;
  for (const auto& [width, height] :
       {std::pair{1, 1}, {1, 17}, {23, 1}, {8, 8}, {13, 9}, {40, 31}, {70, 45}, {64, 16}}) {
    for (const int levels : {2, 4, 256}) {
      Grid noise(width, height);
      const auto bytes = test::noise(noise.values.size(), ++seed);
      for (std::size_t i = 0; i < bytes.size(); ++i) noise.values[i] = bytes[i] * levels / 256 * 255 / (levels - 1);
      result.push_back(noise);
      // Averages of it: what hangs together is larger, and soft.
      for (const int reach : {1, 2}) {
        Grid soft(width, height);
        for (int y = 0; y < height; ++y) {
          for (int x = 0; x < width; ++x) {
            int sum = 0;
            int count = 0;
            for (int v = y - reach; v <= y + reach; ++v) {
              for (int u = x - reach; u <= x + reach; ++u) {
                if (noise.holds(u, v)) sum += noise.at(u, v), ++count;
              }
            }
            soft.at(x, y) = std::clamp((sum / count - 128) * 4 + 100, 0, 255);
          }
        }
        result.push_back(soft);
      }
    }
    result.emplace_back(width, height, 0);
    result.emplace_back(width, height, 5);
    result.emplace_back(width, height, 255);
  }
  return result;
}

constexpr std::array<std::pair<int, int>, 8> AROUND{
    {{-1, 0}, {1, 0}, {0, -1}, {0, 1}, {-1, -1}, {1, -1}, {-1, 1}, {1, 1}}};

/// All pixels that `goes` leads to from `start`, over the first so many of the neighbours around each.
template <typename Goes>
std::vector<std::pair<int, int>> flood(const Grid& grid, std::vector<std::pair<int, int>> start, std::size_t around,
                                       Goes goes) {
  Grid seen(grid.width, grid.height);
  for (const auto& [x, y] : start) seen.at(x, y) = 1;
  for (std::size_t i = 0; i < start.size(); ++i) {
    const auto [x, y] = start[i];
    for (std::size_t k = 0; k < around; ++k) {
      const int u = x + AROUND[k].first;
      const int v = y + AROUND[k].second;
      if (!grid.holds(u, v) || seen.at(u, v) || !goes(grid.at(x, y), grid.at(u, v))) continue;
      seen.at(u, v) = 1;
      start.emplace_back(u, v);
    }
  }
  return start;
}

using Places = std::vector<std::pair<int, int>>;

/// What hangs together, piece by piece, in the order of their first pixels.
template <typename Inside>
std::vector<Places> pieces_of(const Grid& grid, std::size_t around, Inside inside) {
  std::vector<Places> pieces;
  Grid taken(grid.width, grid.height);
  for (int y = 0; y < grid.height; ++y) {
    for (int x = 0; x < grid.width; ++x) {
      if (taken.at(x, y) || !inside(grid.at(x, y))) continue;
      pieces.push_back(flood(grid, {{x, y}}, around, [&](int, int there) { return inside(there); }));
      for (const auto& [u, v] : pieces.back()) taken.at(u, v) = 1;
    }
  }
  return pieces;
}

double pixels_of(const MaskArea& area, const Grid& grid) {
  return area.percent ? area.amount / 100 * grid.width * grid.height : area.amount;
}

/// For each faint value the height of the highest way to one of the pieces, a way being as high as its lowest value; 0
/// where none leads there.
Grid heights_from(const Grid& grid, const std::vector<Places>& pieces) {
  Grid heights(grid.width, grid.height);
  for (const Places& piece : pieces) {
    for (const auto& [x, y] : piece) heights.at(x, y) = 255;
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (int y = 0; y < grid.height; ++y) {
      for (int x = 0; x < grid.width; ++x) {
        if (grid.at(x, y) >= PIECE_LEVEL) continue;
        for (const auto& [dx, dy] : AROUND) {
          if (!grid.holds(x + dx, y + dy)) continue;
          const int height = std::min(grid.at(x, y), heights.at(x + dx, y + dy));
          if (height <= heights.at(x, y)) continue;
          heights.at(x, y) = height;
          changed = true;
        }
      }
    }
  }
  return heights;
}

/// Where ways to a piece that stays and to one that goes are equally high, either may have the value: -1.
Grid plain_islands(const Grid& grid, const MaskArea& least, bool largest) {
  const auto sum = [&](const Places& piece) {
    int total = 0;
    for (const auto& [x, y] : piece) total += grid.at(x, y);
    return total;
  };
  const auto pieces = pieces_of(grid, 8, [](int value) { return value >= PIECE_LEVEL; });
  const auto best = std::ranges::max_element(pieces, {}, sum);
  std::vector<Places> staying;
  std::vector<Places> going;
  for (auto piece = pieces.begin(); piece != pieces.end(); ++piece) {
    const bool stays = sum(*piece) >= 255 * pixels_of(least, grid) && (!largest || piece == best);
    (stays ? staying : going).push_back(*piece);
  }
  const Grid to_staying = heights_from(grid, staying);
  const Grid to_going = heights_from(grid, going);
  Grid out(grid.width, grid.height);
  for (std::size_t i = 0; i < out.values.size(); ++i) {
    const int a = to_staying.values[i];
    const int b = to_going.values[i];
    out.values[i] = a > b ? grid.values[i] : a == b && a > 0 ? -1 : 0;
  }
  return out;
}

void expect_islands(const Grid& mask, const MaskArea& least, bool largest) {
  const Grid result = cleaned(mask, {.least_area = least, .largest = largest});
  Grid wanted = plain_islands(mask, least, largest);
  for (std::size_t i = 0; i < wanted.values.size(); ++i) {
    if (wanted.values[i] != -1) continue;
    ASSERT_TRUE(result.values[i] == 0 || result.values[i] == mask.values[i]);
    wanted.values[i] = result.values[i];
  }
  ASSERT_EQ(result, wanted) << testing::PrintToString(mask);
}

Grid plain_filling(const Grid& grid, const MaskArea& below) {
  Grid out = grid;
  for (const Places& hole : pieces_of(grid, 4, [](int value) { return value < 128; })) {
    int missing = 0;
    bool at_edge = false;
    for (const auto& [x, y] : hole) {
      missing += 255 - grid.at(x, y);
      at_edge = at_edge || x == 0 || y == 0 || x == grid.width - 1 || y == grid.height - 1;
    }
    if (at_edge || missing >= 255 * pixels_of(below, grid)) continue;
    const auto rising = [](int here, int there) { return there >= 128 && there >= here && there < 255; };
    for (const auto& [x, y] : flood(grid, hole, 8, rising)) out.at(x, y) = 255;
  }
  return out;
}

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

Grid disc_mask(int width, int height, double cx, double cy, double radius, double softness) {
  Grid grid(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const double inside = (radius - std::hypot(x - cx, y - cy)) / softness + 0.5;
      grid.at(x, y) = static_cast<int>(std::lround(255 * std::clamp(inside, 0.0, 1.0)));
    }
  }
  return grid;
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

TEST(CleanMask, IslandsAsByFlooding) {
  for (const Grid& mask : masks()) {
    for (const MaskArea least : {MaskArea{1}, {3.5}, {40}, {2, true}, {100, true}}) expect_islands(mask, least, false);
    expect_islands(mask, {}, true);
    expect_islands(mask, {9}, true);
  }
}

TEST(CleanMask, FaintValuesPartWhereTheyAreLeast) {
  Grid mask(13, 1);
  mask.values = {0, 200, 50, 30, 33, 20, 40, 60, 100, 30, 0, 9, 0};
  EXPECT_THAT(cleaned(mask, {.largest = true}).values,
              testing::ElementsAre(0, 200, 50, 30, 33, testing::AnyOf(0, 20), 0, 0, 0, 0, 0, 0, 0));
  // Nothing goes but what belongs to no piece.
  EXPECT_THAT(cleaned(mask, {.least_area = {0.1}}).values,
              testing::ElementsAre(0, 200, 50, 30, 33, 20, 40, 60, 100, 30, 0, 0, 0));
}

TEST(CleanMask, HolesAsByFlooding) {
  for (const Grid& mask : masks()) {
    for (const MaskArea below : {MaskArea{0}, {2}, {6.5}, {1, true}, {100, true}}) {
      EXPECT_EQ(cleaned(mask, {.fill_holes = below}), plain_filling(mask, below)) << testing::PrintToString(mask);
    }
  }
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

TEST(CleanMask, AnIslandGoesWithItsHaloAndTheSubjectKeepsItsOwn) {
  const Grid subject = disc_mask(200, 120, 60, 60, 35, 14);
  const Grid island = disc_mask(200, 120, 165, 60, 6, 14);
  Grid both = subject;
  for (std::size_t i = 0; i < both.values.size(); ++i) both.values[i] = std::max(both.values[i], island.values[i]);
  ASSERT_NE(both, subject);
  EXPECT_EQ(cleaned(both, {.least_area = {400}}), subject);
  EXPECT_EQ(cleaned(both, {.largest = true}), subject);
  EXPECT_EQ(cleaned(both, {.least_area = {50}}), both);
}

TEST(CleanMask, AHoleIsFilledWithItsRimAndTheOutlineStays) {
  const Grid whole = disc_mask(200, 120, 100, 60, 45, 14);
  const Grid hole = disc_mask(200, 120, 105, 60, 12, 10);
  Grid pierced = whole;
  for (std::size_t i = 0; i < whole.values.size(); ++i) pierced.values[i] -= std::min(whole.values[i], hole.values[i]);
  ASSERT_NE(pierced, whole);
  EXPECT_EQ(cleaned(pierced, {.fill_holes = MaskArea{100, true}}), whole);
  EXPECT_EQ(cleaned(pierced, {.fill_holes = MaskArea{600}}), whole);
  EXPECT_EQ(cleaned(pierced, {.fill_holes = MaskArea{300}}), pierced);
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
