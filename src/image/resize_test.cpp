#include "image/resize.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>

#include "image/image_data.hpp"
#include "support/pictures.hpp"

namespace peel {
namespace {

template <typename T>
Image picture_of(int width, int height, PixelFormat format, const std::vector<T>& samples) {
  return Image::from_pixels({samples.data(), width, height,
                             static_cast<std::ptrdiff_t>(width) * channels(format) * bytes_per_sample(format), format});
}

template <typename T>
const T* samples(const Image& image) {
  return reinterpret_cast<const T*>(image.data());
}

TEST(Resized, ASmoothPictureStaysWhatItIsInEveryFormat) {
  for (const PixelFormat format : test::STORED_FORMATS) {
    auto data = std::make_shared<Image::Data>(60, 40, format);
    const int count = channels(format);
    const bool wide = bytes_per_sample(format) == 2;
    const std::uint32_t unit = wide ? 257 : 1;
    for (int i = 0; i < 60 * 40 * count; ++i) {
      const std::uint32_t value =
          (has_alpha(format) && i % count == count - 1 ? 200u : 10u + 20u * (static_cast<std::uint32_t>(i % count))) *
          unit;
      if (wide) {
        reinterpret_cast<std::uint16_t*>(data->pixels.data())[i] = static_cast<std::uint16_t>(value);
      } else {
        reinterpret_cast<std::uint8_t*>(data->pixels.data())[i] = static_cast<std::uint8_t>(value);
      }
    }
    const Image in(data);
    for (const auto& [width, height] : {std::pair(13, 7), std::pair(121, 90), std::pair(20, 80)}) {
      const Image out = resized(in, width, height, 1);
      ASSERT_EQ(out.width(), width);
      ASSERT_EQ(out.height(), height);
      ASSERT_EQ(out.format(), format);
      for (int i = 0; i < width * height * count; ++i) {
        if (wide) {
          ASSERT_NEAR(samples<std::uint16_t>(out)[i], samples<std::uint16_t>(in)[i % count], 2);
        } else {
          ASSERT_NEAR(samples<std::uint8_t>(out)[i], samples<std::uint8_t>(in)[i % count], 1) << i;
        }
      }
    }
  }
}

TEST(Resized, NothingBleedsOutOfWhatIsTransparent) {
  // White and opaque beside black and transparent: half of it stays white.
  std::vector<std::uint8_t> pixels;
  for (int y = 0; y < 20; ++y) {
    for (int x = 0; x < 20; ++x) {
      const bool subject = x < 9;
      for (int c = 0; c < 3; ++c) pixels.push_back(subject ? 255 : 0);
      pixels.push_back(subject ? 255 : 0);
    }
  }
  const Image out = resized(picture_of(20, 20, PixelFormat::rgba8, pixels), 5, 5, 1);
  bool mixed = false;
  for (int i = 0; i < 25; ++i) {
    const auto* const p = samples<std::uint8_t>(out) + 4 * i;
    mixed = mixed || (p[3] > 20 && p[3] < 235);
    if (p[3] > 2) {
      EXPECT_GE(p[0], 250) << i;
    }
    if (p[3] == 0) {
      EXPECT_EQ(p[0] + p[1] + p[2], 0);
    }
  }
  EXPECT_TRUE(mixed);
}

TEST(Resized, WhatIsWhollyTransparentIsZero) {
  const Image out = resized(picture_of(4, 4, PixelFormat::gray_alpha8, std::vector<std::uint8_t>(32, 0)), 3, 3, 1);
  for (int i = 0; i < 18; ++i) EXPECT_EQ(samples<std::uint8_t>(out)[i], 0);
}

TEST(Resized, ProfileAndResolutionStay) {
  auto data = test::photograph(30, 30, PixelFormat::rgb16);
  data->icc_profile.assign(3, std::byte{7});
  data->resolution = Resolution{10, 20};
  const Image out = resized(Image(data), 10, 10, 1);
  EXPECT_EQ(out.icc_profile().size(), 3U);
  EXPECT_EQ(out.resolution().value().y, 20);
}

TEST(Resized, TheSameSizeIsTheSamePicture) {
  const Image in(test::photograph(30, 20, PixelFormat::rgba8));
  EXPECT_EQ(resized(in, 30, 20, 1).data(), in.data());
}

TEST(OnCanvas, ReachesBeyondOnEverySide) {
  const Image in = picture_of<std::uint8_t>(2, 2, PixelFormat::gray8, {1, 2, 3, 4});
  const auto at = [&](int left, int top) {
    const Image out = on_canvas(in, left, top, 3, 2);
    return std::vector<int>(samples<std::uint8_t>(out), samples<std::uint8_t>(out) + 6);
  };
  EXPECT_EQ(at(0, 0), (std::vector<int>{1, 2, 0, 3, 4, 0}));
  EXPECT_EQ(at(1, 0), (std::vector<int>{0, 1, 2, 0, 3, 4}));
  EXPECT_EQ(at(2, 1), (std::vector<int>{0, 0, 0, 0, 0, 1}));
  EXPECT_EQ(at(-1, -1), (std::vector<int>{4, 0, 0, 0, 0, 0}));
  EXPECT_EQ(at(3, 0), std::vector<int>(6, 0));
  EXPECT_EQ(at(0, -2), std::vector<int>(6, 0));
  EXPECT_EQ(on_canvas(in, 0, 0, 2, 2).data(), in.data());
}

TEST(IsTransparentSomewhere, LooksAtAlphaAlone) {
  EXPECT_FALSE(is_transparent_somewhere(picture_of<std::uint8_t>(2, 1, PixelFormat::gray_alpha8, {0, 255, 0, 255})));
  EXPECT_TRUE(is_transparent_somewhere(picture_of<std::uint8_t>(2, 1, PixelFormat::gray_alpha8, {0, 255, 0, 254})));
  EXPECT_FALSE(is_transparent_somewhere(picture_of<std::uint16_t>(1, 1, PixelFormat::rgba16, {0, 0, 0, 65535})));
  EXPECT_TRUE(is_transparent_somewhere(picture_of<std::uint16_t>(1, 1, PixelFormat::rgba16, {0, 0, 0, 65279})));
  EXPECT_FALSE(is_transparent_somewhere(picture_of<std::uint8_t>(1, 1, PixelFormat::gray8, {0})));
}

}  // namespace
}  // namespace peel
