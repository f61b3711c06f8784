#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/geometry.hpp"
#include "peel/document.hpp"
#include "peel/error.hpp"
#include "scenes/drawn_page.hpp"
#include "scenes/page_scene.hpp"
#include "support/error_of.hpp"

namespace peel::document {
namespace {

using scenes::drawn_mask;
using scenes::drawn_page;
using testing::HasSubstr;

constexpr int WIDTH = 900;
constexpr int HEIGHT = 1200;
constexpr Corners PAGE{{{180.3, 240.8}, {700.6, 200.2}, {760.1, 1000.4}, {130.9, 950.7}}};

double error_of(const Corners& found, const Corners& truth) {
  double worst = 0;
  for (std::size_t i = 0; i < 4; ++i) worst = std::max(worst, distance(found[i], truth[i]));
  return worst;
}

Image with_format(const Image& gray, PixelFormat format) {
  const int depth = channels(format);
  const bool wide = bytes_per_sample(format) == 2;
  const auto* from = reinterpret_cast<const std::uint8_t*>(gray.data());
  std::vector<std::uint16_t> samples16;
  std::vector<std::uint8_t> samples8;
  for (std::size_t i = 0; i < gray.size_bytes(); ++i) {
    for (int c = 0; c < depth; ++c) {
      const std::uint8_t value = has_alpha(format) && c == depth - 1 ? 255 : from[i];
      wide ? samples16.push_back(static_cast<std::uint16_t>(value * 257)) : samples8.push_back(value);
    }
  }
  const void* data = wide ? static_cast<const void*>(samples16.data()) : samples8.data();
  return Image::from_pixels({data, gray.width(), gray.height(), gray.width() * depth * (wide ? 2 : 1), format});
}

TEST(FindPage, CornersToAFractionOfAPixelInEveryFormat) {
  const Image gray = drawn_page(WIDTH, HEIGHT, PAGE, 230, 60);
  const Image mask = drawn_mask(PAGE, WIDTH, HEIGHT);
  for (const PixelFormat format :
       {PixelFormat::gray8, PixelFormat::gray_alpha8, PixelFormat::rgb8, PixelFormat::rgba8, PixelFormat::gray16,
        PixelFormat::gray_alpha16, PixelFormat::rgb16, PixelFormat::rgba16}) {
    const PageSearch search = find_page(with_format(gray, format), mask);
    EXPECT_EQ(search.status, PageStatus::found);
    EXPECT_GT(search.page.confidence, 0.9);
    EXPECT_FALSE(search.page.clipped);
    EXPECT_LT(error_of(search.page.corners, PAGE), 0.5) << static_cast<int>(format);
  }
}

TEST(FindPage, WithoutAMaskTheEdgesAreEnoughEvenFaintOnes) {
  for (const int page : {220, 128, 112, 60}) {
    const PageSearch search = find_page(drawn_page(WIDTH, HEIGHT, PAGE, static_cast<std::uint8_t>(page), 100), {});
    EXPECT_EQ(search.status, PageStatus::found) << page;
    EXPECT_LT(error_of(search.page.corners, PAGE), 0.7) << page;
  }
}

TEST(FindPage, AMaskOfThePrintAloneIsOverruledByTheEdges) {
  const Corners print{{{300, 400}, {600, 390}, {610, 700}, {290, 690}}};
  const PageSearch search = find_page(drawn_page(WIDTH, HEIGHT, PAGE, 230, 60), drawn_mask(print, WIDTH, HEIGHT));
  EXPECT_EQ(search.status, PageStatus::found);
  EXPECT_LT(error_of(search.page.corners, PAGE), 0.5);
}

TEST(FindPage, ACornerOutsideIsWhereTheSidesMeet) {
  const Corners outside{{{180, 240}, {820, 300}, {960, 1110}, {130, 950}}};
  const PageSearch search = find_page(drawn_page(WIDTH, HEIGHT, outside, 230, 60), drawn_mask(outside, WIDTH, HEIGHT));
  EXPECT_EQ(search.status, PageStatus::partial);
  EXPECT_TRUE(search.page.clipped);
  EXPECT_LT(error_of(search.page.corners, outside), 3);
}

TEST(FindPage, OneThreadFindsWhatManyFind) {
  const Image picture = drawn_page(WIDTH, HEIGHT, PAGE, 230, 60);
  const Image mask = drawn_mask(PAGE, WIDTH, HEIGHT);
  const PageSearch one = find_page(picture, mask, {.least_confidence = 0.5, .shape = {}, .threads = 1});
  const PageSearch many = find_page(picture, mask, {.least_confidence = 0.5, .shape = {}, .threads = 7});
  EXPECT_EQ(error_of(one.page.corners, many.page.corners), 0);
  EXPECT_EQ(one.page.confidence, many.page.confidence);
}

TEST(FindPage, WhatIsNotSureEnoughIsNotFoundAndSaysWhy) {
  const PageSearch search = find_page(drawn_page(WIDTH, HEIGHT, PAGE, 230, 60), drawn_mask(PAGE, WIDTH, HEIGHT),
                                      {.least_confidence = 1.0, .shape = {}, .threads = 1});
  EXPECT_EQ(search.status, PageStatus::not_found);
  EXPECT_THAT(search.reason, HasSubstr("confidence"));
  EXPECT_LT(error_of(search.page.corners, PAGE), 0.5) << "the best guess is there all the same";
}

TEST(FindPage, OfSeveralPagesTheLargestIsChosenAndTheOthersListed) {
  const auto scene = scenes::random_scene(scenes::SceneKind::several, 3);
  const auto photo = scenes::render_page(scene);
  ASSERT_GE(photo.pages.size(), 2U);
  const PageSearch search = find_page(photo.picture, photo.mask);
  EXPECT_EQ(search.status, PageStatus::found);
  EXPECT_EQ(search.others.size() + 1, photo.pages.size());
  for (const Page& other : search.others) EXPECT_LE(area(other.corners), area(search.page.corners));
}

TEST(FindPage, EveryDegenerateInputHasAStatus) {
  const auto plain = [](int width, int height, std::uint8_t level) {
    const std::vector<std::uint8_t> pixels(static_cast<std::size_t>(width) * static_cast<std::size_t>(height), level);
    return Image::from_pixels({pixels.data(), width, height, width, PixelFormat::gray8});
  };
  Corners line{{{10, 500}, {890, 500}, {890, 502}, {10, 502}}};
  const Image masks[] = {{},
                         plain(1, 1, 255),
                         plain(320, 320, 0),
                         plain(320, 320, 255),
                         plain(1, 320, 255),
                         drawn_mask(line, WIDTH, HEIGHT),
                         drawn_mask({{{0, 0}, {900, 0}, {900, 600}, {0, 600}}}, WIDTH, HEIGHT)};
  const Image pictures[] = {
      plain(1, 1, 9),      plain(2, 3, 200),        plain(1, 5000, 128),       plain(5000, 1, 128),
      plain(17, 900, 255), plain(WIDTH, HEIGHT, 0), plain(WIDTH, HEIGHT, 255), drawn_page(WIDTH, HEIGHT, line, 255, 0)};
  for (const Image& picture : pictures) {
    for (const Image& mask : masks) {
      PageSearch search;
      ASSERT_NO_THROW(search = find_page(picture, mask)) << picture.width() << " x " << picture.height();
      EXPECT_NE(search.status, PageStatus::found) << picture.width() << " x " << picture.height();
      EXPECT_TRUE(search.status == PageStatus::not_found ? !search.reason.empty() : true);
      for (const Point& corner : search.page.corners) EXPECT_TRUE(std::isfinite(corner.x) && std::isfinite(corner.y));
    }
  }
}

TEST(FindPage, NoiseHasAStatusAndNoPage) {
  scenes::Random random(11);
  for (int round = 0; round < 40; ++round) {
    const int width = 1 + static_cast<int>(random.below(700));
    const int height = 1 + static_cast<int>(random.below(700));
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
    for (auto& value : pixels) value = static_cast<std::uint8_t>(random.bits());
    const Image picture = Image::from_pixels({pixels.data(), width, height, width, PixelFormat::gray8});
    std::vector<std::uint8_t> values(64 * 64);
    for (auto& value : values) value = static_cast<std::uint8_t>(random.bits());
    const Image mask = Image::from_pixels({values.data(), 64, 64, 64, PixelFormat::gray8});
    EXPECT_EQ(find_page(picture, mask).status, PageStatus::not_found);
    EXPECT_EQ(find_page(picture, {}).status, PageStatus::not_found);
  }
}

TEST(FindPage, WrongArgumentsAreRefused) {
  const Image picture = drawn_page(30, 30, {{{5, 5}, {20, 5}, {20, 20}, {5, 20}}}, 230, 60);
  EXPECT_EQ(peel::test::error_of([&] { find_page({}, {}); }).code(), ErrorCode::usage);
  const std::vector<std::uint8_t> rgb(30 * 30 * 3);
  const Image coloured = Image::from_pixels({rgb.data(), 30, 30, 90, PixelFormat::rgb8});
  EXPECT_THAT(peel::test::error_of([&] { find_page(picture, coloured); }).what(), HasSubstr("one channel"));
}

}  // namespace
}  // namespace peel::document
