#include "mask/cutout.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <cmath>
#include <limits>
#include <vector>

#include "image/compose.hpp"
#include "image/srgb.hpp"
#include "support/matting_planes.hpp"
#include "support/noise.hpp"
#include "support/pictures.hpp"

namespace peel {
namespace {

using test::image;
using test::samples;
using testing::ElementsAre;

Image mask(const std::vector<std::uint8_t>& values) {
  return image(PixelFormat::gray8, static_cast<int>(values.size()), 1, values);
}

TEST(CutOut, KeepsColoursAndClearsWhatIsTransparent) {
  const auto rgb = image<std::uint8_t>(PixelFormat::rgb8, 3, 1, {10, 20, 30, 40, 50, 60, 70, 80, 90});
  const auto out = cut_out(rgb, mask({255, 1, 0}), 1);
  EXPECT_EQ(out.format(), PixelFormat::rgba8);
  EXPECT_THAT(samples(out), ElementsAre(10, 20, 30, 255, 40, 50, 60, 1, 0, 0, 0, 0));
}

TEST(CutOut, MultipliesAlphaThatWasThere) {
  const auto rgba = image<std::uint8_t>(PixelFormat::rgba8, 2, 1, {10, 20, 30, 128, 40, 50, 60, 0});
  EXPECT_THAT(samples(cut_out(rgba, mask({128, 255}), 1)), ElementsAre(10, 20, 30, 64, 0, 0, 0, 0));
  const auto grey = image<std::uint8_t>(PixelFormat::gray_alpha8, 1, 1, {9, 255});
  EXPECT_THAT(samples(cut_out(grey, mask({77}), 1)), ElementsAre(9, 77));
}

TEST(CutOut, KeepsTheBitDepth) {
  const auto gray = image<std::uint16_t>(PixelFormat::gray16, 2, 1, {1000, 65535});
  const auto out = cut_out(gray, mask({255, 128}), 1);
  EXPECT_EQ(out.format(), PixelFormat::gray_alpha16);
  EXPECT_THAT(samples<std::uint16_t>(out), ElementsAre(1000, 65535, 65535, 128 * 257));
  const auto rgba = image<std::uint16_t>(PixelFormat::rgba16, 1, 1, {1, 2, 3, 65535});
  EXPECT_THAT(samples<std::uint16_t>(cut_out(rgba, mask({1}), 1)), ElementsAre(1, 2, 3, 257));
}

TEST(PutAlpha, KeepsEveryColourAndReplacesAlpha) {
  const auto rgba = image<std::uint8_t>(PixelFormat::rgba8, 2, 1, {10, 20, 30, 128, 40, 50, 60, 0});
  EXPECT_THAT(samples(put_alpha(rgba, mask({0, 200}), 1)), ElementsAre(10, 20, 30, 0, 40, 50, 60, 200));
}

// The usual formats have a way of their own, on vectors: compared with what it is said to be, pixel by pixel.
void compare_with_definition(std::size_t width) {
  const auto pixels = test::noise(width * 4, 5);
  auto levels = test::noise(width, 6);
  for (std::size_t x = 0; x < width; ++x) {
    if (x % 200 < 100 || levels[x] < 60) levels[x] = 0;  // wholly hidden stretches, and hidden pixels among others
  }
  for (const int count : {3, 4}) {
    std::vector<std::uint8_t> in, cut, put;
    for (std::size_t x = 0; x < width; ++x) {
      const std::uint8_t* const pixel = &pixels[4 * x];
      const int own = count == 4 ? pixel[3] : 255;
      const auto alpha = static_cast<std::uint8_t>(std::lround(own * levels[x] / 255.0));
      in.insert(in.end(), pixel, pixel + count);
      put.insert(put.end(), {pixel[0], pixel[1], pixel[2], levels[x]});
      const std::uint8_t keep = alpha == 0 ? 0 : 255;
      for (int c = 0; c < 3; ++c) cut.push_back(pixel[c] & keep);
      cut.push_back(alpha);
    }
    const auto picture = image(count == 4 ? PixelFormat::rgba8 : PixelFormat::rgb8, static_cast<int>(width), 1, in);
    EXPECT_EQ(samples(cut_out(picture, mask(levels), 1)), cut) << width << " of " << count;
    EXPECT_EQ(samples(put_alpha(picture, mask(levels), 1)), put) << width << " of " << count;
  }
}

TEST(WithAlpha, IsAsDefinedOnEveryInstructionSet) {
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    for (const std::size_t width : {1u, 2u, 15u, 16u, 17u, 63u, 64u, 65u, 129u, 300u, 9000u}) {
      compare_with_definition(width);
    }
  }
  hwy::SetSupportedTargetsForTest(0);
}

TEST(OverColor, MixesStraightAlpha) {
  const auto rgba = image<std::uint8_t>(PixelFormat::rgba8, 3, 1, {200, 100, 50, 128, 9, 8, 7, 0, 9, 8, 7, 255});
  const auto white = over_color(rgba, {255, 255, 255, 255}, 1);
  EXPECT_EQ(white.format(), PixelFormat::rgb8);
  EXPECT_THAT(samples(white), ElementsAre(227, 177, 152, 255, 255, 255, 9, 8, 7));
  const auto half = over_color(rgba, {10, 20, 30, 128}, 1);
  EXPECT_EQ(half.format(), PixelFormat::rgba8);
  // 128/255 over 128/255: alpha 1 - (127/255)^2, colour weighted 128*255 to 128*127.
  EXPECT_THAT(samples(half), ElementsAre(137, 73, 43, 192, 10, 20, 30, 128, 9, 8, 7, 255));
  EXPECT_THAT(samples(over_color(rgba, {10, 20, 30, 0}, 1)), ElementsAre(200, 100, 50, 128, 0, 0, 0, 0, 9, 8, 7, 255));
}

TEST(OverColor, GreyStaysGreyOverAGreyOnly) {
  const auto grey = image<std::uint8_t>(PixelFormat::gray_alpha8, 1, 1, {100, 0});
  EXPECT_EQ(over_color(grey, {50, 50, 50, 255}, 1).format(), PixelFormat::gray8);
  const auto red = over_color(grey, {255, 0, 0, 255}, 1);
  EXPECT_EQ(red.format(), PixelFormat::rgb8);
  EXPECT_THAT(samples(red), ElementsAre(255, 0, 0));
  const auto wide = image<std::uint16_t>(PixelFormat::gray_alpha16, 1, 1, {65535, 0});
  EXPECT_THAT(samples<std::uint16_t>(over_color(wide, {128, 128, 128, 255}, 1)), ElementsAre(128 * 257));
}

TEST(OverPicture, CoversWithTheMiddle) {
  // A background of three bands side by side, twice as wide as the picture is in proportion: the middle one shows.
  std::vector<std::uint8_t> bands;
  for (int y = 0; y < 10; ++y) {
    for (int x = 0; x < 30; ++x)
      bands.insert(bands.end(), 3, static_cast<std::uint8_t>(x < 10 ? 10 : x < 20 ? 100 : 200));
  }
  const auto ground = image(PixelFormat::rgb8, 30, 10, bands);
  const auto clear = image(PixelFormat::rgba8, 10, 10, std::vector<std::uint8_t>(400, 0));
  const auto out = over_picture(clear, ground, 1);
  EXPECT_EQ(out.format(), PixelFormat::rgb8);
  EXPECT_THAT(samples(out), testing::Each(100));
  const auto opaque = image(PixelFormat::rgba8, 10, 10, std::vector<std::uint8_t>(400, 255));
  EXPECT_THAT(samples(over_picture(opaque, ground, 1)), testing::Each(255));
}

TEST(OverPicture, IsTransparentWhereItsBackgroundIs) {
  // Clear over: nothing at all, a half transparent blue, an opaque green; the colour under alpha 0 stays hidden.
  const auto ground =
      image(PixelFormat::rgba8, 3, 1, std::vector<std::uint8_t>{255, 0, 255, 0, 0, 0, 255, 128, 0, 255, 0, 255});
  const auto clear = image(PixelFormat::rgba8, 3, 1, std::vector<std::uint8_t>(12, 0));
  const Image out = over_picture(clear, ground, 1);
  EXPECT_EQ(out.format(), PixelFormat::rgba8);
  EXPECT_THAT(samples(out), ElementsAre(0, 0, 0, 0, 0, 0, 255, 128, 0, 255, 0, 255));
  // A half transparent red over the half transparent blue: alpha 0.75, two parts of red and one of blue.
  const auto red = image(PixelFormat::rgba8, 1, 1, std::vector<std::uint8_t>{255, 0, 0, 128});
  EXPECT_THAT(samples(over_picture(red, image(PixelFormat::rgba8, 1, 1, std::vector<std::uint8_t>{0, 0, 255, 128}), 1)),
              ElementsAre(170, 0, 85, 192));
}

TEST(OverPicture, HiddenColoursDoNotCreepIntoAnEnlargedBackground) {
  const auto ground = image(PixelFormat::rgba8, 2, 1, std::vector<std::uint8_t>{255, 0, 0, 0, 0, 0, 255, 255});
  const auto clear = image(PixelFormat::rgba8, 8, 4, std::vector<std::uint8_t>(128, 0));
  const auto out = samples(over_picture(clear, ground, 1));
  for (std::size_t i = 0; i < out.size(); i += 4) EXPECT_EQ(out[i], 0) << i;
}

TEST(OverPicture, AnOpaqueAlphaIsNone) {
  const auto ground = image(PixelFormat::gray_alpha8, 1, 1, std::vector<std::uint8_t>{77, 255});
  EXPECT_THAT(samples(over_picture(image(PixelFormat::rgba8, 1, 1, std::vector<std::uint8_t>{0, 0, 0, 0}), ground, 1)),
              ElementsAre(77, 77, 77));
}

// Values Pillow 9.4 gives for the same pixels.
TEST(Background, LooksAsItWasGivenUnderAPictureWithAProfile) {
  const auto profile = test::wide_gamut_profile();  // once: a profile holds the second it was made in
  const auto with_profile = [&](PixelFormat format, std::vector<std::uint8_t> pixel) {
    auto data = std::make_shared<Image::Data>(1, 1, format);
    std::copy(pixel.begin(), pixel.end(), data->row<std::uint8_t>(0));
    data->icc_profile = profile;
    return Image(std::move(data));
  };
  const Image clear = with_profile(PixelFormat::rgba8, {9, 9, 9, 0});
  const std::vector<std::uint8_t> orange{255, 136, 0};
  const auto seen = [](const Image& picture) {
    auto pixel = samples(picture);
    profile_to_srgb(pixel, picture.icc_profile());
    return pixel;
  };
  const auto is_orange =
      ElementsAre(testing::Ge(253), testing::AllOf(testing::Ge(134), testing::Le(138)), testing::Le(2));
  EXPECT_THAT(seen(over_color(clear, {255, 136, 0, 255}, 1)), is_orange);
  EXPECT_THAT(seen(over_picture(clear, image(PixelFormat::rgb8, 1, 1, orange), 1)), is_orange);
  // One profile on both: nothing is converted, and nothing lost.
  EXPECT_THAT(samples(over_picture(clear, with_profile(PixelFormat::rgb8, {1, 200, 3}), 1)), ElementsAre(1, 200, 3));
}

TEST(Compat, EqualsPillow) {
  const auto rgb = image<std::uint8_t>(PixelFormat::rgb8, 3, 1, {200, 100, 50, 255, 1, 2, 7, 8, 9});
  EXPECT_THAT(samples(compat_cut_out(rgb, mask({128, 254, 1}), 1)),
              ElementsAre(100, 50, 25, 128, 254, 1, 2, 254, 0, 0, 0, 1));
  const auto rgba = image<std::uint8_t>(PixelFormat::rgba8, 1, 1, {200, 100, 50, 99});
  EXPECT_THAT(samples(compat_cut_out(rgba, mask({128}), 1)), ElementsAre(100, 50, 25, 50));

  const auto over = [](std::vector<std::uint8_t> pixel, Color ground) {
    return samples(compat_over_color(image(PixelFormat::rgba8, 1, 1, pixel), ground, 1));
  };
  EXPECT_THAT(over({200, 100, 50, 128}, {255, 255, 255, 255}), ElementsAre(227, 177, 152, 255));
  EXPECT_THAT(over({200, 100, 50, 1}, {10, 20, 30, 255}), ElementsAre(11, 20, 30, 255));
  EXPECT_THAT(over({200, 100, 50, 77}, {10, 20, 30, 40}), ElementsAre(149, 79, 45, 105));
  EXPECT_THAT(over({0, 0, 0, 0}, {1, 2, 3, 4}), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(over({9, 8, 7, 255}, {1, 2, 3, 4}), ElementsAre(9, 8, 7, 255));
}

TEST(Crop, FindsTheSubjectAndKeepsInside) {
  std::vector<std::uint8_t> values(20 * 10, CROP_THRESHOLD - 1);
  const auto box = [&](int margin) { return subject_box(image(PixelFormat::gray8, 20, 10, values), margin); };
  EXPECT_FALSE(box(5));
  values[3 * 20 + 4] = values[6 * 20 + 9] = CROP_THRESHOLD;
  const auto is = [](int left, int top, int width, int height) {
    return testing::Optional(testing::AllOf(testing::Field(&Box::left, left), testing::Field(&Box::top, top),
                                            testing::Field(&Box::width, width), testing::Field(&Box::height, height)));
  };
  EXPECT_THAT(box(0), is(4, 3, 6, 4));
  EXPECT_THAT(box(2), is(2, 1, 10, 8));
  EXPECT_THAT(box(std::numeric_limits<int>::max()), is(0, 0, 20, 10));
  const auto part = crop(image(PixelFormat::gray8, 20, 10, values), {4, 3, 6, 4});
  EXPECT_EQ(samples(part).front(), CROP_THRESHOLD);
  EXPECT_EQ(samples(part).back(), CROP_THRESHOLD);
}

TEST(Pixels, ThreadsChangeNothing) {
  const int w = 900;
  const int h = 700;
  const auto rgba = image(PixelFormat::rgba8, w, h, test::noise(w * h * 4, 1));
  const auto m = image(PixelFormat::gray8, w, h, test::noise(w * h, 2));
  EXPECT_EQ(samples(cut_out(rgba, m, 4)), samples(cut_out(rgba, m, 1)));
  EXPECT_EQ(samples(over_color(rgba, {1, 2, 3, 255}, 4)), samples(over_color(rgba, {1, 2, 3, 255}, 1)));
  EXPECT_EQ(samples(compat_cut_out(rgba, m, 4)), samples(compat_cut_out(rgba, m, 1)));
}

}  // namespace
}  // namespace peel
