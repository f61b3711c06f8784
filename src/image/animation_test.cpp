#include <gtest/gtest.h>

#include <memory>
#include <span>
#include <string>

#include "image/vips.hpp"
#include "peel/image.hpp"
#include "support/error_of.hpp"
#include "support/picture_bytes.hpp"
#include "support/pictures.hpp"

namespace peel {
namespace {

using test::packed;
using test::picture_of;
using test::samples_of;
using test::TiffPage;

TEST(DecodeTiff, EveryPageByItsNumberAndTheRestIsTold) {
  const auto page = [](const char* pixel, std::uint32_t subfile = 0) {
    return TiffPage{.strip = pixel,
                    .more = [subfile](TIFF* tiff) { TIFFSetField(tiff, TIFFTAG_SUBFILETYPE, subfile); }};
  };
  // A reduced copy is no page.
  const auto tiff = test::tiff_of({page("\1\1\1"), page("\2\2\2", FILETYPE_REDUCEDIMAGE), page("\3\3\3")});
  const Image first = decode(tiff);
  EXPECT_EQ(first.pages(), 2);
  EXPECT_EQ(samples_of(first), (std::vector<int>{1, 1, 1}));
  ASSERT_EQ(first.notes().size(), 1u);
  EXPECT_EQ(first.notes()[0], "the first of its 2 pages or frames is taken, the other is left out");
  const Image second = decode(tiff, {.page = 1});
  EXPECT_EQ(samples_of(second), (std::vector<int>{3, 3, 3}));
  EXPECT_TRUE(second.notes().empty());
  EXPECT_TRUE(decode(tiff, {.page = 0}).notes().empty());
  EXPECT_EQ(test::error_code([&] { decode(tiff, {.page = 2}); }), static_cast<int>(ErrorCode::input));
  EXPECT_EQ(test::error_code([&] { decode(tiff, {.page = -1}); }), static_cast<int>(ErrorCode::usage));
  EXPECT_EQ(test::error_code([&] { decode(encode(picture_of(PixelFormat::gray8, 1, 1, {0})), {.page = 1}); }),
            static_cast<int>(ErrorCode::input));
}

Animation two_frames() {
  Animation animation{.delays = {70, 130}, .loops = 3};
  animation.frames = {picture_of(PixelFormat::rgba8, 2, 1, {255, 0, 0, 255, 0, 0, 0, 0}),
                      picture_of(PixelFormat::rgba8, 2, 1, {0, 0, 255, 255, 0, 255, 0, 128})};
  return animation;
}

TEST(Animation, ComesBackFromWebpAndPng) {
  const Animation before = two_frames();
  for (const FileFormat format : {FileFormat::png, FileFormat::webp}) {
    const auto bytes = encode_animation(before, {.format = format, .quality = 100});
    EXPECT_EQ(pages_in(bytes).count, 2);
    EXPECT_TRUE(pages_in(bytes).animated);
    const Animation after = decode_animation(bytes);
    ASSERT_EQ(after.frames.size(), 2u) << extension(format);
    EXPECT_EQ(after.delays, before.delays) << extension(format);
    EXPECT_EQ(after.loops, 3) << extension(format);
    for (std::size_t i = 0; i < 2; ++i) {
      EXPECT_TRUE(test::same_pixels(after.frames[i], before.frames[i])) << extension(format) << i;
      EXPECT_TRUE(test::same_pixels(decode(bytes, {.page = static_cast<int>(i)}), before.frames[i]))
          << extension(format);
    }
    EXPECT_EQ(decode(bytes).notes().size(), 1u);
    EXPECT_EQ(test::error_code([&] { decode(bytes, {.page = 2}); }), static_cast<int>(ErrorCode::input));
    EXPECT_EQ(test::error_code([&] { decode_animation(bytes, {.limits = {.max_pixels = 3}}); }),
              static_cast<int>(ErrorCode::input));
  }
}

TEST(Animation, RefusesWhatIsNone) {
  const auto code = [](const Animation& animation, FileFormat format) {
    return test::error_code([&] { encode_animation(animation, {.format = format, .quality = {}}); });
  };
  const int usage = static_cast<int>(ErrorCode::usage);
  EXPECT_EQ(code(two_frames(), FileFormat::tiff), usage);
  EXPECT_EQ(code({}, FileFormat::webp), usage);
  Animation other = two_frames();
  other.frames[1] = picture_of(PixelFormat::rgba8, 1, 1, {1, 2, 3, 4});
  EXPECT_EQ(code(other, FileFormat::png), usage);
  other = two_frames();
  other.delays.pop_back();
  EXPECT_EQ(code(other, FileFormat::png), usage);
  EXPECT_EQ(decode_animation(encode(picture_of(PixelFormat::gray8, 1, 1, {0}))).frames.size(), 1u);
}

// A frame of fcTL and fdAT: one pixel of colour `rgba` at (x, 0).
std::string frame_control(std::uint32_t sequence, std::uint32_t x, char dispose, char over) {
  return test::big_endian_bytes(sequence) + test::big_endian_bytes(1) + test::big_endian_bytes(1) +
         test::big_endian_bytes(x) + test::big_endian_bytes(0) + std::string("\0\1\0\12", 4) + dispose + over;
}

TEST(Apng, FramesAreBlendedAndDisposedOf) {
  const auto pixel = [](std::string_view rgba) { return packed(std::string(1, '\0') + std::string(rgba)); };
  std::string png("\x89PNG\r\n\x1a\n");
  png +=
      test::png_chunk("IHDR", test::big_endian_bytes(2) + test::big_endian_bytes(1) + std::string("\x08\x06\0\0\0", 5));
  png += test::png_chunk("acTL", test::big_endian_bytes(3) + test::big_endian_bytes(0));
  // Red and green; a half transparent blue over the left, which is then disposed of to what was before; then nothing
  // replaces the right.
  std::string control = frame_control(0, 0, 0, 0);
  control[7] = 2;
  png += test::png_chunk("fcTL", control);
  png += test::png_chunk("IDAT", packed(std::string("\0\xff\0\0\xff\0\xff\0\xff", 9)));
  png += test::png_chunk("fcTL", frame_control(1, 0, 2, 1));
  png += test::png_chunk("fdAT", test::big_endian_bytes(2) + pixel(std::string_view("\0\0\xff\x80", 4)));
  png += test::png_chunk("fcTL", frame_control(3, 1, 0, 0));
  png += test::png_chunk("fdAT", test::big_endian_bytes(4) + pixel(std::string_view("\0\0\0\0", 4)));
  png += test::png_chunk("IEND", "");
  const Animation animation = decode_animation(test::text_bytes(png));
  ASSERT_EQ(animation.frames.size(), 3u);
  EXPECT_EQ(animation.delays, (std::vector<int>{100, 100, 100}));
  EXPECT_EQ(samples_of(animation.frames[0]), (std::vector<int>{255, 0, 0, 255, 0, 255, 0, 255}));
  EXPECT_EQ(samples_of(animation.frames[1]), (std::vector<int>{127, 0, 128, 255, 0, 255, 0, 255}));
  EXPECT_EQ(samples_of(animation.frames[2]), (std::vector<int>{255, 0, 0, 255, 0, 0, 0, 0}));
}

TEST(DecodeGif, EveryFrame) {
  const auto two = encode_animation(two_frames(), {.format = FileFormat::webp, .quality = 100});
  // libvips writes GIF of what it read of WebP.
  start_vips();
  VipsImagePointer strip;
  ASSERT_EQ(vips_webpload_buffer(const_cast<std::byte*>(two.data()), two.size(), Out(strip), "n", -1, nullptr), 0);
  void* data = nullptr;
  std::size_t size = 0;
  ASSERT_EQ(vips_gifsave_buffer(strip.get(), &data, &size, nullptr), 0) << take_vips_error();
  const std::unique_ptr<void, GFree> owner(data);
  const Animation gif = decode_animation(std::span(static_cast<const std::byte*>(data), size));
  ASSERT_EQ(gif.frames.size(), 2u);
  EXPECT_EQ(gif.delays, (std::vector<int>{70, 130}));
}

}  // namespace
}  // namespace peel
