// The public functions, on a drawn scene of which alpha and foreground are known.

#include "peel/matting.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "peel/error.hpp"
#include "scenes/hair_scene.hpp"
#include "support/error_of.hpp"
#include "support/matting_planes.hpp"

namespace peel {
namespace {

const scenes::HairScene& scene() {
  static const scenes::HairScene drawn = scenes::hair_scene(480, 400, 120);
  return drawn;
}

const std::uint8_t* bytes(const Image& image) {
  return reinterpret_cast<const std::uint8_t*>(image.data());
}

double mean_difference(const Image& a, const Image& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size_bytes(); ++i) sum += std::abs(int{bytes(a)[i]} - int{bytes(b)[i]});
  return sum / static_cast<double>(a.size_bytes());
}

/// Mean difference of colours, in levels, between a cut-out laid on a ground and what it should look like there: what
/// is seen of a fringe. At pixels that are truly neither foreground nor background.
double fringe(const Image& colors, const Image& alpha, int ground) {
  double sum = 0;
  std::size_t count = 0;
  for (std::size_t i = 0; i < alpha.size_bytes(); ++i) {
    const double true_alpha = bytes(scene().alpha)[i] / 255.0;
    if (true_alpha == 0 || true_alpha == 1) continue;
    const double a = bytes(alpha)[i] / 255.0;
    for (std::size_t c = 0; c < 3; ++c) {
      const double ours = a * bytes(colors)[3 * i + c] + (1 - a) * ground;
      const double wanted = true_alpha * bytes(scene().foreground)[3 * i + c] + (1 - true_alpha) * ground;
      sum += std::abs(ours - wanted);
      ++count;
    }
  }
  return sum / static_cast<double>(count);
}

Image plain_gray(int width, int height, std::uint8_t value) {
  const std::vector<std::uint8_t> values(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), value);
  return Image::from_pixels({values.data(), width, height, width, PixelFormat::gray8});
}

TEST(Matting, FindsHairThatTheMaskBlurs) {
  const auto& [picture, foreground, truth, mask] = scene();
  MattingOptions options;
  options.erosion.reset();
  const AlphaEstimate estimate = estimate_alpha(picture, make_trimap(mask, options));
  ASSERT_TRUE(estimate.solved);
  EXPECT_LT(mean_difference(estimate.alpha, truth), 0.4 * mean_difference(mask, truth));
}

TEST(Matting, NoFringeOfTheOldBackgroundOnANewOne) {
  const auto& [picture, foreground, truth, mask] = scene();
  const AlphaEstimate estimate = estimate_alpha(picture, make_trimap(mask, {}));
  const Image colors = estimate_foreground(picture, estimate.alpha);
  const Image colors_of_mask = estimate_foreground(picture, mask);
  const Image true_colors = estimate_foreground(picture, truth);
  for (const int ground : {0, 128, 255}) {
    const double plain = fringe(picture, mask, ground);
    EXPECT_LT(fringe(picture, estimate.alpha, ground), plain) << "alpha alone, on " << ground;
    EXPECT_LT(fringe(colors, estimate.alpha, ground), 0.5 * plain) << "matting, on " << ground;
    EXPECT_LT(fringe(true_colors, truth, ground), 0.25 * fringe(picture, truth, ground)) << "colours, on " << ground;
  }
  EXPECT_LT(fringe(colors_of_mask, mask, 0), fringe(picture, mask, 0)) << "decontaminated, on black";
}

TEST(Matting, RefiningComesNearerToTheTruth) {
  const auto& [picture, foreground, truth, mask] = scene();
  const Image refined = refine_mask(picture, mask);
  EXPECT_LT(mean_difference(refined, truth), 0.95 * mean_difference(mask, truth));
  EXPECT_EQ(refined.width(), picture.width());
  // What is sure stays.
  for (std::size_t i = 0; i < mask.size_bytes(); ++i) {
    if (bytes(mask)[i] != 0 && bytes(mask)[i] != 255) continue;
    ASSERT_EQ(bytes(refined)[i], bytes(mask)[i]);
  }
}

TEST(Matting, WithNothingToSolveTheTrimapComesBackAndSaysWhy) {
  const Image picture = scene().picture;
  for (const auto& [value, word] :
       {std::pair{0, "foreground"}, {255, "background"}, {128, "foreground or background"}}) {
    const Image trimap = plain_gray(picture.width(), picture.height(), static_cast<std::uint8_t>(value));
    const AlphaEstimate estimate = estimate_alpha(picture, trimap);
    EXPECT_FALSE(estimate.solved);
    EXPECT_EQ(estimate.note, std::string("nothing is certain to be ") + word);
    EXPECT_EQ(mean_difference(estimate.alpha, trimap), 0);
  }
  // Less than a window's three pixels.
  const std::vector<std::uint8_t> line{0, 128, 128, 255};
  const std::vector<std::uint8_t> colors(12, 90);
  const Image thin = Image::from_pixels({colors.data(), 4, 1, 12, PixelFormat::rgb8});
  const AlphaEstimate estimate = estimate_alpha(thin, Image::from_pixels({line.data(), 4, 1, 4, PixelFormat::gray8}));
  EXPECT_FALSE(estimate.solved);
  EXPECT_EQ(estimate.note, "the picture is too small");
}

TEST(Matting, AutomaticErosionGrowsWithThePicture) {
  // A step in the middle: what is unknown is as wide as the square.
  const auto unknown = [](int width, std::optional<int> erosion) {
    std::vector<std::uint8_t> values(static_cast<std::size_t>(width) * 3 * static_cast<std::size_t>(width), 0);
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = i % static_cast<std::size_t>(width) < static_cast<std::size_t>(width) / 2 ? 0 : 255;
    const Image mask = Image::from_pixels({values.data(), width, 3 * width, width, PixelFormat::gray8});
    MattingOptions options;
    options.erosion = erosion;
    const Image trimap = make_trimap(mask, options);
    const auto* const row = bytes(trimap) + static_cast<std::ptrdiff_t>(width) * width;
    return std::count(row, row + width * 9 / 10, 128);
  };
  EXPECT_EQ(unknown(100, std::nullopt), unknown(100, 3));
  EXPECT_EQ(unknown(400, std::nullopt), unknown(400, 12));
  EXPECT_GT(unknown(400, std::nullopt), unknown(400, 10));
}

TEST(Matting, WrongArgumentsAreNamed) {
  const Image picture = scene().picture;
  const Image small = plain_gray(5, 5, 128);
  const auto usage = [](const auto& call) { return test::error_of(call).code() == ErrorCode::usage; };
  EXPECT_TRUE(usage([&] { estimate_alpha(picture, small); }));
  EXPECT_TRUE(usage([&] { estimate_alpha(picture, picture); }));
  EXPECT_TRUE(usage([&] { estimate_foreground(picture, small); }));
  EXPECT_TRUE(usage([&] { estimate_foreground(Image(), small); }));
  EXPECT_TRUE(usage([&] { refine_mask(picture, picture); }));
  EXPECT_TRUE(usage([&] { refine_mask(Image(), small); }));
  EXPECT_TRUE(usage([&] { make_trimap(picture, {}); }));
  EXPECT_TRUE(usage([&] { make_trimap(small, {.foreground_threshold = 256}); }));
  EXPECT_TRUE(usage([&] { make_trimap(small, {.background_threshold = -1}); }));
  EXPECT_TRUE(usage([&] { make_trimap(small, {.erosion = 1001}); }));
}

}  // namespace
}  // namespace peel
