#include "matting/region.hpp"

#include <gtest/gtest.h>

#include <set>
#include <utility>

#include "support/matting_planes.hpp"

namespace peel {
namespace {

using test::Dice;
using test::Plane;
using Pixels = std::set<std::pair<int, int>>;  ///< y, x

/// The pixels of a region, after looking at what every region promises: rows and runs in their order, with room between
/// runs, counted without gaps.
Pixels checked(const Region& region) {
  Pixels pixels;
  std::size_t at = 0;
  const Run* before = nullptr;
  for (const peel::Run& run : region.runs()) {
    EXPECT_LT(run.begin, run.end);
    EXPECT_EQ(run.at, at);
    EXPECT_TRUE(run.y >= 0 && run.y < region.height());
    if (before) {
      EXPECT_TRUE(before->y < run.y || (before->y == run.y && before->end < run.begin));
    }
    for (int x = run.begin; x < run.end; ++x) pixels.insert({run.y, x});
    at += static_cast<std::size_t>(run.length());
    before = &run;
  }
  EXPECT_EQ(region.size(), at);
  EXPECT_EQ(region.empty(), at == 0);
  std::size_t in_rows = 0;
  for (int y = 0; y < region.height(); ++y) {
    for (const Run& run : region.row(y)) EXPECT_EQ(run.y, y);
    in_rows += region.row(y).size();
  }
  EXPECT_EQ(in_rows, region.runs().size());
  return pixels;
}

template <typename Place>
Pixels mapped(const Pixels& pixels, const Place& place) {
  Pixels result;
  for (const auto& [y, x] : pixels) result.insert(place(y, x));
  return result;
}

Pixels dilated(const Pixels& pixels, int radius, int height) {
  Pixels result;
  for (const auto& [y, x] : pixels) {
    for (int dy = -radius; dy <= radius; ++dy) {
      for (int dx = -radius; dx <= radius; ++dx) {
        if (y + dy >= 0 && y + dy < height) result.insert({y + dy, x + dx});
      }
    }
  }
  return result;
}

/// Calls body(region, its pixels) for planes of all shapes: single pixels, lines, empty and full ones.
template <typename Body>
void for_planes(const Body& body) {
  Dice dice(1);
  for (const auto& [width, height] : {std::pair{1, 1}, {1, 9}, {9, 1}, {2, 2}, {7, 5}, {16, 16}, {33, 12}, {70, 3}}) {
    for (const double share : {0.0, 0.05, 0.3, 0.5, 0.9, 1.0}) {
      const Plane plane = test::random_plane(width, height, share, dice);
      Pixels pixels;
      for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
          if (plane[test::place(width, y, x)] != 0) pixels.insert({y, x});
        }
      }
      SCOPED_TRACE(testing::Message() << width << "x" << height << " share " << share);
      body(test::region_of(plane, width, height), pixels);
    }
  }
}

TEST(Region, HoldsThePixelsOfAPlane) {
  for_planes([](const Region& region, const Pixels& pixels) { EXPECT_EQ(checked(region), pixels); });
  EXPECT_TRUE(Region().empty());
}

TEST(Region, AsksTheTableForEveryValue) {
  const Plane plane{0, 1, 2, 127, 128, 254, 255};
  std::array<std::uint8_t, 256> inside{};
  inside[1] = inside[128] = inside[255] = 1;
  EXPECT_EQ(checked(Region::of(plane.data(), 7, 1, inside)), (Pixels{{0, 1}, {0, 4}, {0, 6}}));
}

TEST(Region, FindsTheRunOfAPixel) {
  for_planes([](const Region& region, const Pixels& pixels) {
    for (int y = -2; y < region.height() + 2; ++y) {
      for (int x = -3; x < region.width() + 3; ++x) {
        const peel::Run* const run = region.find(y, x);
        ASSERT_EQ(run != nullptr, pixels.contains({y, x})) << y << " " << x;
        if (run) {
          EXPECT_TRUE(run->y == y && run->begin <= x && x < run->end);
        }
      }
    }
  });
}

TEST(Region, TakesSomeRows) {
  for_planes([](const Region& region, const Pixels& pixels) {
    for (const auto& [top, bottom] : {std::pair{0, 1}, {-5, 2}, {1, 100}, {2, 4}, {3, 3}, {-1, 200}}) {
      Pixels some;
      for (const auto& [y, x] : pixels) {
        if (y >= top && y < bottom) some.insert({y, x});
      }
      EXPECT_EQ(checked(region.rows(top, bottom)), some) << top << " " << bottom;
    }
  });
}

TEST(Region, DilatesOverTheSidesButNotOverTopAndBottom) {
  for_planes([](const Region& region, const Pixels& pixels) {
    for (const int radius : {0, 1, 2, 3}) {
      const Region wide = region.dilated(radius);
      EXPECT_EQ(checked(wide), dilated(pixels, radius, region.height())) << radius;
      EXPECT_EQ(checked(wide.dilated(1)), dilated(dilated(pixels, radius, region.height()), 1, region.height()));
      // What a stencil relies on: around a run there is one run in each row.
      for (const peel::Run& run : region.runs()) {
        for (int y = std::max(0, run.y - radius); y <= std::min(region.height() - 1, run.y + radius); ++y) {
          const peel::Run* const around = wide.find(y, run.begin);
          ASSERT_TRUE(around);
          EXPECT_TRUE(around->begin <= run.begin - radius && around->end >= run.end + radius);
        }
      }
    }
  });
}

TEST(Region, HalvesToEveryPixelThatIsOverOne) {
  const auto floor_half = [](int i) { return (i - (i % 2 != 0 && i < 0 ? 1 : 0)) / 2; };
  const auto half = [&](int y, int x) { return std::pair{floor_half(y), floor_half(x)}; };
  for_planes([&](const Region& region, const Pixels& pixels) {
    const Region once = region.halved();
    EXPECT_EQ(once.width(), (region.width() + 1) / 2);
    EXPECT_EQ(once.height(), (region.height() + 1) / 2);
    EXPECT_EQ(checked(once), mapped(pixels, half));
    EXPECT_EQ(checked(once.halved()), mapped(mapped(pixels, half), half));
    EXPECT_EQ(checked(region.dilated(1).halved()), mapped(dilated(pixels, 1, region.height()), half));
  });
}

TEST(Region, ScalesDownToWherePixelsStand) {
  for_planes([](const Region& region, const Pixels& pixels) {
    for (const auto& [part_x, part_y] : {std::pair{1, 1}, {1, 3}, {2, 1}, {2, 3}, {5, 7}, {100, 100}}) {
      const int width = std::max(1, region.width() / part_x);
      const int height = std::max(1, region.height() / part_y);
      const auto scaled = [&](int y, int x) {
        return std::pair{y * height / region.height(), std::clamp(x, 0, region.width() - 1) * width / region.width()};
      };
      const Region small = region.scaled(width, height);
      EXPECT_EQ(small.width(), width);
      EXPECT_EQ(small.height(), height);
      EXPECT_EQ(checked(small), mapped(pixels, scaled)) << width << "x" << height;
      EXPECT_EQ(checked(region.dilated(2).scaled(width, height)), mapped(dilated(pixels, 2, region.height()), scaled));
    }
  });
}

}  // namespace
}  // namespace peel
