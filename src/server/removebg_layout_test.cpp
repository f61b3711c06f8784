#include "server/removebg_layout.hpp"

#include <gmock/gmock.h>

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>

#include "image/image_data.hpp"
#include "image/resize.hpp"
#include "mask/cutout.hpp"
#include "peel/error.hpp"
#include "support/removebg_lengths.hpp"

namespace peel::server {
namespace {

using peel::test::percent;
using peel::test::px;
using ::testing::Contains;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;
using Format = RemovebgRequest::Format;

RemovebgRequest unlimited() {
  RemovebgRequest request;
  request.max_pixels = 0;
  return request;
}

std::vector<int> sides(const Box& box) {
  return {box.left, box.top, box.width, box.height};
}

/// A grey mask with white boxes.
Image mask_of(int width, int height, const std::vector<Box>& boxes) {
  auto mask = std::make_shared<Image::Data>(width, height, PixelFormat::gray8);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const bool white = std::ranges::any_of(boxes, [&](const Box& box) {
        return x >= box.left && x < box.left + box.width && y >= box.top && y < box.top + box.height;
      });
      mask->row<std::uint8_t>(y)[x] = white ? 255 : 0;
    }
  }
  return Image(std::move(mask));
}

/// A cut-out whose colour tells where a pixel was: red is its x, green its y.
Image cutout_of(const Image& mask, PixelFormat format = PixelFormat::rgb8) {
  auto picture = std::make_shared<Image::Data>(mask.width(), mask.height(), format);
  picture->icc_profile.assign(5, std::byte{1});
  for (int y = 0; y < mask.height(); ++y) {
    for (int x = 0; x < mask.width(); ++x) {
      const int values[] = {x, y, 100};
      for (int c = 0; c < 3; ++c) {
        if (format == PixelFormat::rgb16) {
          picture->row<std::uint16_t>(y)[3 * x + c] = static_cast<std::uint16_t>(values[c] * 257 + 5);
        } else {
          picture->row<std::uint8_t>(y)[3 * x + c] = static_cast<std::uint8_t>(values[c]);
        }
      }
    }
  }
  return cut_out(Image(std::move(picture)), mask, 1);
}

std::vector<int> pixel(const Image& image, int x, int y) {
  const int count = channels(image.format());
  std::vector<int> values;
  for (int c = 0; c < count; ++c) {
    const auto* const row = image.data() + y * image.stride();
    values.push_back(bytes_per_sample(image.format()) == 2 ? reinterpret_cast<const std::uint16_t*>(row)[x * count + c]
                                                           : reinterpret_cast<const std::uint8_t*>(row)[x * count + c]);
  }
  return values;
}

std::string layout_refusal(const RemovebgRequest& request, const Image& mask) {
  try {
    lay_out(cutout_of(mask), mask, request, {}, 1);
  } catch (const ApiError& error) {
    EXPECT_EQ(error.status, 400);
    return error.code;
  }
  return "";
}

/// The subject's box in a picture of 100 x 60.
constexpr Box SUBJECT{20, 10, 30, 20};

class RemovebgLayout : public ::testing::Test {
 protected:
  RemovebgPicture made(const RemovebgRequest& request, const Image& background = {}) const {
    return lay_out(cutout_, mask_, request, background, 1);
  }
  Image mask_ = mask_of(100, 60, {SUBJECT});
  Image cutout_ = cutout_of(mask_);
};

TEST_F(RemovebgLayout, WithoutParametersItIsTheCutOut) {
  const auto picture = made(unlimited());
  EXPECT_EQ(picture.image.data(), cutout_.data());
  EXPECT_EQ(sides(picture.foreground), sides(SUBJECT));
  EXPECT_EQ(picture.format, FileFormat::png);
}

TEST_F(RemovebgLayout, OutsideOfTheRegionAllIsBackground) {
  mask_ = mask_of(100, 60, {SUBJECT, {70, 40, 20, 10}});
  cutout_ = cutout_of(mask_);
  auto request = unlimited();
  request.roi = {px(25), percent(0), percent(60), percent(100)};
  const auto picture = made(request);
  EXPECT_EQ(sides(picture.foreground), (std::vector<int>{25, 10, 25, 20}));
  EXPECT_EQ(picture.image.width(), 100);
  EXPECT_EQ(picture.image.height(), 60);
  EXPECT_EQ(pixel(picture.image, 24, 15)[3], 0);
  EXPECT_EQ(pixel(picture.image, 25, 15), (std::vector<int>{25, 15, 100, 255}));
  EXPECT_EQ(pixel(picture.image, 75, 45)[3], 0);
}

TEST_F(RemovebgLayout, ARegionLiesInThePicture) {
  auto request = unlimited();
  request.roi = {px(0), px(0), px(101), px(60)};
  EXPECT_EQ(layout_refusal(request, mask_), "roi_exceeds_bounds");
  request.roi = {px(0), px(0), percent(101), px(60)};
  EXPECT_EQ(layout_refusal(request, mask_), "roi_exceeds_bounds");
  request.roi = {px(50), px(0), px(50), px(60)};
  EXPECT_EQ(layout_refusal(request, mask_), "roi_region_empty");
  request.roi = {px(50), px(30), px(60), px(20)};
  EXPECT_EQ(layout_refusal(request, mask_), "roi_region_empty");
  request.roi = {px(60), px(0), px(100), px(60)};
  EXPECT_EQ(layout_refusal(request, mask_), "unknown_foreground");
  request.roi = {px(0), px(0), px(100), px(60)};
  EXPECT_EQ(layout_refusal(request, mask_), "");
}

TEST_F(RemovebgLayout, WithoutASubjectThereIsNoPicture) {
  EXPECT_EQ(layout_refusal(unlimited(), mask_of(10, 10, {})), "unknown_foreground");
}

TEST_F(RemovebgLayout, CroppingLeavesTheSubject) {
  auto request = unlimited();
  request.crop = true;
  const auto picture = made(request);
  EXPECT_EQ(picture.image.width(), 30);
  EXPECT_EQ(picture.image.height(), 20);
  EXPECT_EQ(sides(picture.foreground), (std::vector<int>{0, 0, 30, 20}));
  EXPECT_EQ(pixel(picture.image, 0, 0), (std::vector<int>{20, 10, 100}));
  EXPECT_EQ(pixel(picture.image, 29, 19), (std::vector<int>{49, 29, 100}));
  EXPECT_EQ(picture.format, FileFormat::jpeg);  // opaque everywhere
  EXPECT_EQ(picture.image.format(), PixelFormat::rgb8);
}

TEST_F(RemovebgLayout, MarginsMayGoBeyondThePicture) {
  auto request = unlimited();
  request.crop = true;
  request.crop_margin = {px(15), percent(10), percent(50), px(25)};  // top, right, bottom, left
  request.scale = 0.9;                                               // plays no part
  request.position = RemovebgRequest::Position{0, 0};
  const auto picture = made(request);
  EXPECT_EQ(picture.image.width(), 25 + 30 + 3);
  EXPECT_EQ(picture.image.height(), 15 + 20 + 10);
  EXPECT_EQ(sides(picture.foreground), (std::vector<int>{25, 15, 30, 20}));
  EXPECT_EQ(pixel(picture.image, 25, 15), (std::vector<int>{20, 10, 100, 255}));
  EXPECT_EQ(pixel(picture.image, 54, 34), (std::vector<int>{49, 29, 100, 255}));
  EXPECT_EQ(pixel(picture.image, 24, 15)[3], 0);
  EXPECT_EQ(pixel(picture.image, 55, 34)[3], 0);
  EXPECT_EQ(picture.format, FileFormat::png);
}

TEST_F(RemovebgLayout, PositionMovesTheSubjectAsItIs) {
  auto request = unlimited();
  request.position = RemovebgRequest::Position{1, 0};
  auto picture = made(request);
  EXPECT_EQ(picture.image.width(), 100);
  EXPECT_EQ(sides(picture.foreground), (std::vector<int>{70, 0, 30, 20}));
  EXPECT_EQ(pixel(picture.image, 70, 0), (std::vector<int>{20, 10, 100, 255}));
  EXPECT_EQ(pixel(picture.image, 99, 19), (std::vector<int>{49, 29, 100, 255}));
  EXPECT_EQ(pixel(picture.image, 30, 15)[3], 0);
  request.position = RemovebgRequest::Position{};
  picture = made(request);
  EXPECT_EQ(sides(picture.foreground), (std::vector<int>{35, 20, 30, 20}));
  EXPECT_EQ(pixel(picture.image, 35, 20), (std::vector<int>{20, 10, 100, 255}));
}

TEST_F(RemovebgLayout, ScaleIsOfTheWholePicture) {
  auto request = unlimited();
  request.scale = 0.5;
  request.position = RemovebgRequest::Position{};
  // 100 x 60 by half are 50 x 30: the height is met first, by a factor of 1.5.
  auto picture = made(request);
  EXPECT_EQ(picture.image.width(), 100);
  EXPECT_EQ(picture.image.height(), 60);
  EXPECT_EQ(picture.foreground.height, 30);
  EXPECT_NEAR(picture.foreground.width, 45, 1);
  EXPECT_NEAR(picture.foreground.left, 27.5, 1);
  EXPECT_EQ(picture.foreground.top, 15);
  const auto middle = pixel(picture.image, 50, 30);
  EXPECT_NEAR(middle[0], 35, 1);
  EXPECT_NEAR(middle[1], 20, 1);
  EXPECT_EQ(middle[3], 255);
  EXPECT_EQ(pixel(picture.image, 20, 30)[3], 0);
  EXPECT_EQ(pixel(picture.image, 50, 8)[3], 0);
  EXPECT_EQ(pixel(picture.image, 34, 21)[3], 255);

  request.position.reset();  // its middle stays at 35, 20
  picture = made(request);
  EXPECT_NEAR(picture.foreground.left, 12.5, 1);
  EXPECT_EQ(picture.foreground.top, 5);

  request.scale = 1;
  picture = made(request);
  EXPECT_EQ(picture.foreground.height, 60);
  EXPECT_NEAR(picture.foreground.width, 90, 1);
  EXPECT_EQ(picture.foreground.left, 0);  // no further than the canvas goes
}

TEST_F(RemovebgLayout, ATinySubjectThatIsMadeLargeTakesNoMoreThanTheCanvas) {
  auto request = unlimited();
  for (const double scale : {0.1, 0.5, 0.99, 1.0}) {
    request.scale = scale;
    request.position = RemovebgRequest::Position{0.3, 0.7};
    const auto plan = plan_removebg(request, 10'000, 8'000, {0, 0, 10'000, 8'000}, {5'000, 5'000, 1, 1});
    EXPECT_LE(plan.to.width, 10'001);
    EXPECT_LE(plan.to.height, 8'001);
    EXPECT_NEAR(plan.foreground.height, 8'000 * scale, 1);
  }
}

TEST_F(RemovebgLayout, TheSizeIsALimit) {
  RemovebgRequest request;
  for (const auto& [width, height] : {std::pair(4000, 3000), std::pair(6250, 4000), std::pair(501, 500),
                                      std::pair(1'000'000, 1), std::pair(3, 300'000), std::pair(1, 900'000)}) {
    const Box whole{0, 0, width, height};
    const auto plan = plan_removebg(request, width, height, whole, whole);
    EXPECT_LE(static_cast<std::int64_t>(plan.width) * plan.height, 250'000) << width;
    EXPECT_GE(static_cast<std::int64_t>(plan.width) * plan.height, width == 3 ? 150'000 : 240'000) << width;
    EXPECT_EQ(sides(plan.from), sides(whole));
    EXPECT_EQ(sides(plan.to), sides({0, 0, plan.width, plan.height}));
  }
  const auto plan = plan_removebg(request, 6250, 4000, {0, 0, 6250, 4000}, {0, 0, 100, 100});
  EXPECT_EQ(plan.width, 625);  // the API's own example
  EXPECT_EQ(plan.height, 400);
  EXPECT_EQ(sides(plan.foreground), (std::vector<int>{0, 0, 10, 10}));
  // What is within the limit stays as it is.
  EXPECT_EQ(sides(plan_removebg(request, 500, 500, {0, 0, 500, 500}, {1, 1, 9, 9}).to), sides({0, 0, 500, 500}));
}

TEST_F(RemovebgLayout, AReducedPictureLooksTheSame) {
  auto request = unlimited();
  request.max_pixels = 1500;  // a quarter
  const auto picture = made(request);
  EXPECT_EQ(picture.image.width(), 50);
  EXPECT_EQ(picture.image.height(), 30);
  EXPECT_EQ(sides(picture.foreground), (std::vector<int>{10, 5, 15, 10}));
  const auto inside = pixel(picture.image, 17, 10);
  EXPECT_NEAR(inside[0], 34.5, 1);
  EXPECT_NEAR(inside[1], 20.5, 1);
  EXPECT_EQ(inside[3], 255);
  EXPECT_EQ(pixel(picture.image, 5, 10)[3], 0);
  EXPECT_EQ(picture.image.icc_profile().size(), 5U);
}

TEST_F(RemovebgLayout, CropAndLimitGoTogether) {
  auto request = unlimited();
  request.crop = true;
  request.crop_margin.fill(px(10));
  request.max_pixels = 500;  // of 50 x 40
  const auto picture = made(request);
  EXPECT_EQ(picture.image.width(), 25);
  EXPECT_EQ(picture.image.height(), 20);
  EXPECT_EQ(sides(picture.foreground), (std::vector<int>{5, 5, 15, 10}));
}

TEST_F(RemovebgLayout, SixteenBitsStay) {
  cutout_ = cutout_of(mask_, PixelFormat::rgb16);
  auto request = unlimited();
  request.position = RemovebgRequest::Position{0, 0};
  EXPECT_EQ(pixel(made(request).image, 1, 2), (std::vector<int>{21 * 257 + 5, 12 * 257 + 5, 25705, 65535}));
  request.max_pixels = 1500;
  EXPECT_EQ(made(request).image.format(), PixelFormat::rgba16);
  EXPECT_NEAR(pixel(made(request).image, 5, 5)[2], 25705, 2);
}

TEST_F(RemovebgLayout, AlphaIsTheMaskInTheSamePlace) {
  auto request = unlimited();
  request.channels = RemovebgRequest::Channels::alpha;
  request.bg_color = Color{255, 0, 0, 255};  // plays no part
  request.position = RemovebgRequest::Position{1, 1};
  const auto picture = made(request);
  EXPECT_EQ(picture.image.format(), PixelFormat::gray8);
  EXPECT_EQ(picture.format, FileFormat::png);
  EXPECT_EQ(pixel(picture.image, 70, 40)[0], 255);
  EXPECT_EQ(pixel(picture.image, 69, 40)[0], 0);
  EXPECT_EQ(pixel(picture.image, 25, 15)[0], 0);
  request.format = Format::jpg;
  EXPECT_EQ(made(request).format, FileFormat::jpeg);
}

TEST_F(RemovebgLayout, AColourLiesUnderIt) {
  // Without the profile of the test, which is none.
  cutout_ = Image::from_pixels(cutout_.view());
  auto request = unlimited();
  request.bg_color = Color{1, 2, 3, 255};
  auto picture = made(request);
  EXPECT_EQ(pixel(picture.image, 0, 0), (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(pixel(picture.image, 20, 10), (std::vector<int>{20, 10, 100}));
  EXPECT_EQ(picture.format, FileFormat::jpeg);
  request.format = Format::png;
  EXPECT_EQ(made(request).format, FileFormat::png);
  request.format = Format::automatic;
  request.bg_color->alpha = 128;
  picture = made(request);
  EXPECT_EQ(pixel(picture.image, 0, 0), (std::vector<int>{1, 2, 3, 128}));
  EXPECT_EQ(picture.format, FileFormat::png);
}

TEST_F(RemovebgLayout, APictureLiesUnderItScaledToCover) {
  cutout_ = Image::from_pixels(cutout_.view());
  // Left third red, the rest blue, twice as wide as needed: its middle half is seen, which begins at a quarter.
  auto ground = std::make_shared<Image::Data>(120, 36, PixelFormat::rgb8);
  for (int y = 0; y < 36; ++y) {
    for (int x = 0; x < 120; ++x) {
      auto* const p = ground->row<std::uint8_t>(y) + 3 * x;
      p[0] = x < 40 ? 255 : 0;
      p[1] = 0;
      p[2] = x < 40 ? 0 : 255;
    }
  }
  const auto picture = made(unlimited(), Image(ground));
  EXPECT_EQ(picture.image.format(), PixelFormat::rgb8);
  EXPECT_EQ(pixel(picture.image, 10, 50), (std::vector<int>{255, 0, 0}));
  EXPECT_EQ(pixel(picture.image, 25, 50), (std::vector<int>{0, 0, 255}));
  EXPECT_EQ(pixel(picture.image, 25, 15), (std::vector<int>{25, 15, 100}));
  EXPECT_EQ(picture.format, FileFormat::jpeg);
}

TEST_F(RemovebgLayout, InJpegWhatIsTransparentBecomesWhite) {
  cutout_ = Image::from_pixels(cutout_.view());
  auto request = unlimited();
  request.format = Format::jpg;
  const auto picture = made(request);
  EXPECT_EQ(picture.image.format(), PixelFormat::rgb8);
  EXPECT_EQ(pixel(picture.image, 0, 0), (std::vector<int>{255, 255, 255}));
  EXPECT_EQ(pixel(picture.image, 20, 10), (std::vector<int>{20, 10, 100}));
  request.format = Format::webp;
  EXPECT_EQ(made(request).format, FileFormat::webp);
  EXPECT_EQ(pixel(made(request).image, 0, 0)[3], 0);
}

TEST_F(RemovebgLayout, WhatIsNoCutOutWithItsMaskIsRefused) {
  EXPECT_THROW(lay_out({}, mask_, {}, {}, 1), Error);
  EXPECT_THROW(lay_out(mask_, mask_, {}, {}, 1), Error);
  EXPECT_THROW(lay_out(cutout_, mask_of(99, 60, {SUBJECT}), {}, {}, 1), Error);
  EXPECT_THROW(lay_out(cutout_, cutout_, {}, {}, 1), Error);
}

TEST_F(RemovebgLayout, NumbersAreTold) {
  auto request = unlimited();
  auto headers = removebg_headers(request, made(request));
  for (const auto& [name, value] :
       {std::pair("X-Width", "100"), std::pair("X-Height", "60"), std::pair("X-Foreground-Left", "20"),
        std::pair("X-Foreground-Top", "10"), std::pair("X-Foreground-Width", "30"),
        std::pair("X-Foreground-Height", "20"), std::pair("X-Credits-Charged", "0"), std::pair("X-Type", "other")}) {
    EXPECT_THAT(headers, Contains(Pair(name, value)));
  }
  request.type = "car";
  EXPECT_THAT(removebg_headers(request, made(request)), Contains(Pair("X-Type", "car")));
  request.type_level = "none";
  EXPECT_THAT(removebg_headers(request, made(request)), Not(Contains(Key("X-Type"))));
  EXPECT_EQ(nlohmann::json::parse(removebg_json("foo", made(request))),
            nlohmann::json::parse(R"({"data":{"result_b64":"Zm9v","foreground_top":10,"foreground_left":20,
                                              "foreground_width":30,"foreground_height":20}})"));
}

}  // namespace
}  // namespace peel::server
