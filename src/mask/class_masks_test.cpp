#include "mask/class_masks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "image/resample.hpp"
#include "mask/stack.hpp"
#include "peel/error.hpp"
#include "support/levels.hpp"

namespace peel {
namespace {

using testing::ElementsAre;

/// A row of places, each with the logits of its four classes.
Tensor row(const std::vector<std::array<float, 4>>& places) {
  Tensor tensor{{1, 4, 1, static_cast<std::int64_t>(places.size())}, {}};
  for (std::size_t k = 0; k < 4; ++k) {
    for (const auto& place : places) tensor.values.push_back(place[k]);
  }
  return tensor;
}

std::uint8_t level(double probability) {
  return static_cast<std::uint8_t>(std::lround(probability * 255));
}

TEST(ClothesMask, IsHowMuchOfAPlaceIsClothing) {
  const Tensor output = row({{5, 0, 0, 0}, {0, 2, 0, 1}, {1, 0, 1.5f, 0}, {0, 1, 0, 3}});
  const auto clothing = [](double background, std::array<double, 3> rest) {
    double sum = 0;
    for (const double logit : rest) sum += std::exp(logit);
    return level(sum / (sum + std::exp(background)));
  };
  const std::array<std::uint8_t, 4> all{clothing(5, {0, 0, 0}), clothing(0, {2, 0, 1}), clothing(1, {0, 1.5, 0}),
                                        clothing(0, {1, 0, 3})};
  const Mask mask = clothes_mask(output, Category::all);
  EXPECT_TRUE(mask.subject);
  EXPECT_EQ(mask.image.width(), 4);
  EXPECT_EQ(mask.image.height(), 1);
  EXPECT_THAT(test::levels(mask.image), testing::ElementsAreArray(all));
  // Of each place one garment has it all, also where it is not the greatest class (the first place is background).
  EXPECT_THAT(test::levels(clothes_mask(output, Category::upper).image), ElementsAre(all[0], all[1], 0, 0));
  EXPECT_THAT(test::levels(clothes_mask(output, Category::lower).image), ElementsAre(0, 0, all[2], 0));
  EXPECT_THAT(test::levels(clothes_mask(output, Category::full).image), ElementsAre(0, 0, 0, all[3]));
}

TEST(ClothesMask, WithoutClothesThereIsNoSubject) {
  const Tensor output = row({{3, 0, 0, 0}, {3, 1, 0, 0}});
  EXPECT_FALSE(clothes_mask(output, Category::all).subject);
  EXPECT_FALSE(clothes_mask(row({{0, 5, 0, 0}}), Category::lower).subject);
}

TEST(ClothesMask, WhatIsNoNumberIsNoClass) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  const Tensor output = row({{0, nan, -infinity, nan}, {0, infinity, 0, 0}});
  EXPECT_THAT(test::levels(clothes_mask(output, Category::all).image), ElementsAre(0, 255));
  EXPECT_THAT(test::levels(compat_clothes_mask(output, Category::upper, 2, 1, 1).image), ElementsAre(0, 255));
}

TEST(ClothesMask, OtherShapesAreRefused) {
  for (const auto& shape : std::vector<std::vector<std::int64_t>>{{1, 3, 1, 4}, {4}, {1, 4, 1, 4}, {1, 4, 0, 3}}) {
    const Tensor output{shape, std::vector<float>(12)};
    EXPECT_THROW(clothes_mask(output, Category::all), Error) << shape.size();
    EXPECT_THROW(compat_clothes_mask(output, Category::all, 4, 4, 1), Error) << shape.size();
  }
}

TEST(CompatClothesMask, ResizesTheIndexAsIfItWereAGrey) {
  // Background on the left, `full` on the right: enlarged, there are places with the indices between.
  const Tensor output = row({{1, 0, 0, 0}, {1, 0, 0, 0}, {0, 0, 0, 1}, {0, 0, 0, 1}});
  const std::vector<std::uint8_t> indices{0, 0, 3, 3};
  std::vector<std::uint8_t> resized(40);
  resample_gray(indices.data(), 4, 1, resized.data(), 40, 1, 1);
  ASSERT_THAT(resized, testing::IsSupersetOf({1, 2}));
  const Mask all = compat_clothes_mask(output, Category::all, 40, 1, 1);
  EXPECT_TRUE(all.subject);
  EXPECT_EQ(all.image.width(), 40);
  ASSERT_EQ(all.classes.size(), 3U);
  const std::array names{"upper", "lower", "full"};
  std::vector<std::uint8_t> together(40);
  for (std::size_t k = 0; k < 3; ++k) {
    const Mask one = compat_clothes_mask(output, static_cast<Category>(k + 1), 40, 1, 1);
    EXPECT_TRUE(one.classes.empty());
    EXPECT_EQ(all.classes[k].name, names[k]);
    const auto levels = test::levels(all.classes[k].image);
    EXPECT_EQ(levels, test::levels(one.image));
    for (std::size_t x = 0; x < 40; ++x) {
      EXPECT_EQ(levels[x], resized[x] == k + 1 ? 255 : 0) << x;
      together[x] = std::max(together[x], levels[x]);
    }
  }
  EXPECT_EQ(test::levels(all.image), together);
  // Of classes that are as likely the first is taken.
  EXPECT_FALSE(compat_clothes_mask(row({{1, 1, 1, 1}}), Category::all, 2, 2, 1).subject);
}

TEST(Stack, PutsMasksAndPicturesBelowEachOther) {
  const std::vector<std::uint8_t> grey{1, 2};
  const std::vector<std::uint16_t> wide{0x1234, 0x5678, 0x9abc, 0xffff, 0, 0, 0, 0x8000};
  const Image mask = Image::from_pixels({grey.data(), 2, 1, 2, PixelFormat::gray8});
  const Image colours = Image::from_pixels({wide.data(), 2, 1, 16, PixelFormat::rgba16});
  const std::array masks{mask, mask};
  const Image both = stacked_masks(masks);
  EXPECT_EQ(both.format(), PixelFormat::gray8);
  EXPECT_EQ(both.height(), 2);
  const auto bytes = [](const Image& image) {
    const auto* first = reinterpret_cast<const std::uint8_t*>(image.data());
    return std::vector<int>(first, first + image.size_bytes());
  };
  EXPECT_THAT(bytes(both), ElementsAre(1, 2, 1, 2));
  const std::array pictures{mask, colours};
  const Image stacked = stacked_pictures(pictures);
  EXPECT_EQ(stacked.format(), PixelFormat::rgba8);
  EXPECT_THAT(bytes(stacked), ElementsAre(1, 1, 1, 255, 2, 2, 2, 255, 0x12, 0x56, 0x9a, 255, 0, 0, 0, 0x80));
}

}  // namespace
}  // namespace peel
