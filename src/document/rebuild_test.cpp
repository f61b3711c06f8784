#include "document/rebuild.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "scenes/camera.hpp"

namespace peel::document {
namespace {

constexpr PageShape A4{.kind = PageShape::Kind::forced, .width_mm = 210, .height_mm = 297};

/// An A4 page seen aslant, moved so that its lower side is outside the picture.
scenes::Camera camera_over_page() {
  scenes::Camera camera;
  camera.width = 3000;
  camera.height = 4000;
  camera.tilt_x = 25;
  camera.tilt_y = 8;
  camera.roll = 6;
  camera.distance = 250;
  return camera;
}

/// The sides' stretches in the picture alone: the lower corners are where they cross its lower edge.
Corners seen_of(const Corners& whole, double height) {
  Corners seen = whole;
  for (const auto& [outside, inside] : {std::pair{2, 1}, {3, 0}}) {
    const Point from = whole[static_cast<std::size_t>(inside)];
    const Point to = whole[static_cast<std::size_t>(outside)];
    seen[static_cast<std::size_t>(outside)] = from + ((height - from.y) / (to.y - from.y)) * (to - from);
  }
  return seen;
}

TEST(Rebuild, AKnownShapeSaysWhereTheHiddenSideIs) {
  const scenes::Camera camera = camera_over_page();
  const Corners whole = camera.project(210, 297, {0, 185});
  ASSERT_GT(std::min(whole[2].y, whole[3].y), camera.height + 100);
  const Corners seen = seen_of(whole, camera.height);
  for (std::size_t turn = 0; turn < 4; ++turn) {
    Corners turned = seen;
    std::rotate(turned.begin(), turned.begin() + static_cast<std::ptrdiff_t>(turn), turned.end());
    const auto rebuilt = rebuild(turned, (2 + 4 - turn) % 4, camera.width, camera.height,
                                 pinhole_of(camera.width, camera.height, camera.focal_length_35mm()), A4);
    ASSERT_TRUE(rebuilt) << turn;
    for (std::size_t i = 0; i < 4; ++i) EXPECT_LT(distance((*rebuilt)[i], whole[(i + turn) % 4]), 1) << turn;
  }
}

TEST(Rebuild, WithoutAShapeWhatIsSeenBecomesARectangle) {
  const scenes::Camera camera = camera_over_page();
  const Corners whole = camera.project(210, 297, {0, 185});
  const auto rebuilt = rebuild(seen_of(whole, camera.height), 2, camera.width, camera.height,
                               pinhole_of(camera.width, camera.height, camera.focal_length_35mm()), {});
  ASSERT_TRUE(rebuilt);
  // On the page the new side is square to the others: both its ends are as far down.
  const Homography to_page = inverse(from_rectangle(210, 297, whole));
  EXPECT_NEAR(to_page((*rebuilt)[2]).y, to_page((*rebuilt)[3]).y, 0.5);
  EXPECT_LE(std::max((*rebuilt)[2].y, (*rebuilt)[3].y), camera.height + 0.5);
}

TEST(Rebuild, WhateverTheSidesNothingButAPageComesOut) {
  scenes::Random random(5);
  const Pinhole camera = pinhole_of(3000, 4000, 28);
  int made = 0;
  for (int round = 0; round < 20000; ++round) {
    Corners seen;
    for (Point& p : seen) p = {random.uniform(-300, 3300), random.uniform(-300, 4300)};
    if (!is_convex(seen)) continue;
    for (const PageShape& shape : {A4, PageShape{}}) {
      const auto rebuilt = rebuild(seen, random.below(4), 3000, 4000, camera, shape);
      if (!rebuilt) continue;
      ++made;
      EXPECT_TRUE(is_convex(*rebuilt));
    }
  }
  EXPECT_GT(made, 1000);
}

}  // namespace
}  // namespace peel::document
