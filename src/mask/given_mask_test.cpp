#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "peel/error.hpp"
#include "peel/mask.hpp"

namespace peel {
namespace {

using testing::ElementsAre;

template <typename T>
std::vector<int> mask_of(std::vector<T> samples, PixelFormat format) {
  const int width = static_cast<int>(samples.size()) / channels(format);
  const auto stride = static_cast<std::ptrdiff_t>(samples.size() * sizeof(T));
  const Image mask = mask_from_picture(Image::from_pixels({samples.data(), width, 1, stride, format}));
  EXPECT_EQ(mask.format(), PixelFormat::gray8);
  EXPECT_EQ(mask.width(), width);
  std::vector<int> values;
  for (int x = 0; x < width; ++x) values.push_back(std::to_integer<int>(mask.data()[x]));
  return values;
}

using Bytes = std::vector<std::uint8_t>;
using Words = std::vector<std::uint16_t>;

TEST(MaskFromPicture, GreyIsTheMask) {
  EXPECT_THAT(mask_of(Bytes{0, 7, 255}, PixelFormat::gray8), ElementsAre(0, 7, 255));
}

TEST(MaskFromPicture, SixteenBitsAreRounded) {
  EXPECT_THAT(mask_of(Words{0, 128, 129, 257 * 7, 65535}, PixelFormat::gray16), ElementsAre(0, 0, 1, 7, 255));
}

TEST(MaskFromPicture, ColoursByTheirLuma) {
  EXPECT_THAT(mask_of(Bytes{255, 0, 0, 0, 255, 0, 0, 0, 255, 90, 90, 90}, PixelFormat::rgb8),
              ElementsAre(76, 150, 29, 90));
  EXPECT_THAT(mask_of(Words{65535, 0, 0, 257 * 90, 257 * 90, 257 * 90}, PixelFormat::rgb16), ElementsAre(76, 90));
}

TEST(MaskFromPicture, AlphaWhereItIsNotOpaqueEverywhere) {
  EXPECT_THAT(mask_of(Bytes{200, 200, 200, 255, 200, 200, 200, 254}, PixelFormat::rgba8), ElementsAre(255, 254));
  EXPECT_THAT(mask_of(Bytes{200, 200, 200, 255, 60, 60, 60, 255}, PixelFormat::rgba8), ElementsAre(200, 60));
  EXPECT_THAT(mask_of(Bytes{200, 0, 60, 255}, PixelFormat::gray_alpha8), ElementsAre(0, 255));
  EXPECT_THAT(mask_of(Bytes{200, 255, 60, 255}, PixelFormat::gray_alpha8), ElementsAre(200, 60));
  EXPECT_THAT(mask_of(Words{0, 0, 0, 65535, 0, 0, 0, 257 * 9}, PixelFormat::rgba16), ElementsAre(255, 9));
}

TEST(MaskFromPicture, NoPictureIsAnError) {
  EXPECT_THROW(mask_from_picture(Image()), Error);
}

}  // namespace
}  // namespace peel
