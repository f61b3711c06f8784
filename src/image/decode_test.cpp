#include <gtest/gtest.h>
#include <sys/resource.h>

#include <array>
#include <random>
#include <thread>

#include "image/colour.hpp"
#include "image/orient.hpp"
#include "image/sniff.hpp"
#include "image/srgb.hpp"
#include "image/vips.hpp"
#include "peel/file.hpp"
#include "support/error_of.hpp"
#include "support/picture_bytes.hpp"
#include "support/pictures.hpp"
#include "support/test_data.hpp"

namespace peel {
namespace {

using test::photograph;

const int INPUT = static_cast<int>(ErrorCode::input);

VipsImagePointer vips_picture(const Image& image) {
  start_vips();
  VipsImagePointer bare(vips_image_new_from_memory_copy(
      image.data(), image.size_bytes(), image.width(), image.height(), channels(image.format()),
      bytes_per_sample(image.format()) == 2 ? VIPS_FORMAT_USHORT : VIPS_FORMAT_UCHAR));
  VipsImagePointer out;
  const auto colour = bytes_per_sample(image.format()) == 2 ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB;
  const auto gray = bytes_per_sample(image.format()) == 2 ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_B_W;
  EXPECT_EQ(vips_copy(bare.get(), Out(out), "interpretation", channels(image.format()) < 3 ? gray : colour, nullptr),
            0);
  return out;
}

/// What libvips writes under that ending with those options, "[compression=none]" and the like.
std::vector<std::byte> saved_as(const VipsImagePointer& image, const std::string& ending) {
  void* data = nullptr;
  std::size_t size = 0;
  EXPECT_EQ(vips_image_write_to_buffer(image.get(), ending.c_str(), &data, &size, nullptr), 0) << take_vips_error();
  const auto* bytes = static_cast<const std::byte*>(data);
  std::vector<std::byte> out(bytes, bytes + size);
  g_free(data);
  return out;
}

std::string message_of(std::span<const std::byte> bytes, const DecodeOptions& options = {}) {
  try {
    decode(bytes, options, "picture.x");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::input);
    return error.what();
  }
  return "";
}

std::span<const std::byte> text(std::string_view characters) {
  return std::as_bytes(std::span(characters));
}

std::vector<std::byte> with_exif_orientation(std::vector<std::byte> png, int tag) {
  return test::with_chunk(std::move(png), "eXIf", test::exif_with_orientation(tag));
}

TEST(Sniff, SaysWhatAFileIsInstead) {
  EXPECT_EQ(sniff({}).description, "an empty file");
  EXPECT_EQ(sniff(text("%PDF-1.4")).description, "a PDF document");
  EXPECT_EQ(sniff(text("<?xml version=\"1.0\"?>\n<svg width=\"1\">")).description, "an SVG drawing");
  EXPECT_EQ(sniff(text("hello there\n")).description, "text");
  EXPECT_EQ(sniff(text("BMW is not a BMP, only text")).description, "text");
  EXPECT_EQ(sniff(text(std::string_view("\0\0\0\x18"
                                        "ftypmp42\0\0\0\0isommp42",
                                        24)))
                .description,
            "a video");
  EXPECT_EQ(sniff(text(std::string_view("\0\0\0\x18"
                                        "ftypmif1\0\0\0\0heicmif1",
                                        24)))
                .format,
            SourceFormat::heif);
  // A minor version of the MIAF brand, as newer writers give it, and any brand that has a still among the others.
  EXPECT_EQ(sniff(text(std::string_view("\0\0\0\x10"
                                        "ftypmif3\0\0\0\0",
                                        16)))
                .format,
            SourceFormat::heif);
  EXPECT_EQ(sniff(text("\x01\x02\x03")).description, "");
  EXPECT_EQ(sniff(text("\xff\xd8\xff\xe0")).format, SourceFormat::jpeg);
}

TEST(Decode, RefusesWhatIsNoPictureWithItsName) {
  EXPECT_EQ(message_of(text("%PDF-1.4")).find("picture.x: this is a PDF document; peel reads JPEG"), 0u);
  EXPECT_EQ(message_of(text("\x01\x02\x03")).find("picture.x: not a picture"), 0u);
  EXPECT_NE(message_of({}), "");
}

TEST(Decode, LimitsHoldBeforeMemoryIsTaken) {
  const auto png = encode(Image(photograph(100, 50, PixelFormat::rgb8)));
  EXPECT_EQ(message_of(png, {.limits = {.max_pixels = 5000}}), "");
  EXPECT_NE(message_of(png, {.limits = {.max_pixels = 4999}}).find("100 x 50"), std::string::npos);
  EXPECT_NE(message_of(png, {.limits = {.max_bytes = png.size() - 1}}).find("over the limit"), std::string::npos);
}

TEST(Decode, AChunkThatClaimsMoreThanTheFileHasTakesNoMemory) {
  const auto peak_kilobytes = [] {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
  };
  auto png = encode(Image(photograph(10, 10, PixelFormat::rgb8)));
  ASSERT_EQ(message_of(png), "");
  const auto claim = text(std::string_view("\x70\0\0\0iTXt", 8));
  png.insert(png.begin() + test::PNG_BEHIND_HEADER, claim.begin(), claim.end());
  const auto before = peak_kilobytes();
  EXPECT_NE(message_of(png), "");
  EXPECT_LT(peak_kilobytes() - before, 500'000);
}

TEST(Decode, CutShortFilesAreRefusedInEveryFormat) {
  const Image image(photograph(200, 150, PixelFormat::rgb8));
  for (const FileFormat format :
       {FileFormat::png, FileFormat::webp, FileFormat::jpeg, FileFormat::tiff, FileFormat::avif, FileFormat::jxl}) {
    auto bytes = encode(image, {.format = format, .quality = {}, .effort = Effort::fast, .threads = 1});
    for (const double part : {0.1, 0.5, 0.9}) {
      const auto cut = static_cast<std::size_t>(static_cast<double>(bytes.size()) * part);
      EXPECT_NE(message_of(std::span(bytes).first(cut)), "") << extension(format) << " cut to " << part;
    }
  }
}

TEST(Decode, DamagedFilesNeverCrash) {
  const Image image(photograph(64, 48, PixelFormat::rgba8));
  std::mt19937 random(8);
  for (const FileFormat format : {FileFormat::png, FileFormat::webp, FileFormat::tiff, FileFormat::avif}) {
    const auto sound = encode(image, {.format = format, .quality = {}, .effort = Effort::fast, .threads = 1});
    for (int round = 0; round < 60; ++round) {
      auto bytes = sound;
      for (int i = 0; i < 4; ++i) bytes[random() % bytes.size()] = static_cast<std::byte>(random());
      message_of(bytes);  // either way is right
    }
  }
}

TEST(Orientation, PlacesAsVipsDoes) {
  const Image image(photograph(7, 5, PixelFormat::rgb8));
  for (int tag = 0; tag <= 9; ++tag) {
    const VipsImagePointer picture = vips_picture(image);
    if (tag >= 1 && tag <= 8) vips_image_set_int(picture.get(), VIPS_META_ORIENTATION, tag);
    VipsImagePointer expected;
    ASSERT_EQ(vips_autorot(picture.get(), Out(expected), nullptr), 0);
    std::size_t size = 0;
    const std::unique_ptr<void, GFree> pixels(vips_image_write_to_memory(expected.get(), &size));

    for (const std::size_t pixel : {1u, 3u}) {
      const Orientation orientation(tag, 7, 5);
      ASSERT_EQ(orientation.width(), vips_image_get_width(expected.get()));
      std::vector<std::byte> out(7 * 5 * pixel);
      for (int y = 0; y < 5; ++y) {
        std::vector<std::byte> row(7 * pixel);
        for (std::size_t x = 0; x < 7; ++x) {
          std::memcpy(row.data() + x * pixel, image.data() + y * image.stride() + static_cast<std::ptrdiff_t>(x) * 3,
                      pixel);
        }
        orientation.place(row.data(), 0, y, 3, pixel, out.data());
        orientation.place(row.data() + 3 * pixel, 3, y, 4, pixel, out.data());
      }
      for (std::size_t i = 0; i < 35; ++i) {
        EXPECT_EQ(std::memcmp(out.data() + i * pixel, static_cast<std::byte*>(pixels.get()) + i * 3, pixel), 0)
            << "tag " << tag << " pixel " << i;
      }
    }
  }
}

TEST(Decode, OrientationIsAppliedOnceInEveryFormatThatHasIt) {
  const Image image(photograph(24, 16, PixelFormat::rgb8));
  for (int tag = 1; tag <= 8; ++tag) {
    const VipsImagePointer picture = vips_picture(image);
    vips_image_set_int(picture.get(), VIPS_META_ORIENTATION, tag);
    VipsImagePointer turned;
    ASSERT_EQ(vips_autorot(picture.get(), Out(turned), nullptr), 0);
    const Image upright = decode(saved_as(turned, ".png"));
    for (const char* ending : {".tif", ".webp[lossless]"}) {
      EXPECT_TRUE(test::same_pixels(decode(saved_as(picture, ending)), upright)) << ending << " " << tag;
    }
    EXPECT_TRUE(test::same_pixels(decode(with_exif_orientation(saved_as(picture, ".png"), tag)), upright)) << tag;
    // In these the file format itself says how the picture stands, and EXIF is to be left alone.
    EXPECT_TRUE(test::same_pixels(decode(saved_as(picture, ".jxl[lossless]")), image)) << tag;
    EXPECT_EQ(decode(saved_as(picture, ".avif[lossless]")).width(), 24) << tag;
  }
}

TEST(Decode, ResolutionTurnsWithThePicture) {
  const VipsImagePointer picture = vips_picture(Image(photograph(24, 16, PixelFormat::rgb8)));
  VipsImagePointer with_resolution;
  ASSERT_EQ(vips_copy(picture.get(), Out(with_resolution), "xres", 10.0, "yres", 20.0, nullptr), 0);
  vips_image_set_int(with_resolution.get(), VIPS_META_ORIENTATION, 6);
  const Image image = decode(saved_as(with_resolution, ".tif"));
  ASSERT_TRUE(image.resolution());
  EXPECT_NEAR(image.resolution()->x, 20, 0.01);
  EXPECT_NEAR(image.resolution()->y, 10, 0.01);
}

TEST(Decode, FocalLengthIsThatOfExif) {
  const VipsImagePointer plain = vips_picture(Image(photograph(24, 16, PixelFormat::rgb8)));
  const auto focal_length = [&](const char* exif, const char* ending) {
    VipsImagePointer picture;
    EXPECT_EQ(vips_copy(plain.get(), Out(picture), nullptr), 0);
    vips_image_set_string(picture.get(), "exif-ifd2-FocalLengthIn35mmFilm", exif);
    return decode(saved_as(picture, ending)).focal_length_35mm();
  };
  for (const char* ending : {".jpg", ".webp", ".avif"}) {
    EXPECT_EQ(focal_length("27 (27, Short, 1 components, 2 bytes)", ending), 27) << ending;
    EXPECT_EQ(focal_length("0 (0, Short, 1 components, 2 bytes)", ending), std::nullopt) << ending;
  }
  EXPECT_EQ(decode(saved_as(plain, ".jpg")).focal_length_35mm(), std::nullopt);
  EXPECT_EQ(Image().focal_length_35mm(), std::nullopt);
}

TEST(Decode, SixteenBitsAndGrayStay) {
  for (const PixelFormat format : test::STORED_FORMATS) {
    const Image image(photograph(30, 20, format));
    for (const char* ending : {".png", ".tif"}) {
      EXPECT_TRUE(test::same_pixels(decode(saved_as(vips_picture(image), ending)), image))
          << ending << " " << static_cast<int>(format);
    }
  }
}

TEST(Decode, PalettesAndOneBitBecomePlainPixels) {
  const Image flat = Image::from_pixels({"\xff\0\0\0\xff\0\0\0\xff\xff\xff\xff", 2, 2, 6, PixelFormat::rgb8});
  const Image palette = decode(saved_as(vips_picture(flat), ".png[palette]"));
  EXPECT_EQ(test::largest_difference(palette, flat), 0);
  EXPECT_EQ(decode(saved_as(vips_picture(flat), ".gif")).source_format(), "gif");
  const Image black_white = Image::from_pixels({"\xff\0\0\xff", 2, 2, 2, PixelFormat::gray8});
  EXPECT_TRUE(test::same_pixels(decode(saved_as(vips_picture(black_white), ".tif[bitdepth=1]")), black_white));
  EXPECT_TRUE(test::same_pixels(decode(saved_as(vips_picture(black_white), ".png[bitdepth=1]")), black_white));
}

TEST(Decode, CmykThroughAProfileOrAsPillowDoes) {
  const std::array<std::uint8_t, 12> inks{0, 0, 0, 0, 0, 255, 255, 0, 128, 64, 32, 51};
  start_vips();
  VipsImagePointer bare(vips_image_new_from_memory_copy(inks.data(), inks.size(), 3, 1, 4, VIPS_FORMAT_UCHAR));
  VipsImagePointer picture;
  ASSERT_EQ(vips_copy(bare.get(), Out(picture), "interpretation", VIPS_INTERPRETATION_CMYK, nullptr), 0);
  const auto tiff = saved_as(picture, ".tif");
  const Image through_profile = decode(tiff);
  ASSERT_EQ(through_profile.format(), PixelFormat::rgb8);
  EXPECT_TRUE(through_profile.icc_profile().empty());
  const auto* rgb = reinterpret_cast<const std::uint8_t*>(through_profile.data());
  EXPECT_GT(rgb[0], 250);  // paper
  EXPECT_GT(rgb[3], 180);  // red ink is no pure red
  EXPECT_LT(rgb[3], 250);
  const Image pillow = decode(tiff, {.limits = {}, .pillow_cmyk = true});
  const std::vector<std::uint8_t> expected{255, 255, 255, 255, 0, 0, 102, 153, 178};
  EXPECT_TRUE(std::equal(expected.begin(), expected.end(), reinterpret_cast<const std::uint8_t*>(pillow.data())));
}

TEST(CmykToRgb, IsPillowsArithmetic) {
  // 255 - K - MULDIV255(C, 255 - K): every pair of an ink and black.
  for (int ink = 0; ink < 256; ++ink) {
    for (int black = 0; black < 256; ++black) {
      const std::uint8_t cmyk[4] = {static_cast<std::uint8_t>(ink), 0, 255, static_cast<std::uint8_t>(black)};
      std::uint8_t rgb[3];
      cmyk_to_rgb(cmyk, rgb, 1);
      const int rounded = static_cast<int>(std::floor(ink * (255 - black) / 255.0 + 0.5));
      ASSERT_EQ(rgb[0], 255 - black - rounded);
      ASSERT_EQ(rgb[1], 255 - black);
      ASSERT_EQ(rgb[2], 0);
    }
  }
}

TEST(FillLowBits, MakesWhiteWhite) {
  const std::uint16_t shifted[] = {0, 0xffc0, 0x8000, 0x0040};
  std::uint16_t filled[4];
  fill_low_bits(shifted, filled, 4, 10);
  EXPECT_EQ(filled[0], 0);
  EXPECT_EQ(filled[1], 0xffff);
  EXPECT_EQ(filled[2], 0x8020);
  EXPECT_EQ(filled[3], 0x0040);
}

TEST(Decode, AvifOfTwelveBitsUsesTheWholeRange) {
  auto data = std::make_shared<Image::Data>(16, 16, PixelFormat::rgb16);
  std::fill_n(data->row<std::uint16_t>(0), 16 * 16 * 3, std::uint16_t{65535});
  const Image back =
      decode(encode(Image(data), {.format = FileFormat::avif, .quality = 90, .effort = Effort::fast, .threads = 1}));
  ASSERT_EQ(back.format(), PixelFormat::rgb16);
  const auto white = *reinterpret_cast<const std::uint16_t*>(back.data());
  EXPECT_GE(white, 65000);             // the encoder is not exact
  EXPECT_EQ(white & 15, white >> 12);  // the upper bits again
}

TEST(Decode, LabAndFloatBecomeRgb) {
  const VipsImagePointer picture = vips_picture(Image(photograph(20, 10, PixelFormat::rgb8)));
  for (const auto space : {VIPS_INTERPRETATION_LAB, VIPS_INTERPRETATION_scRGB}) {
    VipsImagePointer converted;
    ASSERT_EQ(vips_colourspace(picture.get(), Out(converted), space, nullptr), 0);
    const Image image = decode(saved_as(converted, ".tif"));
    ASSERT_EQ(image.format(), PixelFormat::rgb16);
    const Image original(photograph(20, 10, PixelFormat::rgb8));
    for (std::size_t i = 0; i < 600; ++i) {
      EXPECT_NEAR(reinterpret_cast<const std::uint16_t*>(image.data())[i] / 257.0,
                  std::to_integer<int>(original.data()[i]), 1.5);
    }
  }
  VipsImagePointer numbers;
  ASSERT_EQ(vips_cast(vips_picture(Image(photograph(20, 10, PixelFormat::gray8))).get(), Out(numbers),
                      VIPS_FORMAT_FLOAT, nullptr),
            0);
  EXPECT_NE(message_of(saved_as(numbers, ".tif")).find("floating-point"), std::string::npos);
}

TEST(Decode, OnlySoundProfilesOfTheRightKindAreKept) {
  const auto with_profile = [](PixelFormat format, const std::vector<std::byte>& profile) {
    const VipsImagePointer picture = vips_picture(Image(photograph(20, 10, format)));
    vips_image_set_blob_copy(picture.get(), VIPS_META_ICC_NAME, profile.data(), profile.size());
    return decode(saved_as(picture, ".tif")).icc_profile().size();
  };
  EXPECT_EQ(with_profile(PixelFormat::rgb8, test::wide_gamut_profile()), test::wide_gamut_profile().size());
  EXPECT_EQ(with_profile(PixelFormat::gray16, test::gray_profile(2.2)), test::gray_profile(2.2).size());
  EXPECT_EQ(with_profile(PixelFormat::rgb8, test::gray_profile(2.2)), 0u);
  EXPECT_EQ(with_profile(PixelFormat::rgb8, std::vector<std::byte>(300, std::byte{7})), 0u);
}

TEST(Decode, WorksFromSeveralThreadsAtATime) {
  const Image image(photograph(150, 100, PixelFormat::rgba8));
  const auto png = encode(image);
  const auto broken = std::span(png).first(png.size() / 2);
  std::array<bool, 4> right{};
  {
    std::vector<std::jthread> threads;
    for (auto& result : right) {
      threads.emplace_back([&] {
        result = true;
        for (int i = 0; i < 5; ++i) {
          result =
              result && test::same_pixels(decode(png), image) && test::error_code([&] { decode(broken); }) == INPUT;
        }
      });
    }
  }
  EXPECT_EQ(right, (std::array<bool, 4>{true, true, true, true}));
}

TEST(LoadImage, NamesTheFile) {
  const test::TemporaryFolder folder;
  EXPECT_EQ(test::error_code([&] { load_image(folder / "missing.png"); }), INPUT);
  const Image image(photograph(9, 8, PixelFormat::rgb8));
  write_file(folder / "picture.jpg", encode(image));  // told by content, not by name
  EXPECT_TRUE(test::same_pixels(load_image(folder / "picture.jpg"), image));
  EXPECT_EQ(
      test::error_code([&] { load_image(folder / "picture.jpg", {.limits = {.max_pixels = 100, .max_bytes = 10}}); }),
      INPUT);
}

}  // namespace
}  // namespace peel
