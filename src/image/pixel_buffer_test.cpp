#include "image/pixel_buffer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <span>
#include <vector>

#include "image/compose.hpp"
#include "support/error_of.hpp"

namespace peel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Image picture_of(PixelFormat format, const std::vector<std::uint8_t>& bytes, int width, int height) {
  return Image::from_pixels({bytes.data(), width, height,
                             static_cast<std::ptrdiff_t>(width) * channels(format) * bytes_per_sample(format), format});
}

const std::vector<std::uint8_t> RGBA = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};  // 2 x 2

TEST(PixelBuffer, TakesBgraWithPaddingFromBottomToTop) {
  const Image picture = picture_of(PixelFormat::rgba8, RGBA, 2, 2);
  std::vector<std::uint8_t> room(20, 99);  // two bytes of padding behind each row
  picture.copy_to({room.data() + 10, 2, 2, -10, PixelFormat::bgra8});
  EXPECT_THAT(room, ElementsAre(11, 10, 9, 12, 15, 14, 13, 16, 99, 99, 3, 2, 1, 4, 7, 6, 5, 8, 99, 99));
  room.assign(20, 99);
  picture.copy_to({room.data(), 2, 2, 10, PixelFormat::rgba8});
  EXPECT_THAT(room, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 99, 99, 9, 10, 11, 12, 13, 14, 15, 16, 99, 99));
}

TEST(PixelBuffer, GreyBecomesColoursAndWhatHasNoAlphaIsOpaque) {
  std::vector<std::uint8_t> room(4);
  picture_of(PixelFormat::gray8, {7}, 1, 1).copy_to({room.data(), 1, 1, 4, PixelFormat::bgra8});
  EXPECT_THAT(room, ElementsAre(7, 7, 7, 255));
  picture_of(PixelFormat::rgb8, {1, 2, 3}, 1, 1).copy_to({room.data(), 1, 1, 3, PixelFormat::bgr8});
  EXPECT_THAT(room, ElementsAre(3, 2, 1, 255));
}

TEST(PixelBuffer, SamplesAreRoundedAndSpread) {
  const std::array<std::uint16_t, 4> wide = {0, 257 * 100, 257 * 100 + 129, 65535};
  const Image picture = Image::from_pixels({wide.data(), 1, 1, 8, PixelFormat::rgba16});
  std::vector<std::uint8_t> narrow(4);
  picture.copy_to({narrow.data(), 1, 1, 4, PixelFormat::rgba8});
  EXPECT_THAT(narrow, ElementsAre(0, 100, 101, 255));
  std::vector<std::byte> odd(9);  // no address a 16-bit sample would be put at
  picture_of(PixelFormat::rgba8, {0, 1, 100, 255}, 1, 1).copy_to({odd.data() + 1, 1, 1, 8, PixelFormat::rgba16});
  std::array<std::uint16_t, 4> spread{};
  std::memcpy(spread.data(), odd.data() + 1, 8);
  EXPECT_THAT(spread, ElementsAre(0, 257, 25700, 65535));
}

TEST(PixelBuffer, RefusesWhatWouldLoseSomething) {
  const Image picture = picture_of(PixelFormat::rgba8, RGBA, 2, 2);
  std::vector<std::uint8_t> room(64);
  const auto refusal = [&](const PixelBuffer& buffer) {
    const Error error = test::error_of([&] { picture.copy_to(buffer); });
    EXPECT_EQ(error.code(), ErrorCode::usage);
    return std::string(error.what());
  };
  EXPECT_THAT(refusal({room.data(), 2, 2, 6, PixelFormat::rgb8}), HasSubstr("alpha"));
  EXPECT_THAT(refusal({room.data(), 2, 2, 4, PixelFormat::gray_alpha8}), HasSubstr("grey"));
  EXPECT_THAT(refusal({nullptr, 2, 2, 8, PixelFormat::rgba8}), HasSubstr("null"));
  EXPECT_THAT(refusal({room.data(), 2, 3, 8, PixelFormat::rgba8}), HasSubstr("2 x 3 pixels for a picture of 2 x 2"));
  EXPECT_THAT(refusal({room.data(), 2, 2, -7, PixelFormat::rgba8}), HasSubstr("shorter than a row of 8"));
  EXPECT_THAT(room, testing::Each(0));
  EXPECT_EQ(test::error_code([&] {
              Image().copy_to({room.data(), 0, 0, 0, PixelFormat::rgba8});
            }),
            static_cast<int>(ErrorCode::usage));
}

TEST(PixelBuffer, WhatIsLaidOverAColourGoesThereWithoutAnImage) {
  const Image picture = picture_of(PixelFormat::rgba8, {10, 20, 30, 0, 1, 2, 3, 255}, 2, 1);
  std::vector<std::uint8_t> room(6);
  const PixelBuffer buffer{room.data(), 2, 1, 6, PixelFormat::bgr8};
  EXPECT_TRUE(over_color(picture, {200, 100, 50, 255}, 1, &buffer).empty());
  EXPECT_THAT(room, ElementsAre(50, 100, 200, 3, 2, 1));
}

TEST(ByteView, IsMadeOfBytesOfEitherKindAndOfNoText) {
  const std::vector<std::uint8_t> numbers = {1, 2, 3};
  const std::vector<std::byte> bytes(3, std::byte{1});
  const auto size = [](ByteView view) { return view.size(); };
  EXPECT_EQ(size(numbers), 3U);
  EXPECT_EQ(size(bytes), 3U);
  EXPECT_EQ(size(std::span(numbers).first(2)), 2U);
  EXPECT_EQ(size(std::span(bytes).first(2)), 2U);
  EXPECT_EQ(ByteView(numbers).data(), reinterpret_cast<const std::byte*>(numbers.data()));
  static_assert(!std::is_convertible_v<std::string, ByteView>);
  static_assert(!std::is_convertible_v<std::vector<Image>, ByteView>);
  static_assert(!std::is_convertible_v<std::vector<std::uint16_t>, ByteView>);
}

}  // namespace
}  // namespace peel
