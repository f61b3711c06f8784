// Islands and holes of a mask, against flooding pixel by pixel.

#include "mask/mask_pieces.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "peel/mask.hpp"
#include "support/mask_grid.hpp"

namespace peel {
namespace {

using test::cleaned;
using test::disc_mask;
using test::Grid;
using test::masks;

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

TEST(MaskPieces, IslandsAsByFlooding) {
  for (const Grid& mask : masks()) {
    for (const MaskArea least : {MaskArea{1}, {3.5}, {40}, {2, true}, {100, true}}) expect_islands(mask, least, false);
    expect_islands(mask, {}, true);
    expect_islands(mask, {9}, true);
  }
}

TEST(MaskPieces, FaintValuesPartWhereTheyAreLeast) {
  Grid mask(13, 1);
  mask.values = {0, 200, 50, 30, 33, 20, 40, 60, 100, 30, 0, 9, 0};
  EXPECT_THAT(cleaned(mask, {.largest = true}).values,
              testing::ElementsAre(0, 200, 50, 30, 33, testing::AnyOf(0, 20), 0, 0, 0, 0, 0, 0, 0));
  // Nothing goes but what belongs to no piece.
  EXPECT_THAT(cleaned(mask, {.least_area = {0.1}}).values,
              testing::ElementsAre(0, 200, 50, 30, 33, 20, 40, 60, 100, 30, 0, 0, 0));
}

TEST(MaskPieces, HolesAsByFlooding) {
  for (const Grid& mask : masks()) {
    for (const MaskArea below : {MaskArea{0}, {2}, {6.5}, {1, true}, {100, true}}) {
      EXPECT_EQ(cleaned(mask, {.fill_holes = below}), plain_filling(mask, below)) << testing::PrintToString(mask);
    }
  }
}

TEST(MaskPieces, AnIslandGoesWithItsHaloAndTheSubjectKeepsItsOwn) {
  const Grid subject = disc_mask(200, 120, 60, 60, 35, 14);
  const Grid island = disc_mask(200, 120, 165, 60, 6, 14);
  Grid both = subject;
  for (std::size_t i = 0; i < both.values.size(); ++i) both.values[i] = std::max(both.values[i], island.values[i]);
  ASSERT_NE(both, subject);
  EXPECT_EQ(cleaned(both, {.least_area = {400}}), subject);
  EXPECT_EQ(cleaned(both, {.largest = true}), subject);
  EXPECT_EQ(cleaned(both, {.least_area = {50}}), both);
}

TEST(MaskPieces, AHoleIsFilledWithItsRimAndTheOutlineStays) {
  const Grid whole = disc_mask(200, 120, 100, 60, 45, 14);
  const Grid hole = disc_mask(200, 120, 105, 60, 12, 10);
  Grid pierced = whole;
  for (std::size_t i = 0; i < whole.values.size(); ++i) pierced.values[i] -= std::min(whole.values[i], hole.values[i]);
  ASSERT_NE(pierced, whole);
  EXPECT_EQ(cleaned(pierced, {.fill_holes = MaskArea{100, true}}), whole);
  EXPECT_EQ(cleaned(pierced, {.fill_holes = MaskArea{600}}), whole);
  EXPECT_EQ(cleaned(pierced, {.fill_holes = MaskArea{300}}), pierced);
}

}  // namespace
}  // namespace peel
