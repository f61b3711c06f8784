#include "matting/matting_laplacian.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "support/matting_reference.hpp"

namespace peel {
namespace {

using test::Dice;
using test::Plane;
using test::Scene;
using test::Sparse;

constexpr double LAPLACIAN_EPSILON = 1e-7;

struct LaplacianCase {
  PixelFormat format;
  Scene scene;
  /// Of a coefficient: off the diagonal most are between 0.1 and 1. Colours are read as floats, whose rounding is seen
  /// where windows differ by a level or less, or along one line of colours only.
  double tolerance;
};

/// Compares a system with the rows and columns of the whole picture's Laplacian.
void expect_defined(const Image& picture, const Plane& trimap, const LaplacianCase& how, Dice& dice) {
  const int width = picture.width();
  // Known values between 0 and 1, as bands have them; and unknown ones, which nobody may look at.
  std::vector<float> alpha;
  for (const std::uint8_t value : trimap) {
    alpha.push_back(test::is_unknown(value) ? std::numeric_limits<float>::quiet_NaN()
                                            : static_cast<float>(dice.unit()));
  }
  const MattingSystem system = matting_system(
      ColorPlane(picture), test::unknown_region(trimap, width, picture.height()), alpha.data(), LAPLACIAN_EPSILON, 1);
  bool all_in_hull = false;
  const Sparse got = test::entries(system.matrix, all_in_hull);
  EXPECT_TRUE(all_in_hull);
  const Sparse expected = test::matting_laplacian(picture, LAPLACIAN_EPSILON);

  std::vector<std::size_t> pixel_at(system.matrix.size(), trimap.size());
  std::vector<std::size_t> place_of(trimap.size());
  test::for_places(system.matrix, system.matrix.region(), [&](int y, int x, std::size_t p) {
    pixel_at[p] = test::place(width, y, x);
    place_of[pixel_at[p]] = p;
  });
  double worst = 0;
  for (std::size_t p = 0; p < got.size(); ++p) {
    const std::size_t pixel = pixel_at[p];
    if (pixel == trimap.size()) {
      ASSERT_EQ(system.right[p], 0) << "beyond the region";
      for (const auto& [q, value] : got[p]) ASSERT_EQ(value, 0) << "beyond the region";
      continue;
    }
    double right = 0;
    for (const auto& [other, value] : expected[pixel]) {
      if (test::is_unknown(trimap[other])) {
        worst = std::max(worst, std::abs(test::entry(got, p, place_of[other]) - value));
      } else {
        right -= value * static_cast<double>(alpha[other]);
      }
    }
    for (const auto& [q, value] : got[p]) {
      const double there = pixel_at[q] == trimap.size() ? 0 : test::entry(expected, pixel, pixel_at[q]);
      worst = std::max(worst, std::abs(value - there));
    }
    worst = std::max(worst, std::abs(static_cast<double>(system.right[p]) - right) / 4);  // of up to 24 terms
  }
  EXPECT_LE(worst, how.tolerance) << channels(how.format) << " channels, scene " << static_cast<int>(how.scene);
}

TEST(MattingLaplacian, IsTheDefinition) {
  Dice dice(1);
  for (const auto& how :
       {LaplacianCase{PixelFormat::rgb8, Scene::noise, 2e-5}, LaplacianCase{PixelFormat::rgb8, Scene::smooth, 2e-5},
        LaplacianCase{PixelFormat::rgb8, Scene::gradient, 2e-4},
        LaplacianCase{PixelFormat::rgb8, Scene::constant, 2e-5},
        LaplacianCase{PixelFormat::rgb8, Scene::two_colors, 2e-5},
        LaplacianCase{PixelFormat::gray8, Scene::noise, 2e-5}, LaplacianCase{PixelFormat::gray8, Scene::gradient, 2e-5},
        LaplacianCase{PixelFormat::rgba8, Scene::smooth, 2e-5},
        LaplacianCase{PixelFormat::gray_alpha8, Scene::smooth, 2e-5},
        LaplacianCase{PixelFormat::rgb16, Scene::smooth, 2e-4},
        LaplacianCase{PixelFormat::rgb16, Scene::gradient, 2e-4}}) {
    for (const auto& [width, height] : {std::pair{3, 3}, {4, 3}, {3, 7}, {9, 40}, {41, 17}}) {
      const Image picture = test::scene(how.scene, how.format, width, height, dice);
      expect_defined(picture, test::blob_trimap(width, height, 6, dice), how, dice);
      Plane trimap = test::random_plane(width, height, 0.5, dice);  // 1 is unknown
      expect_defined(picture, trimap, how, dice);
      std::ranges::fill(trimap, std::uint8_t{128});
      expect_defined(picture, trimap, how, dice);
      std::ranges::fill(trimap, std::uint8_t{255});
      trimap[trimap.size() / 2] = 7;
      expect_defined(picture, trimap, how, dice);
    }
  }
}

TEST(MattingLaplacian, PicturesThatHoldNoWindowCoupleNothing) {
  Dice dice(2);
  for (const auto& [width, height] : {std::pair{1, 1}, {1, 9}, {9, 1}, {2, 30}, {30, 2}}) {
    const Image picture = test::scene(Scene::noise, PixelFormat::rgb8, width, height, dice);
    expect_defined(picture, Plane(test::pixels(width, height), 128), {PixelFormat::rgb8, Scene::noise, 0}, dice);
  }
}

TEST(MattingLaplacian, ThreadsDoNotChangeABit) {
  Dice dice(3);
  const int width = 90;
  const int height = 120;
  const Image picture = test::scene(Scene::smooth, PixelFormat::rgb8, width, height, dice);
  const Plane trimap = test::blob_trimap(width, height, 30, dice);
  const std::vector<float> alpha(trimap.size(), 0.25f);
  const auto system = [&](int threads) {
    return matting_system(ColorPlane(picture), test::unknown_region(trimap, width, height), alpha.data(),
                          LAPLACIAN_EPSILON, threads);
  };
  bool all_in_hull = false;
  const MattingSystem alone = system(1);
  for (const int threads : {2, 3}) {
    const MattingSystem shared = system(threads);
    EXPECT_EQ(shared.right, alone.right);
    EXPECT_EQ(test::entries(shared.matrix, all_in_hull), test::entries(alone.matrix, all_in_hull));
  }
}

}  // namespace
}  // namespace peel
