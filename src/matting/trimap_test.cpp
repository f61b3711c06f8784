#include "matting/trimap.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "support/matting_planes.hpp"

namespace peel {
namespace {

using test::Dice;
using test::Plane;
using testing::Each;
using testing::ElementsAre;

/// Whether every pixel of the structure around (y, x) is set: a square of `side` whose origin is pixel side / 2, or for
/// 0 a cross. SciPy's binary_erosion in a sentence.
template <typename Set>
bool eroded(int y, int x, int width, int height, int side, bool beyond, const Set& set) {
  const int least = side > 0 ? -(side / 2) : -1;
  const int most = side > 0 ? side - 1 - side / 2 : 1;
  for (int dy = least; dy <= most; ++dy) {
    for (int dx = least; dx <= most; ++dx) {
      if (side == 0 && dy != 0 && dx != 0) continue;
      const bool inside = y + dy >= 0 && y + dy < height && x + dx >= 0 && x + dx < width;
      if (!(inside ? set(test::place(width, y + dy, x + dx)) : beyond)) return false;
    }
  }
  return true;
}

Plane reference_trimap(const Plane& mask, int width, int height, int above, int below, int side) {
  Plane trimap;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const bool front = eroded(y, x, width, height, side, false, [&](std::size_t i) { return mask[i] > above; });
      const bool back = eroded(y, x, width, height, side, true, [&](std::size_t i) { return mask[i] < below; });
      trimap.push_back(back ? 0 : front ? 255 : 128);
    }
  }
  return trimap;
}

TEST(TrimapFromMask, ErodesAsSciPyDoes) {
  Dice dice(1);
  for (const auto& [width, height] : {std::pair{1, 1}, {1, 30}, {30, 1}, {5, 7}, {40, 33}, {300, 21}}) {
    for (const double share : {0.02, 0.98}) {
      // Small holes in large areas, so that there is something to erode and something left after it.
      Plane mask;
      for (std::size_t i = 0; i < test::pixels(width, height); ++i) {
        const bool bright = i % static_cast<std::size_t>(width) > static_cast<std::size_t>(width / 2);
        mask.push_back(dice.chance(0.01)                    ? static_cast<std::uint8_t>(dice.below(256))
                       : bright != dice.chance(share / 100) ? 255
                                                            : 0);
      }
      for (const int side : {0, 1, 2, 3, 9, 10, 11, 64}) {
        const Plane expected = reference_trimap(mask, width, height, 240, 10, side);
        for (const int threads : {1, 3}) {
          const Trimap trimap = trimap_from_mask(mask, width, height, {240, 10, side}, threads);
          EXPECT_EQ(trimap.values, expected) << width << "x" << height << " by " << side;
          EXPECT_EQ(trimap.has_foreground, std::ranges::count(expected, 255) > 0);
          EXPECT_EQ(trimap.has_background, std::ranges::count(expected, 0) > 0);
        }
      }
    }
  }
}

TEST(TrimapFromMask, ErodesForegroundButNotBackgroundAtTheBorder) {
  const Plane bright(12 * 9, 255);
  const Trimap front = trimap_from_mask(bright, 12, 9, {240, 10, 3}, 1);
  EXPECT_EQ(std::ranges::count(front.values, 255), 10 * 7);
  EXPECT_EQ(front.values[0], 128);
  EXPECT_FALSE(front.has_background);
  const Plane dark(12 * 9, 0);
  const Trimap back = trimap_from_mask(dark, 12, 9, {240, 10, 10}, 1);
  EXPECT_THAT(back.values, Each(0));
  EXPECT_FALSE(back.has_foreground);
}

TEST(TrimapFromMask, ThresholdsAreStrict) {
  // By a square of one pixel, which takes nothing away.
  const Plane mask{0, 9, 10, 11, 239, 240, 241, 255};
  EXPECT_THAT(trimap_from_mask(mask, 8, 1, {240, 10, 1}, 1).values, ElementsAre(0, 0, 128, 128, 128, 128, 255, 255));
  EXPECT_THAT(trimap_from_mask(mask, 8, 1, {255, 0, 1}, 1).values, Each(128));
}

TEST(TrimapFromMask, BackgroundWinsWhereAPixelIsBoth) {
  const Plane mask{0, 99, 100, 150, 200, 255};
  EXPECT_THAT(trimap_from_mask(mask, 6, 1, {100, 200, 1}, 1).values, ElementsAre(0, 0, 0, 0, 255, 255));
}

TEST(TrimapFromMask, WithoutASideItGoesByThePicture) {
  EXPECT_EQ(erosion_for(1, 1), 3);
  EXPECT_EQ(erosion_for(349, 100), 3);
  EXPECT_EQ(erosion_for(350, 100), 4);
  EXPECT_EQ(erosion_for(3000, 4000), 40);
  Dice dice(3);
  Plane mask = test::random_plane(350, 20, 0.5, dice);
  for (std::uint8_t& value : mask) value = value != 0 ? 255 : 0;
  EXPECT_EQ(trimap_from_mask(mask, 350, 20, {240, 10, std::nullopt}, 1).values,
            trimap_from_mask(mask, 350, 20, {240, 10, 4}, 1).values);
}

TEST(TrimapFromDrawing, ATenthOfTheRangeIsKnownAtEitherEnd) {
  const Trimap trimap = trimap_from_drawing(Plane{0, 25, 26, 128, 229, 230, 255});
  EXPECT_THAT(trimap.values, ElementsAre(0, 0, 128, 128, 128, 255, 255));
  EXPECT_TRUE(trimap.has_foreground);
  EXPECT_TRUE(trimap.has_background);
  EXPECT_FALSE(trimap_from_drawing(Plane{0, 26}).has_foreground);
  EXPECT_FALSE(trimap_from_drawing(Plane{229, 255}).has_background);
}

}  // namespace
}  // namespace peel
