// Files that would make a decoder work for minutes, and work that is not wanted any more.

#include <gtest/gtest.h>

#include <array>
#include <new>
#include <string>

#include "base/control.hpp"
#include "image/header.hpp"
#include "image/source_facts.hpp"
#include "image/vips_decode.hpp"
#include "peel/error.hpp"
#include "support/error_of.hpp"
#include "support/picture_bytes.hpp"
#include "support/pictures.hpp"

namespace peel {
namespace {

using test::error_of;
using test::packed;
using test::photograph;
using test::same_pixels;
using test::with_chunk;

constexpr std::string_view START_OF_SCAN = "\xff\xda";
constexpr std::string_view END_OF_IMAGE = "\xff\xd9";

std::string jpeg_of(int width, int height, bool progressive) {
  EncodeOptions options;
  options.format = FileFormat::jpeg;
  options.effort = progressive ? Effort::small : Effort::fast;
  const auto bytes = encode(Image(photograph(width, height, PixelFormat::rgb8)), options);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Image decoded(const std::string& bytes) {
  return decode(std::as_bytes(std::span(bytes)));
}

std::string with_scans(const std::string& jpeg, int more) {
  const std::size_t last = jpeg.rfind(START_OF_SCAN);
  const std::size_t end = jpeg.rfind(END_OF_IMAGE);
  std::string many = jpeg.substr(0, end);
  for (int i = 0; i < more; ++i) many += jpeg.substr(last, end - last);
  return many + jpeg.substr(end);
}

TEST(HostileJpeg, OneOfTooManyScansIsRefusedBeforeItIsRead) {
  const std::string jpeg = jpeg_of(64, 48, true);
  EXPECT_EQ(decoded(jpeg).width(), 64);
  const Error refused = error_of([&] { decoded(with_scans(jpeg, 200)); });
  EXPECT_EQ(refused.code(), ErrorCode::input);
  EXPECT_NE(refused.message().find("scans"), std::string::npos) << refused.message();
}

TEST(HostileJpeg, OneThatClaimsFarMorePixelsThanItHasIsRefused) {
  for (const bool progressive : {false, true}) {
    std::string jpeg = jpeg_of(512, 512, progressive);
    const std::string side("\x02\x00\x02\x00", 4);
    const std::size_t at = jpeg.find(side);
    ASSERT_NE(at, std::string::npos);
    jpeg.replace(at, side.size(), "\x27\x10\x27\x10");  // 10000 x 10000
    const Error refused = error_of([&] { decoded(jpeg); });
    EXPECT_EQ(refused.code(), ErrorCode::input);
    EXPECT_NE(refused.message().find("fewer pixels"), std::string::npos) << progressive << refused.message();
  }
}

TEST(HostileJpeg, APlainPictureOfOneColourIsNone) {
  for (const Effort effort : {Effort::fast, Effort::small}) {
    EncodeOptions options;
    options.format = FileFormat::jpeg;
    options.effort = effort;
    options.quality = 10;
    const std::vector<unsigned char> samples(1600 * 1200, 200);
    const auto bytes = encode(Image::from_pixels({samples.data(), 1600, 1200, 1600, PixelFormat::gray8}), options);
    EXPECT_EQ(decode(bytes).width(), 1600);
  }
}

TEST(HostilePng, MuchPackedTextIsLeftOut) {
  const Image picture(photograph(40, 30, PixelFormat::rgb8));
  std::vector<std::byte> png = encode(picture);
  EXPECT_TRUE(without_large_texts(png).empty());
  // Stored as it is: it is what is packed that counts.
  std::string noise(400'000, '\0');
  std::uint32_t state = 1;
  for (char& c : noise) c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  for (int i = 0; i < 4; ++i) png = with_chunk(png, "zTXt", std::string("Comment\0\0", 9) + packed(noise));
  const auto bare = without_large_texts(png);
  EXPECT_EQ(bare, encode(picture));
  EXPECT_TRUE(same_pixels(decode(png), picture));
}

TEST(HostilePng, TheHeaderIsReadWithoutTheRest) {
  for (const PixelFormat format : test::STORED_FORMATS) {
    const auto header = read_header(encode(Image(photograph(40, 30, format))));
    ASSERT_TRUE(header);
    EXPECT_EQ(header->width, 40);
    EXPECT_EQ(header->height, 30);
    EXPECT_EQ(header->pixel_bytes, channels(format) * bytes_per_sample(format));
  }
}

TEST(Decode, MemoryThatIsNotThereIsNoFaultOfThePictures) {
  start_vips();
  vips_error("VipsTracked", "out of memory --- size == 12MB");
  EXPECT_THROW(cannot_decode("picture"), std::bad_alloc);
  EXPECT_EQ(error_of([] { cannot_decode("picture"); }).code(), ErrorCode::input) << "it is said once";
}

TEST(Cancelled, DecodingAndEncodingEndWithTheStopOfTheirThread) {
  const Image picture(photograph(300, 200, PixelFormat::rgb8));
  constexpr std::array CODECS{FileFormat::png,  FileFormat::webp, FileFormat::jpeg,
                              FileFormat::tiff, FileFormat::avif, FileFormat::jxl};
  for (const FileFormat format : CODECS) {
    EncodeOptions options;
    options.format = format;
    const auto bytes = encode(picture, options);
    std::stop_source source;
    const StopScope scope(source.get_token());
    EXPECT_EQ(decode(bytes).width(), 300) << "nothing was requested yet";
    EXPECT_EQ(encode(picture, options).size(), bytes.size());
    source.request_stop();
    EXPECT_THROW(decode(bytes), Cancelled);
    EXPECT_THROW(encode(picture, options), Cancelled);
  }
}

}  // namespace
}  // namespace peel
