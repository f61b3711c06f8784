#include <gtest/gtest.h>

#include "peel/image.hpp"
#include "support/error_of.hpp"
#include "support/pictures.hpp"

namespace peel {
namespace {

using test::photograph;

constexpr FileFormat FORMATS[] = {FileFormat::png,  FileFormat::webp, FileFormat::jpeg,
                                  FileFormat::tiff, FileFormat::avif, FileFormat::jxl};

EncodeOptions options(FileFormat format, std::optional<int> quality = {}) {
  return {.format = format, .quality = quality, .effort = Effort::fast, .threads = 1};
}

const int USAGE = static_cast<int>(ErrorCode::usage);
const int OUTPUT = static_cast<int>(ErrorCode::output);

TEST(Encode, EveryFormatComesBackNearlyTheSame) {
  for (const FileFormat format : FORMATS) {
    const Image image(photograph(61, 43, PixelFormat::rgb8));
    const Image back = decode(encode(image, options(format)));
    EXPECT_LE(test::largest_difference(back, image), 40) << extension(format);
    EXPECT_EQ(std::string(extension(format)).substr(1, 2), std::string(back.source_format()).substr(0, 2));
  }
}

TEST(Encode, AlphaComesBackFromAllFormatsButJpeg) {
  const Image image(photograph(61, 43, PixelFormat::rgba8));
  for (const FileFormat format : FORMATS) {
    if (format == FileFormat::jpeg) continue;
    const Image back = decode(encode(image, options(format)));
    ASSERT_EQ(back.format(), PixelFormat::rgba8) << extension(format);
    EXPECT_EQ(std::to_integer<int>(back.data()[3]), 0);
    EXPECT_NEAR(std::to_integer<int>(back.data()[60 * 4 + 3]), std::to_integer<int>(image.data()[60 * 4 + 3]), 12);
  }
}

TEST(Encode, Quality100IsLosslessWhereTheFormatCan) {
  for (const PixelFormat pixels : {PixelFormat::rgb8, PixelFormat::rgba8}) {
    const Image image(photograph(50, 40, pixels));
    for (const FileFormat format : {FileFormat::webp, FileFormat::jxl, FileFormat::tiff, FileFormat::png}) {
      EXPECT_EQ(test::largest_difference(decode(encode(image, options(format, 100))), image), 0) << extension(format);
    }
    EXPECT_LE(test::largest_difference(decode(encode(image, options(FileFormat::avif, 100))), image), 3);
  }
}

TEST(Encode, SixteenBitsStayWhereTheFormatHasThem) {
  for (const PixelFormat pixels :
       {PixelFormat::gray16, PixelFormat::gray_alpha16, PixelFormat::rgb16, PixelFormat::rgba16}) {
    const Image image(photograph(33, 21, pixels));
    EXPECT_TRUE(test::same_pixels(decode(encode(image, options(FileFormat::png))), image));
    EXPECT_TRUE(test::same_pixels(decode(encode(image, options(FileFormat::tiff))), image));
    EXPECT_TRUE(test::same_pixels(decode(encode(image, options(FileFormat::jxl, 100))), image));
    EXPECT_EQ(bytes_per_sample(decode(encode(image, options(FileFormat::webp))).format()), 1);
  }
  const Image image(photograph(33, 21, PixelFormat::gray16));
  EXPECT_EQ(decode(encode(image, options(FileFormat::jpeg))).format(), PixelFormat::gray8);
}

TEST(Encode, LowQualityMakesSmallFiles) {
  const Image image(photograph(200, 150, PixelFormat::rgb8));
  for (const FileFormat format : {FileFormat::webp, FileFormat::jpeg, FileFormat::avif, FileFormat::jxl}) {
    EXPECT_LT(encode(image, options(format, 20)).size(), encode(image, options(format, 95)).size())
        << extension(format);
  }
}

TEST(Encode, ProfileIsKept) {
  auto data = photograph(40, 30, PixelFormat::rgb8);
  data->icc_profile = test::wide_gamut_profile();
  const Image image(data);
  for (const FileFormat format : FORMATS) {
    // The lossy JPEG XL holds the profile too, but libjxl hands its pixels out in linear light with a profile to match.
    const auto wanted = format == FileFormat::jxl ? options(format, 100) : options(format);
    const Image back = decode(encode(image, wanted));
    EXPECT_TRUE(std::equal(back.icc_profile().begin(), back.icc_profile().end(), data->icc_profile.begin(),
                           data->icc_profile.end()))
        << extension(format) << ": " << back.icc_profile().size();
  }
}

TEST(Encode, ResolutionIsKept) {
  auto data = photograph(40, 30, PixelFormat::rgb8);
  for (const FileFormat format : FORMATS) {
    data->resolution = Resolution{300 / 25.4, 150 / 25.4};
    const Image back = decode(encode(Image(data), options(format)));
    if (format == FileFormat::jxl) {
      EXPECT_FALSE(back.resolution());  // the format has no place for it
    } else {
      ASSERT_TRUE(back.resolution()) << extension(format);
      EXPECT_NEAR(back.resolution()->x * 25.4, 300, 0.1) << extension(format);
      EXPECT_NEAR(back.resolution()->y * 25.4, 150, 0.1) << extension(format);
    }
    data->resolution.reset();
    const auto none = decode(encode(Image(data), options(format))).resolution();
    // libvips writes one into these in any case: 72 dots per inch stands for "not known".
    if (format == FileFormat::tiff || format == FileFormat::webp || format == FileFormat::avif) {
      EXPECT_NEAR(none.value_or(Resolution{}).x * 25.4, 72, 0.1);
    } else {
      EXPECT_FALSE(none) << extension(format) << " " << none->x * 25.4;
    }
  }
}

TEST(Encode, AGrayProfileGoesWithGrayPixelsOrIsApplied) {
  auto data = photograph(40, 30, PixelFormat::gray_alpha8);
  data->icc_profile = test::gray_profile(1.0);
  const Image image(data);
  EXPECT_FALSE(decode(encode(image, options(FileFormat::tiff))).icc_profile().empty());
  const Image back = decode(encode(image, options(FileFormat::webp, 100)));
  ASSERT_EQ(back.format(), PixelFormat::rgba8);
  EXPECT_TRUE(back.icc_profile().empty());
  // Linear grey is darker than the number says: 0.5 of the light is 188 of 255.
  const auto* before = reinterpret_cast<const std::uint8_t*>(image.data());
  const auto* after = reinterpret_cast<const std::uint8_t*>(back.data());
  const int level = before[39 * 2];
  EXPECT_GT(after[39 * 4], level + 20);
  EXPECT_EQ(after[39 * 4 + 3], before[39 * 2 + 1]);
}

TEST(Encode, RefusesWhatTheFormatCannotHold) {
  const auto code = [](const Image& image, const EncodeOptions& wanted) {
    return test::error_code([&] { encode(image, wanted); });
  };
  EXPECT_EQ(code(Image(), options(FileFormat::png)), USAGE);
  EXPECT_EQ(code(Image(photograph(4, 4, PixelFormat::gray_alpha8)), options(FileFormat::jpeg)), USAGE);
  EXPECT_EQ(code(Image(photograph(4, 4, PixelFormat::rgb8)), options(FileFormat::jpeg, 0)), USAGE);
  EXPECT_EQ(code(Image(photograph(4, 4, PixelFormat::rgb8)), options(FileFormat::webp, 101)), USAGE);
  for (const FileFormat format : FORMATS) {
    EncodeOptions wanted = options(format);
    wanted.threads = -5;
    EXPECT_EQ(code(Image(photograph(4, 4, PixelFormat::rgb8)), wanted), USAGE) << extension(format);
  }
  const Image wide(photograph(65501, 1, PixelFormat::gray8));
  EXPECT_EQ(code(wide, options(FileFormat::jpeg)), OUTPUT);
  EXPECT_EQ(code(wide, options(FileFormat::webp)), OUTPUT);
  EXPECT_EQ(code(wide, options(FileFormat::avif)), OUTPUT);
  EXPECT_EQ(code(wide, options(FileFormat::png)), 0);
}

}  // namespace
}  // namespace peel
