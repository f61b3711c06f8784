#include "mask/mask.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "image/resample.hpp"
#include "peel/error.hpp"
#include "support/error_of.hpp"
#include "support/levels.hpp"
#include "support/noise.hpp"

namespace peel {
namespace {

using testing::Each;
using testing::ElementsAre;

Tensor map(std::vector<float> values) {
  const auto count = static_cast<std::int64_t>(values.size());
  return {{1, 1, 1, count}, std::move(values)};
}

TEST(SaliencyToMask, StretchesToFullRange) {
  const auto mask = saliency_to_mask(map({0.1f, 0.6f, 0.35f}), OutputKind::probability, false);
  EXPECT_TRUE(mask.subject);
  EXPECT_EQ(mask.image.width(), 3);
  EXPECT_EQ(mask.image.height(), 1);
  EXPECT_THAT(test::levels(mask.image), ElementsAre(0, 255, 127));
}

TEST(SaliencyToMask, DoesNotStretchNoise) {
  const auto faint = map({0.0f, 0.01f, 0.02f});
  const auto mask = saliency_to_mask(faint, OutputKind::probability, false);
  EXPECT_FALSE(mask.subject);
  EXPECT_THAT(test::levels(mask.image), ElementsAre(0, 2, 5));
  EXPECT_THAT(test::levels(saliency_to_mask(faint, OutputKind::probability, true).image), ElementsAre(0, 127, 255));
}

TEST(SaliencyToMask, AFewPixelsAreNoSubjectAndStayAsTheyAre) {
  std::vector<float> values(10'000, 0.0f);
  for (std::size_t i = 0; i < 4; ++i) values[i] = 1.0f;
  const auto speck = saliency_to_mask(map(values), OutputKind::probability, false);
  EXPECT_FALSE(speck.subject);
  EXPECT_EQ(test::levels(speck.image)[0], 255);
  values[4] = 0.5f;  // 127 of 255
  EXPECT_FALSE(saliency_to_mask(map(values), OutputKind::probability, false).subject);
  values[4] = 0.51f;
  EXPECT_TRUE(saliency_to_mask(map(values), OutputKind::probability, false).subject);
}

TEST(SaliencyToMask, AConstantIsNotDividedByZero) {
  EXPECT_THAT(test::levels(saliency_to_mask(map({0.0f, 0.0f}), OutputKind::probability, false).image), Each(0));
  EXPECT_THAT(test::levels(saliency_to_mask(map({1.0f, 1.0f}), OutputKind::probability, false).image), Each(255));
  EXPECT_TRUE(saliency_to_mask(map({1.0f, 1.0f}), OutputKind::probability, false).subject);
  EXPECT_THAT(test::levels(saliency_to_mask(map({1.0f, 1.0f}), OutputKind::probability, true).image), Each(0));
  EXPECT_THAT(test::levels(saliency_to_mask(map({-7.0f, -7.0f}), OutputKind::logits, false).image), Each(0));
}

TEST(SaliencyToMask, ShapesThatPromiseMoreThanThereIsAreRefused) {
  const std::vector<std::vector<std::int64_t>> shapes{
      {0, 1, 320, 320}, {1, 1, 2, 0}, {1, 2, 2}, {4}, {0, std::int64_t{1} << 32, std::int64_t{1} << 32}};
  for (const auto& shape : shapes) {
    EXPECT_THROW(saliency_to_mask({shape, {0.0f, 1.0f}}, OutputKind::probability, false), Error) << shape.size();
  }
}

TEST(SaliencyToMask, OfTwoClassesTheSecondIsTheSubject) {
  const auto values = [](std::vector<float> both, bool compat = false) {
    return test::levels(saliency_to_mask({{1, 2, 1, 2}, std::move(both)}, OutputKind::probability, compat).image);
  };
  EXPECT_THAT(values({0.9f, 0.1f, 0.1f, 0.9f}), ElementsAre(0, 255));
  EXPECT_THAT(values({5.0f, -5.0f, -5.0f, 5.0f}), ElementsAre(0, 255));  // its softmax is left to us
  EXPECT_THAT(values({0.9f, 0.1f, 0.1f, 0.9f}, true), ElementsAre(255, 0));
  EXPECT_THROW(saliency_to_mask({{1, 3, 1, 1}, {0.1f, 0.2f, 0.7f}}, OutputKind::probability, false), Error);
  EXPECT_FALSE(saliency_to_mask({{1, 2, 1, 1}, {0.9f, 0.1f}}, OutputKind::probability, false).subject);
}

TEST(SaliencyToMask, InfiniteValuesAreTheGreatestAndTheLeast) {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const auto kind : {OutputKind::probability, OutputKind::logits}) {
    EXPECT_THAT(test::levels(saliency_to_mask(map({-infinity, infinity}), kind, true).image), ElementsAre(0, 255));
  }
}

TEST(SaliencyToMask, WhatIsNoNumberIsBackground) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(test::levels(saliency_to_mask(map({nan, 1.0f, nan}), OutputKind::probability, false).image),
              ElementsAre(0, 255, 0));
  const auto none = saliency_to_mask(map({nan, nan}), OutputKind::probability, false);
  EXPECT_FALSE(none.subject);
  EXPECT_THAT(test::levels(none.image), Each(0));
}

TEST(SaliencyToMask, LogitsGoThroughASigmoid) {
  const auto p = [](float x) { return 1.0f / (1.0f + std::exp(-x)); };
  const auto mask = saliency_to_mask(map({-4.0f, 0.0f, 4.0f}), OutputKind::logits, false);
  EXPECT_TRUE(mask.subject);
  EXPECT_THAT(test::levels(mask.image),
              ElementsAre(0, static_cast<int>((p(0) - p(-4)) / (p(4) - p(-4)) * 255.0f), 255));
  EXPECT_FALSE(saliency_to_mask(map({-4.0f, -3.0f}), OutputKind::logits, false).subject);
  // Logits where probabilities are expected: their middle is 0, and they are stretched as they are, like rembg's.
  EXPECT_TRUE(saliency_to_mask(map({-4.0f, 4.0f}), OutputKind::probability, false).subject);
  EXPECT_FALSE(saliency_to_mask(map({-4.0f, -2.0f}), OutputKind::probability, false).subject);
}

TEST(SaliencyToMask, ReadsTheFirstChannelOfAnyRank) {
  Tensor two{{1, 2, 1, 2}, {0.0f, 1.0f, 1.0f, 0.0f}};
  EXPECT_THAT(test::levels(saliency_to_mask(two, OutputKind::probability, false).image), ElementsAre(0, 255));
  Tensor flat{{1, 2}, {0.0f, 1.0f}};
  EXPECT_THAT(test::levels(saliency_to_mask(flat, OutputKind::probability, false).image), ElementsAre(0, 255));
  EXPECT_THROW(saliency_to_mask({{4}, {0, 0, 0, 0}}, OutputKind::probability, false), Error);
  EXPECT_THROW(saliency_to_mask(two, OutputKind::classes, false), Error);
}

TEST(Mask, FromAnywhereHoldsASubjectWhereItReachesHalf) {
  const auto mask_with = [](std::uint8_t level) {
    const std::vector<std::uint8_t> levels{0, level, 3};
    return Mask(Image::from_pixels({levels.data(), 3, 1, 3, PixelFormat::gray8}));
  };
  EXPECT_TRUE(mask_with(128).subject);
  EXPECT_FALSE(mask_with(127).subject);
  EXPECT_THAT(test::levels(mask_with(9).image), ElementsAre(0, 9, 3));
  EXPECT_TRUE(mask_with(9).classes.empty());
  const std::vector<std::uint8_t> color{1, 2, 3};
  EXPECT_EQ(test::error_of([&] {
              Mask(Image::from_pixels({color.data(), 1, 1, 3, PixelFormat::rgb8}));
            }).code(),
            ErrorCode::usage);
  EXPECT_EQ(test::error_of([] { Mask{Image()}; }).code(), ErrorCode::usage);
}

struct PostProcessCase {
  int width, height;
  std::uint64_t scipy;  ///< hash of rembg's post_process() as SciPy 1.10 computes it
  int bright;           ///< how many of its pixels are 255
};

TEST(PostProcess, EqualsSciPy) {
  for (const auto& [w, h, scipy, bright] :
       {PostProcessCase{40, 30, 0x748942d267234d47ull, 514}, PostProcessCase{7, 5, 0x3aefc885e76ecb37ull, 0},
        PostProcessCase{1, 1, 0xaf63bd4c8601b7dfull, 0}, PostProcessCase{3, 50, 0x98c66d4433ad0587ull, 102},
        PostProcessCase{200, 100, 0xc2529955a5bae39eull, 10337}}) {
    const int small_width = std::max(1, w / 5);
    const int small_height = std::max(1, h / 5);
    const auto noise =
        test::noise(static_cast<std::size_t>(small_width * small_height), static_cast<std::uint32_t>(w * 31 + h));
    const Image small = Image::from_pixels({noise.data(), small_width, small_height, small_width, PixelFormat::gray8});
    for (const int threads : {1, 3}) {
      const Image result = post_process_mask(full_size_mask(small, w, h, threads), threads);
      const std::span bytes(result.data(), result.size_bytes());
      EXPECT_EQ(std::ranges::count(bytes, std::byte{255}), bright) << w << "x" << h;
      EXPECT_EQ(test::fnv1a(bytes), scipy) << w << "x" << h;
    }
  }
}

}  // namespace
}  // namespace peel
