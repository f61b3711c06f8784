#include "mask/prompted.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/error_of.hpp"
#include "support/levels.hpp"
#include "support/noise.hpp"

namespace peel {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using Kind = Prompt::Kind;

Image grey(const std::vector<std::uint8_t>& pixels, int width, int height) {
  return Image::from_pixels({pixels.data(), width, height, width, PixelFormat::gray8});
}

std::vector<std::pair<double, double>> places(const std::vector<Prompt>& prompts) {
  std::vector<std::pair<double, double>> result;
  for (const Prompt& prompt : prompts) result.emplace_back(prompt.x, prompt.y);
  return result;
}

TEST(PromptedLayout, KeepsProportionsAndFillsWhatItCan) {
  const auto wide = prompted_layout(4000, 1000, 1024, 684);
  EXPECT_DOUBLE_EQ(wide.scale, 0.256);
  EXPECT_EQ(wide.used_width, 1024);
  EXPECT_EQ(wide.used_height, 256);
  const auto high = prompted_layout(300, 684 * 2, 1024, 684);
  EXPECT_DOUBLE_EQ(high.scale, 0.5);
  EXPECT_EQ(high.used_width, 150);
  EXPECT_EQ(high.used_height, 684);
  EXPECT_EQ(prompted_layout(100000, 10, 1024, 684).used_height, 1);
  EXPECT_EQ(prompted_layout(1, 1, 1024, 684).used_width, 684);
}

TEST(PromptedInput, CompatTakesSamplesBetweenFourAndRoundsThemTo8Bits) {
  // 3 x 2 into 6 x 8: twice as large, by the width.
  const Image picture = grey({10, 20, 40, 100, 200, 255}, 3, 2);
  const auto layout = prompted_layout(3, 2, 6, 8);
  ASSERT_DOUBLE_EQ(layout.scale, 2);
  const Tensor input = prompted_input(picture, layout, true, 2);
  EXPECT_EQ(input.shape, (std::vector<std::int64_t>{8, 6, 3}));
  const auto row = [&](std::size_t y) {
    std::vector<float> values;
    for (std::size_t x = 0; x < 6; ++x) {
      const float* pixel = input.values.data() + 3 * (6 * y + x);
      EXPECT_EQ(pixel[0], pixel[1]);
      EXPECT_EQ(pixel[0], pixel[2]);
      values.push_back(pixel[0]);
    }
    return values;
  };
  // Places beyond the last sample are 0, half a pixel before the picture's edge.
  EXPECT_THAT(row(0), ElementsAre(10, 15, 20, 30, 40, 0));
  EXPECT_THAT(row(1), ElementsAre(55, 83, 110, 129, 148, 0));  // 82.5, 128.75 and 147.5 rounded up
  EXPECT_THAT(row(2), ElementsAre(100, 150, 200, 228, 255, 0));
  EXPECT_THAT(row(3), Each(0));
}

TEST(PromptedInput, IsAntialiasedOnTheNetworksZero) {
  const auto pixels = test::noise(std::size_t{64} * 64, 5);
  const auto layout = prompted_layout(64, 64, 12, 8);
  const Tensor input = prompted_input(grey(pixels, 64, 64), layout, false, 1);
  ASSERT_EQ(layout.used_width, 8);
  for (std::size_t y = 0; y < 8; ++y) {
    for (std::size_t x = 0; x < 12; ++x) {
      const float* pixel = input.values.data() + 3 * (12 * y + x);
      if (x < 8) {
        // The mean of 64 samples of noise, not one of them.
        EXPECT_NEAR(pixel[0], 127, 50) << x << ',' << y;
      } else {
        EXPECT_FLOAT_EQ(pixel[0], 123.675f);
        EXPECT_FLOAT_EQ(pixel[1], 116.28f);
        EXPECT_FLOAT_EQ(pixel[2], 103.53f);
      }
    }
  }
}

TEST(Prompts, WithoutAnyTheMiddleIsMeant) {
  const auto prompts = prompts_for({}, 101, 50);
  ASSERT_EQ(prompts.size(), 1u);
  EXPECT_EQ(prompts[0].kind, Kind::subject);
  EXPECT_THAT(places(prompts), ElementsAre(std::pair(50.0, 25.0)));
}

TEST(Prompts, BoxesAreTurnedRoundAndCutToThePicture) {
  const std::array<Prompt, 1> box{Prompt{Kind::box, 90, 30, -5, 10}};
  const auto prompts = prompts_for(box, 80, 60);
  ASSERT_EQ(prompts.size(), 1u);
  EXPECT_EQ(prompts[0].x, 0);
  EXPECT_EQ(prompts[0].y, 10);
  EXPECT_EQ(prompts[0].right, 80);
  EXPECT_EQ(prompts[0].bottom, 30);
}

TEST(Prompts, WhatMakesNoSenseIsRefused) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  const auto refusal = [](const Prompt& prompt) {
    const std::array<Prompt, 1> one{prompt};
    const Error error = test::error_of([&] { prompts_for(one, 80, 60); });
    EXPECT_EQ(error.code(), ErrorCode::usage);
    return std::string(error.what());
  };
  EXPECT_THAT(refusal({Kind::subject, 81, 5}), HasSubstr("the point 81,5 lies outside the picture"));
  EXPECT_THAT(refusal({Kind::subject, 5, -1}), HasSubstr("outside"));
  EXPECT_THAT(refusal({Kind::subject, nan, 5}), HasSubstr("no place"));
  EXPECT_THAT(refusal({Kind::box, 0, 0, infinity, 5}), HasSubstr("no place"));
  EXPECT_THAT(refusal({Kind::box, 80, 0, 90, 5}), HasSubstr("the box 80,0,90,5 holds nothing of the picture"));
  EXPECT_THAT(refusal({Kind::box, 5, 5, 5, 9}), HasSubstr("holds nothing"));
  EXPECT_THAT(refusal({Kind::background, 5, 5}), HasSubstr("only what is background"));
  const std::array<Prompt, 1> outside{Prompt{Kind::subject, 81, 5}};
  EXPECT_THAT(test::error_of([&] { prompts_for(outside, 80, 60); }).hint(), HasSubstr("80 x 60"));
}

TEST(Prompts, EachBoxIsAGroupWithThePointsInIt) {
  const Prompt large{Kind::box, 0, 0, 50, 50};
  const Prompt small{Kind::box, 10, 10, 20, 20};
  const Prompt in_both{Kind::subject, 15, 15};
  const Prompt not_this{Kind::background, 40, 40};
  const Prompt elsewhere{Kind::subject, 90, 90};
  const Prompt nowhere{Kind::background, 70, 5};
  const auto groups = prompt_groups({in_both, large, not_this, nowhere, small, elsewhere});
  ASSERT_EQ(groups.size(), 3u);
  EXPECT_THAT(places(groups[0]), ElementsAre(std::pair(0., 0.), std::pair(40., 40.), std::pair(70., 5.)));
  EXPECT_THAT(places(groups[1]), ElementsAre(std::pair(10., 10.), std::pair(15., 15.), std::pair(70., 5.)));
  EXPECT_THAT(places(groups[2]), ElementsAre(std::pair(90., 90.), std::pair(70., 5.)));
  EXPECT_EQ(prompt_groups({in_both, nowhere}).size(), 1u);
}

TEST(Prompts, BecomeWhatTheDecoderTakes) {
  const auto layout = prompted_layout(200, 100, 100, 100);
  const std::vector<Prompt> points{{Kind::subject, 10, 20}, {Kind::background, 30, 41}};
  const auto padded = prompt_tensors(points, layout, false);
  EXPECT_EQ(padded.coordinates.shape, (std::vector<std::int64_t>{1, 3, 2}));
  EXPECT_EQ(padded.labels.shape, (std::vector<std::int64_t>{1, 3}));
  EXPECT_THAT(padded.coordinates.values, ElementsAre(5, 10, 15, 20.5f, 0, 0));
  EXPECT_THAT(padded.labels.values, ElementsAre(1, 0, -1));

  const std::vector<Prompt> box{{Kind::box, 2, 4, 6, 8}, {Kind::subject, 4, 4}};
  EXPECT_THAT(prompt_tensors(box, layout, false).labels.values, ElementsAre(2, 3, 1));
  EXPECT_THAT(prompt_tensors(box, layout, true).labels.values, ElementsAre(2, 3, 1, -1));
  EXPECT_THAT(prompt_tensors(box, layout, true).coordinates.values, ElementsAre(1, 2, 3, 4, 2, 2, 0, 0));
}

DecodedMasks decoded(std::vector<float> logits, std::int64_t count, std::vector<float> quality = {}) {
  const auto width = static_cast<std::int64_t>(logits.size()) / count / 2;
  return {{{1, count, 2, width}, std::move(logits)}, std::move(quality)};
}

TEST(PromptedMask, IsSoftAndOfThePartThatShowsThePicture) {
  const auto layout = prompted_layout(4, 4, 3, 2);  // a square in the left two of three columns
  ASSERT_EQ(layout.used_width, 2);
  const std::array groups{decoded({-2, 0, 9, 1, -30, 9}, 1)};
  const Mask mask = prompted_mask(groups, layout, false, 1);
  EXPECT_EQ(mask.image.width(), 2);
  EXPECT_EQ(mask.image.height(), 2);
  EXPECT_TRUE(mask.subject);
  const auto level = [](double x) { return std::lround(255 / (1 + std::exp(-x))); };
  EXPECT_THAT(test::levels(mask.image), ElementsAre(level(-2), 128, level(1), 0));
  const std::array nothing{decoded({-2, 0, 9, -1, -30, 9}, 1)};
  EXPECT_FALSE(prompted_mask(nothing, layout, false, 1).subject) << "what lies beside the picture does not count";
}

TEST(PromptedMask, TakesTheBestOfAGroupAndAllGroups) {
  const auto layout = prompted_layout(2, 2, 2, 2);
  const std::vector<float> three{9, -9, -9, -9, -9, 9, -9, -9, -9, -9, 9, -9};
  const std::array best{decoded(three, 3, {0.2f, 0.9f, 0.5f})};
  EXPECT_THAT(test::levels(prompted_mask(best, layout, false, 1).image), ElementsAre(0, 255, 0, 0));
  const std::array unknown{decoded(three, 3)};
  EXPECT_THAT(test::levels(prompted_mask(unknown, layout, false, 1).image), ElementsAre(255, 255, 255, 0));
  const std::array two{best[0], decoded({-9, -9, -9, 9}, 1)};
  EXPECT_THAT(test::levels(prompted_mask(two, layout, false, 1).image), ElementsAre(0, 255, 0, 255));
  // rembg knows no quality.
  EXPECT_THAT(test::levels(prompted_mask(best, layout, true, 1).image), ElementsAre(255, 255, 255, 0));
}

TEST(PromptedMask, CompatBringsLogitsToThePicturesSizeFirst) {
  const auto layout = prompted_layout(5, 4, 3, 2);
  ASSERT_DOUBLE_EQ(layout.scale, 0.5);
  const std::array groups{decoded({1, -1.5f, 0, -3, 4, 0}, 1)};
  const Mask mask = prompted_mask(groups, layout, true, 2);
  EXPECT_EQ(mask.image.width(), 5);
  EXPECT_EQ(mask.image.height(), 4);
  // Row 0: 1, -0.25, -1.5, -0.75, 0; row 1: -1, 0.125, 1.25, 0.625, 0; row 2: -3, 0.5, 4, 2, 0; then outside.
  EXPECT_THAT(test::levels(mask.image),
              ElementsAre(255, 0, 0, 0, 0, 0, 255, 255, 255, 0, 0, 255, 255, 255, 0, 0, 0, 0, 0, 0));
}

TEST(PromptedMask, OtherShapesAreRefused) {
  const auto layout = prompted_layout(2, 2, 2, 2);
  for (const bool compat : {false, true}) {
    const std::array wrong{decoded({1, 2, 3, 4, 5, 6}, 1)};
    EXPECT_THROW(prompted_mask(wrong, layout, compat, 1), Error);
    DecodedMasks short_of_values = decoded({1, 2, 3, 4}, 1);
    short_of_values.logits.shape[1] = 2;
    const std::array less{short_of_values};
    EXPECT_THROW(prompted_mask(less, layout, compat, 1), Error);
  }
}

}  // namespace
}  // namespace peel
