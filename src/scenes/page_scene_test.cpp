#include "scenes/page_scene.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/geometry.hpp"
#include "peel/document.hpp"
#include "support/pictures.hpp"

namespace peel::scenes {
namespace {

/// White and bare on black, in even light, as sharp as can be.
SyntheticScene plain_scene() {
  SyntheticScene scene;
  scene.camera.width = 400;
  scene.camera.height = 300;
  scene.camera.focal_length = 300;
  scene.camera.tilt_x = 25;
  scene.camera.tilt_y = -10;
  scene.camera.distance = 480;
  scene.table = {0, 0, 0};
  scene.texture = 0;
  scene.light.shadow = 0;
  scene.light.vignette = 0;
  scene.blur = 0;
  scene.noise = 0;
  Sheet page;
  page.colour = {1, 1, 1};
  page.print = Print::bare;
  page.angle = 12;
  page.page = true;
  scene.sheets = {page};
  return scene;
}

int value(const Image& image, int x, int y, int channel = 0) {
  return std::to_integer<int>(image.data()[y * image.stride() + x * channels(image.format()) + channel]);
}

/// From the outline, negative inside.
double outside(const Corners& page, Point p) {
  double farthest = -HUGE_VAL;
  for (std::size_t i = 0; i < 4; ++i) {
    farthest = std::max(farthest, line_through(page[i], page[(i + 1) % 4]).distance_to(p));
  }
  return farthest;
}

TEST(SyntheticPage, OutlineGoesThroughTheCornersThatItTells) {
  const SyntheticPhoto photo = render_page(plain_scene());
  ASSERT_EQ(photo.pages.size(), 1u);
  const Corners& page = photo.pages[0].corners;
  ASSERT_TRUE(is_convex(page));
  double sum = 0;
  for (int y = 0; y < 300; ++y) {
    for (int x = 0; x < 400; ++x) {
      const double out = outside(page, {x + 0.5, y + 0.5});
      const int seen = value(photo.picture, x, y);
      ASSERT_NEAR(seen, value(photo.page_mask, x, y), 1) << x << " " << y;
      if (std::abs(out) > 1.5) {
        ASSERT_EQ(seen, out < 0 ? 255 : 0) << x << " " << y;
      }
      sum += seen / 255.0;
    }
  }
  EXPECT_NEAR(sum, area(page), 0.0005 * area(page)) << "a tenth of a pixel all around would be 0.2 %";
}

TEST(SyntheticPage, FocalLengthAndCornersTellTheTrueRatio) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const SyntheticScene scene = random_scene(SceneKind::whole, seed);
    const TruePage page = true_pages(scene).at(0);
    const AspectRatio ratio = page_aspect_ratio(page.corners, scene.camera.width, scene.camera.height,
                                                scene.camera.focal_length_35mm(), {.kind = PageShape::Kind::none});
    EXPECT_LE(std::abs(ratio.measured / page.aspect_ratio - 1), ratio.uncertainty) << seed;
  }
}

TEST(SyntheticPage, ASceneIsAlwaysTheSame) {
  SyntheticScene scene = plain_scene();
  scene.surface = Surface::wood;
  scene.table = {0.5F, 0.4F, 0.3F};
  scene.texture = 1;
  scene.noise = 3;
  scene.faults.hole = true;
  const SyntheticPhoto photo = render_page(scene);
  const SyntheticPhoto again = render_page(scene);
  EXPECT_TRUE(peel::test::same_pixels(photo.picture, again.picture));
  EXPECT_TRUE(peel::test::same_pixels(photo.mask, again.mask));
  scene.seed = 2;
  const SyntheticPhoto other = render_page(scene);
  EXPECT_FALSE(peel::test::same_pixels(photo.picture, other.picture));
  EXPECT_TRUE(peel::test::same_pixels(photo.page_mask, other.page_mask));
}

TEST(SyntheticPage, NoiseAndBlurAreThoseOfTheScene) {
  SyntheticScene scene = plain_scene();
  scene.table = {0.5F, 0.5F, 0.5F};
  scene.sheets.clear();
  scene.noise = 4;
  const Image noisy = render_page(scene).picture;
  double sum = 0;
  double squares = 0;
  for (std::size_t i = 0; i < noisy.size_bytes(); ++i) {
    const double sample = std::to_integer<int>(noisy.data()[i]);
    sum += sample;
    squares += sample * sample;
  }
  const auto count = static_cast<double>(noisy.size_bytes());
  EXPECT_NEAR(sum / count, 127.5, 0.1);
  EXPECT_NEAR(std::sqrt(squares / count - sum / count * sum / count), 4, 0.1);

  // Across an upright edge the standard deviation of the slope is the blur's.
  scene = plain_scene();
  scene.camera.tilt_x = 0;
  scene.camera.tilt_y = 0;
  scene.sheets[0].angle = 0;
  scene.blur = 2;
  const SyntheticPhoto blurred = render_page(scene);
  const double edge = blurred.pages[0].corners[0].x;
  double weight = 0;
  double spread = 0;
  for (int x = static_cast<int>(edge) - 9; x < edge + 9; ++x) {
    const double slope = value(blurred.picture, x + 1, 150) - value(blurred.picture, x, 150);
    weight += slope;
    spread += slope * (x + 1 - edge) * (x + 1 - edge);
  }
  EXPECT_NEAR(std::sqrt(spread / weight), 2, 0.15);
}

TEST(SyntheticPage, MasksAreSlightlyWrong) {
  SyntheticScene scene = plain_scene();
  const auto agreement = [&] {
    const SyntheticPhoto photo = render_page(scene);
    EXPECT_EQ(photo.mask.width(), 320);
    EXPECT_EQ(photo.mask.height(), 320);
    double both = 0;
    double either = 0;
    for (int y = 0; y < 320; ++y) {
      for (int x = 0; x < 320; ++x) {
        const bool marked = value(photo.mask, x, y) > 127;
        const bool page = value(photo.page_mask, x * 400 / 320, y * 300 / 320) > 127;
        both += marked && page;
        either += marked || page;
      }
    }
    return both / either;
  };
  const double usual = agreement();
  EXPECT_GT(usual, 0.95);
  EXPECT_LT(usual, 0.998);
  scene.faults.hole = true;
  const double holed = agreement();
  EXPECT_LT(holed, usual - 0.002);
  scene.faults.bite = true;
  EXPECT_LT(agreement(), holed);

  scene.sheets.clear();
  for (const auto junk : {MaskFaults::Junk::empty, MaskFaults::Junk::full}) {
    scene.faults.junk = junk;
    scene.faults.hole = scene.faults.bite = false;
    const Image mask = render_page(scene).mask;
    EXPECT_EQ(value(mask, 160, 160) > 127, junk == MaskFaults::Junk::full);
    EXPECT_EQ(value(mask, 3, 300) > 127, junk == MaskFaults::Junk::full);
  }
}

TEST(RandomScene, EachKindIsWhatItsNameSays) {
  const auto corners_inside = [](const SyntheticScene& scene, const TruePage& page) {
    return std::count_if(page.corners.begin(), page.corners.end(), [&](Point p) {
      return p.x > 0 && p.y > 0 && p.x < scene.camera.width && p.y < scene.camera.height;
    });
  };
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const auto count_of = [&](SceneKind kind) {
      const SyntheticScene scene = random_scene(kind, seed);
      const auto pages = true_pages(scene);
      EXPECT_EQ(pages.size(), 1u);
      EXPECT_TRUE(is_convex(pages[0].corners));
      return corners_inside(scene, pages[0]);
    };
    EXPECT_EQ(count_of(SceneKind::whole), 4) << seed;
    EXPECT_EQ(count_of(SceneKind::corner_outside), 3) << seed;
    EXPECT_EQ(count_of(SceneKind::side_outside), 2) << seed;
    EXPECT_EQ(count_of(SceneKind::filling), 0) << seed;
    EXPECT_TRUE(true_pages(random_scene(SceneKind::no_page, seed)).empty());

    const SyntheticScene scene = random_scene(SceneKind::filling, seed);
    const Corners page = true_pages(scene)[0].corners;
    const double w = scene.camera.width;
    const double h = scene.camera.height;
    for (const Point p : {Point{0, 0}, Point{w, 0}, Point{w, h}, Point{0, h}}) EXPECT_LT(outside(page, p), 0) << seed;

    const SyntheticScene group = random_scene(SceneKind::several, seed);
    const auto pages = true_pages(group);
    EXPECT_GE(pages.size(), 2u);
    for (std::size_t i = 0; i < pages.size(); ++i) {
      EXPECT_EQ(corners_inside(group, pages[i]), 4) << seed;
      for (std::size_t k = 0; k < i; ++k) EXPECT_EQ(iou(pages[i].corners, pages[k].corners), 0) << seed;
    }
  }
}

}  // namespace
}  // namespace peel::scenes
