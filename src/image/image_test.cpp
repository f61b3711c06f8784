#include <gtest/gtest.h>

#include <array>
#include <cstring>

#include "image/image_data.hpp"
#include "support/error_of.hpp"
#include "support/pictures.hpp"

namespace peel {
namespace {

TEST(FromPixels, TakesRowsFromBottomToTop) {
  const std::uint8_t bottom_up[] = {3, 4, 0, 1, 2, 0};  // a byte of padding behind each row
  const Image image = Image::from_pixels({bottom_up + 3, 2, 2, -3, PixelFormat::gray8});
  const auto* values = reinterpret_cast<const std::uint8_t*>(image.data());
  EXPECT_EQ((std::vector<int>{values[0], values[1], values[2], values[3]}), (std::vector<int>{1, 2, 3, 4}));
  EXPECT_THROW(Image::from_pixels({bottom_up + 3, 2, 2, -1, PixelFormat::gray8}), Error);
}

TEST(PixelFormat, TellsChannelsWidthAndAlpha) {
  EXPECT_EQ(channels(PixelFormat::gray_alpha16), 2);
  EXPECT_EQ(channels(PixelFormat::bgra8), 4);
  EXPECT_EQ(bytes_per_sample(PixelFormat::rgb16), 2);
  EXPECT_EQ(bytes_per_sample(PixelFormat::bgr8), 1);
  EXPECT_TRUE(has_alpha(PixelFormat::gray_alpha8));
  EXPECT_TRUE(has_alpha(PixelFormat::rgba16));
  EXPECT_FALSE(has_alpha(PixelFormat::rgb8));
  EXPECT_FALSE(has_alpha(PixelFormat::gray16));
}

TEST(Image, EmptyByDefault) {
  const Image image;
  EXPECT_TRUE(image.empty());
  EXPECT_EQ(image.width(), 0);
  EXPECT_EQ(image.data(), nullptr);
  EXPECT_EQ(image.size_bytes(), 0u);
  EXPECT_TRUE(image.icc_profile().empty());
  EXPECT_FALSE(image.resolution());
}

TEST(Image, FromPixelsDropsThePaddingOfRows) {
  const std::array<std::uint8_t, 10> pixels{1, 2, 3, 99, 99, 4, 5, 6, 99, 99};
  const Image image = Image::from_pixels({pixels.data(), 3, 2, 5, PixelFormat::gray8});
  EXPECT_EQ(image.stride(), 3);
  EXPECT_EQ(test::samples_of(image), (std::vector<int>{1, 2, 3, 4, 5, 6}));
}

TEST(Image, FromPixelsTurnsBgrIntoRgb) {
  const std::array<std::uint8_t, 8> bgra{1, 2, 3, 4, 5, 6, 7, 8};
  const Image four = Image::from_pixels({bgra.data(), 2, 1, 8, PixelFormat::bgra8});
  EXPECT_EQ(four.format(), PixelFormat::rgba8);
  EXPECT_EQ(test::samples_of(four), (std::vector<int>{3, 2, 1, 4, 7, 6, 5, 8}));
  const Image three = Image::from_pixels({bgra.data(), 2, 1, 6, PixelFormat::bgr8});
  EXPECT_EQ(three.format(), PixelFormat::rgb8);
  EXPECT_EQ(test::samples_of(three), (std::vector<int>{3, 2, 1, 6, 5, 4}));
}

TEST(Image, FromPixelsRefusesWhatCannotBeAPicture) {
  const std::array<std::uint8_t, 12> pixels{};
  const auto code = [](const PixelView& view) { return test::error_code([&] { Image::from_pixels(view); }); };
  const int usage = static_cast<int>(ErrorCode::usage);
  EXPECT_EQ(code({nullptr, 2, 2, 6, PixelFormat::rgb8}), usage);
  EXPECT_EQ(code({pixels.data(), 0, 2, 6, PixelFormat::rgb8}), usage);
  EXPECT_EQ(code({pixels.data(), 2, -1, 6, PixelFormat::rgb8}), usage);
  EXPECT_EQ(code({pixels.data(), 2, 2, 5, PixelFormat::rgb8}), usage);
  EXPECT_EQ(code({pixels.data(), 2, 2, 6, static_cast<PixelFormat>(99)}), usage);
  EXPECT_EQ(code({pixels.data(), 2, 2, 6, PixelFormat::rgb8}), 0);
}

TEST(Image, CopiesShareThePixels) {
  const std::array<std::uint16_t, 2> pixels{1, 65535};
  const Image image = Image::from_pixels({pixels.data(), 2, 1, 4, PixelFormat::gray16});
  const Image copy = image;
  EXPECT_EQ(copy.data(), image.data());
  EXPECT_EQ(std::memcmp(copy.data(), pixels.data(), 4), 0);
}

TEST(Buffer, IsAlignedAlsoWhenEmpty) {
  for (const std::size_t size : {0u, 1u, 63u, 64u, 65u}) {
    const Buffer buffer(size);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.data()) % 64, 0u);
    EXPECT_EQ(buffer.size(), size);
  }
  EXPECT_THROW(Buffer(~std::size_t{0}), std::bad_alloc);
}

TEST(FileFormat, FromNamesAndWords) {
  EXPECT_EQ(format_from_name("a/b.JPG"), FileFormat::jpeg);
  EXPECT_EQ(format_from_name("x.tar.TIFF"), FileFormat::tiff);
  EXPECT_EQ(format_from_name("jxl"), std::nullopt);
  EXPECT_EQ(format_from_name("a.gif"), std::nullopt);
  EXPECT_EQ(format_from_word("WebP"), FileFormat::webp);
  EXPECT_EQ(format_from_word(""), std::nullopt);
  for (const auto format :
       {FileFormat::png, FileFormat::webp, FileFormat::jpeg, FileFormat::tiff, FileFormat::avif, FileFormat::jxl}) {
    EXPECT_EQ(format_from_word(extension(format).substr(1)), format);
  }
}

}  // namespace
}  // namespace peel
