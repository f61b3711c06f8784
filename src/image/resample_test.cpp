#include "image/resample.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <cstdint>
#include <vector>

#include "image/resample_kernels.hpp"
#include "support/noise.hpp"

namespace peel {
namespace {

using test::fnv1a;
using test::noise;

std::vector<std::uint8_t> resized(int channels, int w, int h, int out_w, int out_h, int threads = 1) {
  const auto in = noise(static_cast<std::size_t>(w * h * channels), static_cast<std::uint32_t>(w * 31 + h));
  if (channels == 3) return resample_rgb({in.data(), w, h, 3 * w, PixelFormat::rgb8}, out_w, out_h, threads);
  std::vector<std::uint8_t> out(static_cast<std::size_t>(out_w * out_h));
  resample_gray(in.data(), w, h, out.data(), out_w, out_h, threads);
  return out;
}

struct Case {
  int channels, width, height, out_width, out_height;
  std::uint64_t pillow;  ///< FNV-1a of Image.frombytes(mode, size, noise).resize(out_size, LANCZOS) by Pillow 9.4
};
constexpr Case CASES[] = {
    {1, 13, 7, 5, 4, 0x98312babb9e1ee70ull},        {1, 5, 4, 13, 7, 0x284417bcc30aa5d3ull},
    {1, 1, 1, 8, 8, 0x64122d9546439a65ull},         {1, 64, 48, 1, 1, 0xaf63f04c86020e88ull},
    {1, 100, 3, 100, 9, 0x401373802b0e7b1dull},     {1, 3, 100, 9, 100, 0xacb977a37cf7b795ull},
    {1, 640, 480, 320, 320, 0x257620ed730b36a5ull}, {1, 320, 320, 641, 479, 0xf134246785a09ffbull},
    {1, 33, 17, 33, 17, 0x3dc482f429d115dbull},     {3, 13, 7, 5, 4, 0xbc606e175c7e91e5ull},
    {3, 5, 4, 13, 7, 0xbf5840ae12ff3a46ull},        {3, 1, 1, 8, 8, 0x3079e1e23d20cd65ull},
    {3, 64, 48, 1, 1, 0x25e20d1adb93f078ull},       {3, 100, 3, 100, 9, 0x335d6ca94aa546d7ull},
    {3, 3, 100, 9, 100, 0xddbf4bd41d3673d6ull},     {3, 640, 480, 320, 320, 0xfa681d03b3f452b5ull},
    {3, 320, 320, 641, 479, 0xc0bc9a3e88306c50ull}, {3, 33, 17, 33, 17, 0xb8bc29cd4c16b423ull},
};

TEST(Resample, EqualsPillowBitForBit) {
  EXPECT_THAT(resized(1, 13, 7, 5, 4), testing::ElementsAre(115, 164, 78, 87, 97, 125, 81, 178, 205, 128, 148, 55, 155,
                                                            150, 160, 81, 151, 123, 135, 157));
  for (const auto& c : CASES) {
    EXPECT_EQ(fnv1a(resized(c.channels, c.width, c.height, c.out_width, c.out_height)), c.pillow)
        << c.channels << ": " << c.width << "x" << c.height << " to " << c.out_width << "x" << c.out_height;
  }
}

TEST(Resample, EveryInstructionSetGivesTheSame) {
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    for (const auto& c : CASES) {
      EXPECT_EQ(fnv1a(resized(c.channels, c.width, c.height, c.out_width, c.out_height)), c.pillow)
          << hwy::TargetName(target);
    }
  }
  hwy::SetSupportedTargetsForTest(0);
}

TEST(Resample, ThreadsChangeNothing) {
  for (const int threads : {2, 5}) {
    EXPECT_EQ(resized(3, 1500, 1100, 320, 320, threads), resized(3, 1500, 1100, 320, 320));
    EXPECT_EQ(resized(1, 320, 320, 1500, 1100, threads), resized(1, 320, 320, 1500, 1100));
  }
}

TEST(Resample, EveryPixelFormatGivesTheSameColours) {
  const int w = 37;
  const int h = 23;
  const auto rgb = noise(w * h * 3, 7);
  const auto want = resample_rgb({rgb.data(), w, h, 3 * w, PixelFormat::rgb8}, 20, 30, 1);
  std::vector<std::uint8_t> bgr, rgba, bgra;
  std::vector<std::uint16_t> rgb16, rgba16;
  for (std::size_t i = 0; i < rgb.size(); i += 3) {
    bgr.insert(bgr.end(), {rgb[i + 2], rgb[i + 1], rgb[i]});
    rgba.insert(rgba.end(), {rgb[i], rgb[i + 1], rgb[i + 2], static_cast<std::uint8_t>(i)});
    bgra.insert(bgra.end(), {rgb[i + 2], rgb[i + 1], rgb[i], static_cast<std::uint8_t>(i)});
    for (std::size_t c = 0; c < 3; ++c) {
      rgb16.push_back(static_cast<std::uint16_t>(rgb[i + c] * 256u + i % 256));
      rgba16.push_back(rgb16.back());
    }
    rgba16.push_back(9);
  }
  EXPECT_EQ(resample_rgb({bgr.data(), w, h, 3 * w, PixelFormat::bgr8}, 20, 30, 1), want);
  EXPECT_EQ(resample_rgb({rgba.data(), w, h, 4 * w, PixelFormat::rgba8}, 20, 30, 1), want);
  EXPECT_EQ(resample_rgb({bgra.data(), w, h, 4 * w, PixelFormat::bgra8}, 20, 30, 1), want);
  EXPECT_EQ(resample_rgb({rgb16.data(), w, h, 6 * w, PixelFormat::rgb16}, 20, 30, 1), want);
  EXPECT_EQ(resample_rgb({rgba16.data(), w, h, 8 * w, PixelFormat::rgba16}, 20, 30, 1), want);
}

TEST(Resample, GreyBecomesThreeEqualChannels) {
  const int w = 19;
  const int h = 11;
  const auto gray = noise(w * h, 3);
  std::vector<std::uint8_t> rgb, gray_alpha;
  std::vector<std::uint16_t> gray16, gray_alpha16;
  for (const auto value : gray) {
    rgb.insert(rgb.end(), 3, value);
    gray_alpha.insert(gray_alpha.end(), {value, 77});
    gray16.push_back(static_cast<std::uint16_t>(value * 257));
    gray_alpha16.insert(gray_alpha16.end(), {gray16.back(), std::uint16_t{5}});
  }
  const auto want = resample_rgb({rgb.data(), w, h, 3 * w, PixelFormat::rgb8}, 32, 8, 1);
  EXPECT_EQ(resample_rgb({gray.data(), w, h, w, PixelFormat::gray8}, 32, 8, 1), want);
  EXPECT_EQ(resample_rgb({gray_alpha.data(), w, h, 2 * w, PixelFormat::gray_alpha8}, 32, 8, 1), want);
  EXPECT_EQ(resample_rgb({gray16.data(), w, h, 2 * w, PixelFormat::gray16}, 32, 8, 1), want);
  EXPECT_EQ(resample_rgb({gray_alpha16.data(), w, h, 4 * w, PixelFormat::gray_alpha16}, 32, 8, 1), want);
}

}  // namespace
}  // namespace peel
