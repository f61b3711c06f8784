#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "base/geometry.hpp"
#include "peel/document.hpp"
#include "scenes/camera.hpp"
#include "support/error_of.hpp"

namespace peel::document {
namespace {

using scenes::Camera;
using scenes::Random;

constexpr double A4_RATIO = 210.0 / 297;

Camera tilted(double x, double y, double roll = 0) {
  Camera camera;
  camera.tilt_x = x;
  camera.tilt_y = y;
  camera.roll = roll;
  camera.distance = 495;  // an A4 page as high as three fifths of the picture
  return camera;
}

struct Draws {
  double p95 = 0;          ///< of the measured ratio's error, relative
  double covered = 0;      ///< share whose true ratio lies within the uncertainty
  double uncertainty = 0;  ///< median
  double snapped = 0;      ///< share taken for A4
  int wrong = 0;           ///< taken for another format
  std::map<std::string, int> methods;

  std::string commonest_method() const {
    return std::max_element(methods.begin(), methods.end(), [](auto& a, auto& b) { return a.second < b.second; })
        ->first;
  }
};

Draws draw(const Camera& camera, double noise_pixels, std::optional<double> focal_length_35mm) {
  constexpr int COUNT = 1000;
  Random random(4);
  const Corners truth = camera.project(210, 297);
  Draws result;
  std::vector<double> errors;
  std::vector<double> uncertainties;
  errors.reserve(COUNT);
  uncertainties.reserve(COUNT);
  for (int i = 0; i < COUNT; ++i) {
    Corners seen = truth;
    for (Point& corner : seen) corner = corner + noise_pixels * Point{random.normal(), random.normal()};
    const AspectRatio ratio = page_aspect_ratio(seen, camera.width, camera.height, focal_length_35mm);
    errors.push_back(std::abs(ratio.measured / A4_RATIO - 1));
    uncertainties.push_back(ratio.uncertainty);
    result.covered += (errors.back() <= ratio.uncertainty) / double{COUNT};
    result.snapped += (ratio.format == "a4") / double{COUNT};
    result.wrong += !ratio.format.empty() && ratio.format != "a4";
    ++result.methods[ratio.method];
  }
  std::sort(errors.begin(), errors.end());
  std::sort(uncertainties.begin(), uncertainties.end());
  result.p95 = errors[COUNT * 95 / 100];
  result.uncertainty = uncertainties[COUNT / 2];
  return result;
}

TEST(PageAspectRatio, TrueRatioLiesWithinTheUncertainty) {
  struct Case {
    Camera camera;
    double p95_without_exif, p95_with_exif;  // at 3 pixels of noise in a picture of 12 megapixels
    double uncertainty_without_exif, uncertainty_with_exif;
    const char* method;
  };
  // Zhang and He's free focal length errs by 0.8 to 2.4 % here and by 31 % where only one pair of sides converges.
  const Case cases[] = {
      {tilted(0, 0), 0.006, 0.006, 0.010, 0.010, "parallel"},
      {tilted(0, 0, 20), 0.006, 0.006, 0.010, 0.010, "parallel"},
      {tilted(5, 3), 0.008, 0.007, 0.012, 0.011, "prior"},
      {tilted(15, 10), 0.010, 0.009, 0.016, 0.015, "corners"},
      {tilted(30, 10), 0.018, 0.013, 0.030, 0.025, "corners"},
      {tilted(40, 20), 0.018, 0.016, 0.030, 0.030, "corners"},
      {tilted(30, 0), 0.070, 0.013, 0.350, 0.030, "prior"},
  };
  for (const Case& c : cases) {
    for (const double noise : {1.0, 3.0}) {
      const std::string label = std::to_string(c.camera.tilt_x) + ", " + std::to_string(c.camera.tilt_y) +
                                " degrees, " + std::to_string(noise) + " pixels";
      const Draws without = draw(c.camera, noise, {});
      EXPECT_GE(without.covered, 0.95) << label;
      EXPECT_LE(without.p95, c.p95_without_exif) << label;
      EXPECT_LE(without.uncertainty, c.uncertainty_without_exif) << label;
      EXPECT_EQ(without.commonest_method(), c.method) << label;
      const Draws with = draw(c.camera, noise, c.camera.focal_length_35mm());
      EXPECT_GE(with.covered, 0.95) << label;
      EXPECT_LE(with.p95, c.p95_with_exif) << label;
      EXPECT_LE(with.uncertainty, c.uncertainty_with_exif) << label;
      EXPECT_GE(with.snapped, 0.95) << label;
      EXPECT_EQ(without.wrong + with.wrong, 0) << label;
    }
  }
}

TEST(PageAspectRatio, CamerasFromWideToNormalAreCovered) {
  for (const double focal_length : {2500.0, 3000.0, 4000.0, 5000.0}) {
    for (Camera camera : {tilted(5, 3), tilted(20, 15, 10), tilted(35, 10, 40)}) {
      camera.distance *= focal_length / camera.focal_length;
      camera.focal_length = focal_length;
      EXPECT_GE(draw(camera, 3, {}).covered, 0.95) << focal_length << " " << camera.tilt_x;
    }
  }
}

TEST(PageAspectRatio, OnePairOfParallelSidesTellsNoFocalLength) {
  // So the ratio is as uncertain as what is usual, and no format is taken by luck.
  const Draws draws = draw(tilted(30, 0), 1, {});
  EXPECT_GT(draws.uncertainty, 0.1);
  EXPECT_EQ(draws.snapped, 0);
  EXPECT_EQ(draws.commonest_method(), "prior");
}

TEST(PageAspectRatio, AWrongFocalLengthIsContradictedByTheCorners) {
  const Camera camera = tilted(40, 20);
  const Draws draws = draw(camera, 1, 1.2 * camera.focal_length_35mm());
  EXPECT_GE(draws.covered, 0.95);
  EXPECT_LE(draws.p95, 0.07);
  EXPECT_EQ(draws.snapped, 0);
}

TEST(PageAspectRatio, ACroppedPictureIsNotBelieved) {
  // The left third of the photograph is gone: its centre is no longer the principal point. Not every pose shows it.
  const Camera camera = tilted(-38, -17, 23);
  Corners corners = camera.project(210, 297);
  for (Point& corner : corners) corner.x -= camera.width / 3.0;
  const AspectRatio ratio = page_aspect_ratio(corners, camera.width * 2 / 3, camera.height, camera.focal_length_35mm());
  EXPECT_LE(std::abs(ratio.measured / A4_RATIO - 1), ratio.uncertainty);
  EXPECT_EQ(ratio.format, "");
}

TEST(PageAspectRatio, CornersThatNoCameraSeesFallBackToWhatIsUsual) {
  const Corners kite{{{875, 532}, {3210, 687}, {2750, 2669}, {1195, 2691}}};
  const AspectRatio ratio = page_aspect_ratio(kite, 4000, 3000);
  EXPECT_EQ(ratio.method, "prior");
  EXPECT_GT(ratio.uncertainty, page_aspect_ratio(tilted(15, 10).project(210, 297), 4000, 3000).uncertainty);
}

TEST(PageAspectRatio, WhereTheCornersSayThatTheFocalLengthIsNoNumberItIsTheUsualOne) {
  // Of a page that software sheared: the right angle wants a 1/f^2 just below 0, which is not to be taken for 0.
  const Corners sheared{{{100, 250}, {900, 100}, {1000, 1180}, {200, 1450}}};
  const AspectRatio ratio = page_aspect_ratio(sheared, 1100, 1550);
  EXPECT_EQ(ratio.method, "prior");
  EXPECT_NEAR(ratio.measured, 0.7, 0.2);
  EXPECT_TRUE(ratio.is_guess());
  EXPECT_FALSE(page_aspect_ratio(sheared, 1100, 1550, {}, parse_page_shape("a4")).is_guess());
  EXPECT_FALSE(page_aspect_ratio(tilted(15, 10).project(210, 297), 4000, 3000).is_guess());
}

TEST(PageAspectRatio, LandscapeIsTheInverse) {
  const Camera camera = tilted(20, 10);
  const AspectRatio ratio = page_aspect_ratio(camera.project(297, 210), 4000, 3000, camera.focal_length_35mm());
  EXPECT_NEAR(ratio.measured, 297.0 / 210, 1e-3);
  EXPECT_EQ(ratio.format, "a4");
  EXPECT_DOUBLE_EQ(ratio.ratio, 297.0 / 210);
}

TEST(PageAspectRatio, EveryFormatIsTakenForItselfAndNothingElseForOne) {
  const Camera camera = tilted(12, 8);
  const auto seen = [&](double width, double height, const PageShape& shape = {}) {
    const double scale = 297 / std::max(width, height);
    return page_aspect_ratio(camera.project(width * scale, height * scale), 4000, 3000, camera.focal_length_35mm(),
                             shape);
  };
  for (const PageFormat& format : page_formats()) {
    // A receipt is as long as Legal paper, and a notepad as a card.
    const std::string_view taken = format.by_shape ? format.name : "";
    EXPECT_EQ(seen(format.width_mm, format.height_mm).format, taken);
    EXPECT_EQ(seen(format.height_mm, format.width_mm).format, taken);
  }
  for (const double other : {1.0, 0.75, 2.0 / 3, 0.5, 0.25}) {
    const AspectRatio ratio = seen(other, 1);
    EXPECT_EQ(ratio.format, "") << other;
    EXPECT_EQ(ratio.ratio, ratio.measured);
    EXPECT_NEAR(ratio.measured, other, 2e-3 * other);
  }
  const AspectRatio none = seen(210, 297, {.kind = PageShape::Kind::none});
  EXPECT_EQ(none.format, "");
  EXPECT_EQ(none.ratio, none.measured);
}

TEST(PageAspectRatio, BetweenTwoFormatsNeitherIsTaken) {
  // Half way from A4 to Letter, seen from so far aside that either could be.
  const double between = std::sqrt((210.0 / 297) * (215.9 / 279.4));
  const AspectRatio ratio = page_aspect_ratio(tilted(30, 10).project(297 * between, 297), 4000, 3000, 26.0);
  EXPECT_EQ(ratio.format, "");
}

TEST(PageAspectRatio, AForcedShapeLiesAsThePictureShowsIt) {
  const Camera camera = tilted(10, 10);
  const PageShape a4 = parse_page_shape("a4");
  const AspectRatio wide = page_aspect_ratio(camera.project(300, 230), 4000, 3000, {}, a4);
  EXPECT_DOUBLE_EQ(wide.ratio, 297.0 / 210);
  EXPECT_NEAR(wide.measured, 300.0 / 230, 0.02);
  EXPECT_EQ(wide.method, "forced");
  EXPECT_EQ(wide.format, "a4");
  const AspectRatio upright = page_aspect_ratio(camera.project(80, 200), 4000, 3000, {}, parse_page_shape("70x200"));
  EXPECT_DOUBLE_EQ(upright.ratio, 0.35);
  EXPECT_EQ(upright.format, "");
}

TEST(PageAspectRatio, AnyConvexCornersGiveNumbers) {
  Random random(11);
  int convex = 0;
  for (int i = 0; i < 100'000; ++i) {
    Corners corners;
    const double size = std::pow(10, random.uniform(-2, 6));
    for (Point& corner : corners) corner = {random.uniform(-size, size), random.uniform(-size, size)};
    corners = in_order(corners);
    if (!is_convex(corners)) continue;
    ++convex;
    const auto focal_length = random.chance(0.5) ? std::optional(random.uniform(-10, 500)) : std::nullopt;
    const int width = 1 + static_cast<int>(random.below(5000));
    const AspectRatio ratio = page_aspect_ratio(corners, width, 1 + static_cast<int>(random.below(5000)), focal_length);
    ASSERT_TRUE(std::isfinite(ratio.ratio) && ratio.ratio > 0) << i;
    ASSERT_TRUE(std::isfinite(ratio.measured) && ratio.measured > 0) << i;
    ASSERT_TRUE(ratio.uncertainty > 0 && ratio.uncertainty <= 1) << i << ": " << ratio.uncertainty;
  }
  EXPECT_GT(convex, 20'000);
  const AspectRatio vast = page_aspect_ratio({{{0, 0}, {1e150, 0}, {1e150, 2e150}, {-1e149, 1e150}}}, 10, 10);
  EXPECT_TRUE(std::isfinite(vast.measured) && vast.measured > 0);
  EXPECT_GT(vast.uncertainty, 0);
}

TEST(PageAspectRatio, RefusesWhatIsNoQuadrilateral) {
  const int usage = static_cast<int>(ErrorCode::usage);
  const Corners square{{{0, 0}, {10, 0}, {10, 10}, {0, 10}}};
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto refused = [](auto... arguments) {
    return peel::test::error_code([&] { page_aspect_ratio(arguments...); });
  };
  EXPECT_EQ(refused(square, 10, 10), 0);
  EXPECT_EQ(refused(Corners{{{0, 0}, {0, 10}, {10, 10}, {10, 0}}}, 10, 10), usage);
  EXPECT_EQ(refused(Corners{{{0, 0}, {10, 0}, {10, nan}, {0, 10}}}, 10, 10), usage);
  EXPECT_EQ(refused(square, 0, 10), usage);
  EXPECT_EQ(refused(square, 10, 10, std::nullopt, PageShape{PageShape::Kind::forced, 0, 5}), usage);
  EXPECT_EQ(refused(square, 10, 10, nan), 0) << "as if there were no EXIF";
}

}  // namespace
}  // namespace peel::document
