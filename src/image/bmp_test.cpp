#include "image/bmp.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <random>

#include "support/error_of.hpp"
#include "support/pictures.hpp"

namespace peel {
namespace {

/// A BMP put together field by field.
class Bmp {
 public:
  Bmp& u8(std::initializer_list<int> values) {
    for (const int value : values) bytes_.push_back(static_cast<std::byte>(value));
    return *this;
  }
  Bmp& u16(std::uint32_t value) { return u8({static_cast<int>(value & 255), static_cast<int>(value >> 8 & 255)}); }
  Bmp& u32(std::uint32_t value) { return u16(value & 0xffff).u16(value >> 16); }

  /// File header and 40-byte header (or the beginning of a longer one).
  static Bmp with_header(int width, int height, std::uint32_t bits, std::uint32_t compression, std::uint32_t pixels_at,
                         std::uint32_t colours = 0, std::uint32_t header = 40) {
    Bmp bmp;
    bmp.u8({'B', 'M'}).u32(0).u32(0).u32(pixels_at);
    bmp.u32(header).u32(static_cast<std::uint32_t>(width)).u32(static_cast<std::uint32_t>(height));
    bmp.u16(1).u16(bits).u32(compression).u32(0).u32(3937).u32(2000).u32(colours).u32(0);
    return bmp;
  }

  Image decode() const { return peel::decode(bytes_); }
  int error() const {
    return test::error_code([this] { decode(); });
  }
  std::vector<std::byte>& bytes() { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

using Samples = std::vector<int>;
const int BAD_INPUT = static_cast<int>(ErrorCode::input);

TEST(Bmp, TwentyFourBitsRunUpwards) {
  Bmp bmp = Bmp::with_header(1, 2, 24, 0, 54);
  bmp.u8({1, 2, 3, 0, 4, 5, 6});  // the padding of the last row may be missing
  const Image image = bmp.decode();
  EXPECT_EQ(image.format(), PixelFormat::rgb8);
  EXPECT_EQ(test::samples_of(image), (Samples{6, 5, 4, 3, 2, 1}));
  ASSERT_TRUE(image.resolution());
  EXPECT_DOUBLE_EQ(image.resolution()->x, 3.937);
  EXPECT_DOUBLE_EQ(image.resolution()->y, 2.0);
  EXPECT_EQ(image.source_format(), "bmp");
  bmp.bytes().pop_back();
  EXPECT_EQ(bmp.error(), BAD_INPUT);
}

TEST(Bmp, ANegativeHeightRunsDownwards) {
  EXPECT_EQ(test::samples_of(Bmp::with_header(1, -2, 24, 0, 54).u8({1, 2, 3, 0, 4, 5, 6, 0}).decode()),
            (Samples{3, 2, 1, 6, 5, 4}));
}

TEST(Bmp, PixelsCannotBeginInsideTheHeader) {
  EXPECT_EQ(test::samples_of(Bmp::with_header(1, 1, 24, 0, 0).u8({1, 2, 3, 0}).decode()), (Samples{3, 2, 1}));
}

TEST(Bmp, PalettesOfOneFourAndEightBits) {
  const auto with_palette = [](int width, std::uint32_t bits, std::initializer_list<int> row) {
    Bmp bmp = Bmp::with_header(width, 1, bits, 0, 62, 2);
    return test::samples_of(bmp.u8({0, 0, 255, 0, 255, 0, 0, 0}).u8(row).decode());
  };
  EXPECT_EQ(with_palette(3, 1, {0b01000000, 0, 0, 0}), (Samples{255, 0, 0, 0, 0, 255, 255, 0, 0}));
  EXPECT_EQ(with_palette(3, 4, {0x01, 0x00, 0, 0}), (Samples{255, 0, 0, 0, 0, 255, 255, 0, 0}));
  EXPECT_EQ(with_palette(2, 8, {1, 9, 0, 0}), (Samples{0, 0, 255, 0, 0, 0}));  // there is no colour 9
}

TEST(Bmp, AGrayPaletteMakesAGrayPicture) {
  Bmp bmp = Bmp::with_header(2, 1, 8, 0, 62, 2);
  const Image image = bmp.u8({10, 10, 10, 0, 200, 200, 200, 0, 0, 1, 0, 0}).decode();
  EXPECT_EQ(image.format(), PixelFormat::gray8);
  EXPECT_EQ(test::samples_of(image), (Samples{10, 200}));
}

TEST(Bmp, SixteenBitsAndMasks) {
  EXPECT_EQ(test::samples_of(Bmp::with_header(2, 1, 16, 0, 54).u16(0x7c00).u16(0x801f).decode()),
            (Samples{255, 0, 0, 0, 0, 255}));
  Bmp fields = Bmp::with_header(2, 1, 16, 3, 66);
  fields.u32(0xf800).u32(0x07e0).u32(0x001f).u16(0x07e0).u16(0xffff);
  EXPECT_EQ(test::samples_of(fields.decode()), (Samples{0, 255, 0, 255, 255, 255}));
}

TEST(Bmp, AlphaOnlyWhereAMaskGivesItAndSomethingIsInIt) {
  const auto with_alpha = [](std::uint32_t mask, std::uint32_t first, std::uint32_t second) {
    Bmp bmp = Bmp::with_header(2, 1, 32, 3, 70, 0, 56);
    return bmp.u32(0xff0000).u32(0xff00).u32(0xff).u32(mask).u32(first).u32(second).decode();
  };
  const Image alpha = with_alpha(0xff000000, 0x80010203, 0x00000000);
  EXPECT_EQ(alpha.format(), PixelFormat::rgba8);
  EXPECT_EQ(test::samples_of(alpha), (Samples{1, 2, 3, 128, 0, 0, 0, 0}));
  EXPECT_EQ(with_alpha(0xff000000, 0x00010203, 0x00040506).format(), PixelFormat::rgb8);
  EXPECT_EQ(with_alpha(0, 0x80010203, 0).format(), PixelFormat::rgb8);
}

TEST(Bmp, RunsJumpsAndSinglePixels) {
  const auto eight = [](std::initializer_list<int> code) {
    Bmp bmp = Bmp::with_header(4, 2, 8, 1, 66, 3);
    return test::samples_of(bmp.u8({0, 0, 0, 0, 1, 1, 1, 0, 2, 2, 2, 0}).u8(code).decode());
  };
  EXPECT_EQ(eight({4, 1, 0, 0, 2, 2, 0, 1}), (Samples{2, 2, 0, 0, 1, 1, 1, 1}));
  EXPECT_EQ(eight({0, 3, 1, 2, 1, 0, 0, 0, 0, 2, 3, 0, 9, 2, 0, 1}), (Samples{0, 0, 0, 2, 1, 2, 1, 0}));
  EXPECT_EQ(eight({0, 2, 0, 200, 5, 5}), (Samples(8, 0)));  // jumps out of the picture
  Bmp four = Bmp::with_header(4, 1, 4, 2, 66, 3);
  four.u8({0, 0, 0, 0, 1, 1, 1, 0, 2, 2, 2, 0}).u8({3, 0x12, 0, 1});
  EXPECT_EQ(test::samples_of(four.decode()), (Samples{1, 2, 1, 0}));
}

TEST(Bmp, RunsThatStopShortAreRefused) {
  Bmp bmp = Bmp::with_header(4, 2, 8, 1, 58, 1);
  EXPECT_EQ(bmp.u8({0, 0, 0, 0}).u8({4, 0, 0, 0, 4}).error(), BAD_INPUT);
}

TEST(Bmp, OldOs2Headers) {
  Bmp bmp;
  bmp.u8({'B', 'M'}).u32(0).u32(0).u32(32).u32(12).u16(2).u16(1).u16(1).u16(1);
  bmp.u8({0, 0, 255, 0, 255, 0}).u8({0b01000000, 0, 0, 0});
  EXPECT_EQ(test::samples_of(bmp.decode()), (Samples{255, 0, 0, 0, 255, 0}));
}

TEST(Bmp, RefusesWhatItCannotBe) {
  EXPECT_EQ(Bmp::with_header(0, 2, 24, 0, 54).error(), BAD_INPUT);
  EXPECT_EQ(Bmp::with_header(-3, 2, 24, 0, 54).error(), BAD_INPUT);
  EXPECT_EQ(Bmp::with_header(2, INT32_MIN, 24, 0, 54).error(), BAD_INPUT);
  EXPECT_EQ(Bmp::with_header(INT32_MAX, INT32_MAX, 24, 0, 54).error(), BAD_INPUT);
  EXPECT_EQ(Bmp::with_header(10000, 10000, 24, 0, 54).error(), BAD_INPUT);  // no such data
  EXPECT_EQ(Bmp::with_header(2, 2, 7, 0, 54).error(), BAD_INPUT);
  EXPECT_EQ(Bmp::with_header(2, 2, 24, 4, 54).error(), BAD_INPUT);  // a JPEG inside
  EXPECT_EQ(Bmp::with_header(2, 2, 24, 0, 0xfffffff0).error(), BAD_INPUT);
}

TEST(Bmp, DamagedFilesNeverCrash) {
  std::mt19937 random(6);
  for (int round = 0; round < 3000; ++round) {
    constexpr std::uint32_t BITS[] = {1, 4, 8, 16, 24, 32};
    Bmp bmp =
        Bmp::with_header(static_cast<int>(random() % 20), static_cast<int>(random() % 40) - 20, BITS[random() % 6],
                         static_cast<std::uint32_t>(random() % 7), static_cast<std::uint32_t>(random() % 120),
                         static_cast<std::uint32_t>(random() % 300), random() % 2 ? 40 : 124);
    const auto length = random() % 600;
    for (std::size_t i = 0; i < length; ++i) bmp.u8({static_cast<int>(random() & 255)});
    const int error = bmp.error();
    EXPECT_TRUE(error == 0 || error == BAD_INPUT);
  }
}

}  // namespace
}  // namespace peel
