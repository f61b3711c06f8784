#include "base/geometry.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace peel {
namespace {

constexpr Corners SQUARE{{{0, 0}, {10, 0}, {10, 10}, {0, 10}}};

TEST(Geometry, ConvexIsClockwiseAndWithoutCrossing) {
  EXPECT_TRUE(is_convex(SQUARE));
  EXPECT_FALSE(is_convex({{{0, 0}, {0, 10}, {10, 10}, {10, 0}}})) << "counterclockwise";
  EXPECT_FALSE(is_convex({{{0, 0}, {10, 10}, {10, 0}, {0, 10}}})) << "sides cross";
  EXPECT_FALSE(is_convex({{{0, 0}, {10, 0}, {3, 3}, {0, 10}}})) << "dented";
  EXPECT_FALSE(is_convex({{{0, 0}, {5, 0}, {10, 0}, {0, 10}}})) << "a triangle";
  EXPECT_FALSE(is_convex({{{0, 0}, {0, 0}, {0, 0}, {0, 0}}}));
  EXPECT_FALSE(is_convex({{{0, 0}, {10, 0}, {10, std::numeric_limits<double>::quiet_NaN()}, {0, 10}}}));
  EXPECT_FALSE(is_convex({{{0, 0}, {10, 0}, {std::numeric_limits<double>::infinity(), 10}, {0, 10}}}));
}

TEST(Geometry, IouOfShiftedSquares) {
  const Corners shifted{{{5, 0}, {15, 0}, {15, 10}, {5, 10}}};
  EXPECT_NEAR(iou(SQUARE, shifted), 50.0 / 150, 1e-12);
  EXPECT_NEAR(iou(SQUARE, SQUARE), 1, 1e-12);
  EXPECT_EQ(iou(SQUARE, Corners{{{20, 0}, {30, 0}, {30, 10}, {20, 10}}}), 0);
  const Corners inside{{{2, 2}, {4, 2}, {4, 4}, {2, 4}}};
  EXPECT_NEAR(iou(SQUARE, inside), 0.04, 1e-12);
}

TEST(Geometry, OrderBeginsTopLeft) {
  const Corners askew{{{3, 0}, {13, 3}, {10, 13}, {0, 10}}};
  for (std::size_t first = 0; first < 4; ++first) {
    Corners turned;
    Corners mirrored;
    for (std::size_t i = 0; i < 4; ++i) {
      turned[i] = askew[(first + i) % 4];
      mirrored[3 - i] = turned[i];
    }
    for (const Corners& c : {in_order(turned), in_order(mirrored)}) {
      EXPECT_EQ(c[0].x, 3);
      EXPECT_EQ(c[1].x, 13);
      EXPECT_EQ(c[3].x, 0);
    }
  }
}

TEST(Geometry, HomographyTakesTheRectangleThereAndBack) {
  const Corners corners{{{100, 80}, {900, 130}, {1200, 1500}, {-50, 1400}}};
  const Homography there = from_rectangle(210, 297, corners);
  const Homography back = inverse(there);
  const Corners rectangle{{{0, 0}, {210, 0}, {210, 297}, {0, 297}}};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(distance(there(rectangle[i]), corners[i]), 0, 1e-9);
    EXPECT_NEAR(distance(back(corners[i]), rectangle[i]), 0, 1e-9);
  }
  const Point inside{70, 200};
  EXPECT_NEAR(distance(back(there(inside)), inside), 0, 1e-9);
}

TEST(Geometry, LinesMeet) {
  const auto p = intersection(line_through({0, 0}, {10, 10}), line_through({0, 10}, {10, 0}));
  ASSERT_TRUE(p);
  EXPECT_NEAR(distance(*p, {5, 5}), 0, 1e-12);
  EXPECT_FALSE(intersection(line_through({0, 0}, {10, 0}), line_through({0, 5}, {10, 5})));
  EXPECT_FALSE(intersection(line_through({0, 0}, {0, 0}), line_through({0, 5}, {10, 5})));
  EXPECT_NEAR(line_through({0, 3}, {10, 3}).distance_to({4, 5}), -2, 1e-12);
}

}  // namespace
}  // namespace peel
