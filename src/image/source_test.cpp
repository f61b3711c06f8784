// What files say of their pictures besides the pixels: colours by numbers, alpha, orientation, pages.

#include <gtest/gtest.h>
#include <jxl/encode.h>
#include <libheif/heif.h>

#include <algorithm>
#include <array>

#include "image/color_numbers.hpp"
#include "image/header.hpp"
#include "image/source_facts.hpp"
#include "image/srgb.hpp"
#include "image/vips.hpp"
#include "support/error_of.hpp"
#include "support/picture_bytes.hpp"
#include "support/pictures.hpp"
#include "support/test_data.hpp"

namespace peel {
namespace {

using test::photograph;
using test::picture_of;
using test::samples_of;
using test::TiffPage;
using test::with_chunk;

/// What a colour of the picture is in sRGB.
std::array<int, 3> seen(const Image& image, std::array<std::uint8_t, 3> color) {
  profile_to_srgb(color, image.icc_profile());
  return {color[0], color[1], color[2]};
}

std::vector<std::byte> small_png() {
  return encode(picture_of(PixelFormat::rgb8, 2, 1, {128, 128, 128, 10, 20, 30}));
}

std::string chromaticities(std::initializer_list<std::uint32_t> values) {
  std::string content;
  for (const std::uint32_t value : values) content += test::big_endian_bytes(value);
  return content;
}

const std::string SRGB_PRIMARIES = chromaticities({31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000});
const std::string ADOBE_PRIMARIES = chromaticities({31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000});

// One pixel of (153, 52, 8): Y 77, Cb 89, Cr 182.
TEST(DecodeTiff, YcbcrThatIsNotJpegHasItsColours) {
  for (const int subsampling : {1, 2}) {
    TiffPage page{.width = 2, .height = 2, .photometric = PHOTOMETRIC_YCBCR};
    page.strip = subsampling == 1 ? "\115\131\266\115\131\266\115\131\266\115\131\266" : "\115\115\115\115\131\266";
    page.more = [&](TIFF* tiff) {
      TIFFSetField(tiff, TIFFTAG_YCBCRSUBSAMPLING, subsampling, subsampling);
      TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_LZW);
      TIFFSetField(tiff, TIFFTAG_ORIENTATION, 6);
    };
    const auto tiff = test::tiff_of({page});
    const Image image = decode(tiff);
    ASSERT_EQ(image.format(), PixelFormat::rgb8) << subsampling;
    const auto samples = samples_of(image);
    ASSERT_EQ(samples.size(), 12u);
    for (std::size_t i = 0; i < samples.size(); ++i) EXPECT_NEAR(samples[i], (std::array{153, 52, 8}[i % 3]), 2) << i;
    EXPECT_EQ(image.source_format(), "tiff");
    EXPECT_EQ(read_header(tiff)->pixels(), 4u);
    EXPECT_NE(test::error_code([&] { decode(tiff, {.limits = {.max_pixels = 3}}); }), 0);
  }
}

TEST(DecodeTiff, TheExtraSampleThatIsMarkedIsTheAlpha) {
  const auto decoded = [](int photometric, int samples, std::vector<std::uint16_t> extra, std::string strip) {
    const Image image = decode(test::tiff_of({TiffPage{
        .samples = samples, .photometric = photometric, .extra = std::move(extra), .strip = std::move(strip)}}));
    return std::pair(image.format(), samples_of(image));
  };
  using Pixel = std::pair<PixelFormat, std::vector<int>>;
  const std::uint16_t other = EXTRASAMPLE_UNSPECIFIED;
  const std::uint16_t alpha = EXTRASAMPLE_UNASSALPHA;
  const std::uint16_t multiplied = EXTRASAMPLE_ASSOCALPHA;
  // An infrared band, then alpha.
  EXPECT_EQ(decoded(PHOTOMETRIC_RGB, 5, {other, alpha}, "\012\024\036\310\200"),
            (Pixel{PixelFormat::rgba8, {10, 20, 30, 128}}));
  EXPECT_EQ(decoded(PHOTOMETRIC_RGB, 5, {alpha, other}, "\012\024\036\200\310"),
            (Pixel{PixelFormat::rgba8, {10, 20, 30, 128}}));
  EXPECT_EQ(decoded(PHOTOMETRIC_RGB, 4, {other}, "\012\024\036\310"), (Pixel{PixelFormat::rgb8, {10, 20, 30}}));
  EXPECT_EQ(decoded(PHOTOMETRIC_RGB, 4, {alpha}, "\012\024\036\200"), (Pixel{PixelFormat::rgba8, {10, 20, 30, 128}}));
  EXPECT_EQ(decoded(PHOTOMETRIC_RGB, 4, {multiplied}, "\012\024\036\200"),
            (Pixel{PixelFormat::rgba8, {19, 39, 59, 128}}));  // libvips cuts fractions off
  EXPECT_EQ(decoded(PHOTOMETRIC_RGB, 5, {other, multiplied}, "\012\024\036\310\200"),
            (Pixel{PixelFormat::rgba8, {19, 39, 59, 128}}));
  EXPECT_EQ(decoded(PHOTOMETRIC_RGB, 7, {other, other, other, other}, "\012\024\036\1\2\3\4"),
            (Pixel{PixelFormat::rgb8, {10, 20, 30}}));
  EXPECT_EQ(decoded(PHOTOMETRIC_MINISBLACK, 2, {other}, "\012\310"), (Pixel{PixelFormat::gray8, {10}}));
  EXPECT_EQ(decoded(PHOTOMETRIC_MINISBLACK, 3, {other, alpha}, "\012\310\200"),
            (Pixel{PixelFormat::gray_alpha8, {10, 128}}));
}

TEST(DecodeTiff, TwelveBitsUseTheWholeRange) {
  TiffPage page{.width = 2, .samples = 1, .bits = 12, .photometric = PHOTOMETRIC_MINISBLACK};
  page.strip = std::string("\xff\xf8\x00", 3);  // 4095 and 2048
  const auto tiff = test::tiff_of({page});
  const Image image = decode(tiff);
  ASSERT_EQ(image.format(), PixelFormat::gray16);
  const auto* values = reinterpret_cast<const std::uint16_t*>(image.data());
  EXPECT_EQ(values[0], 65535);
  EXPECT_EQ(values[1], 0x8008);
  EXPECT_TRUE(read_header(tiff));
  page.photometric = PHOTOMETRIC_MINISWHITE;
  EXPECT_EQ(*reinterpret_cast<const std::uint16_t*>(decode(test::tiff_of({page})).data()), 0);
}

TEST(DecodePng, ColoursByNumbersBecomeAProfile) {
  const auto linear = with_chunk(small_png(), "gAMA", test::big_endian_bytes(100000));
  const Image image = decode(linear);
  EXPECT_FALSE(image.icc_profile().empty());
  EXPECT_NEAR(seen(image, {128, 128, 128})[1], 188, 1);  // half of the light
  EXPECT_EQ(samples_of(image), (std::vector<int>{128, 128, 128, 10, 20, 30}));
  EXPECT_TRUE(image.notes().empty());

  const auto adobe =
      with_chunk(with_chunk(small_png(), "gAMA", test::big_endian_bytes(45455)), "cHRM", ADOBE_PRIMARIES);
  std::array<std::uint8_t, 3> expected{100, 200, 50};
  profile_to_srgb(expected, test::wide_gamut_profile());
  const auto green = seen(decode(adobe), {100, 200, 50});
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(green[i], expected[i], 1);

  const Image gray =
      decode(with_chunk(encode(picture_of(PixelFormat::gray8, 1, 1, {128})), "gAMA", test::big_endian_bytes(100000)));
  EXPECT_EQ(gray.format(), PixelFormat::gray8);
  EXPECT_NEAR(seen(gray, {128, 128, 128})[0], 188, 1);
}

TEST(DecodePng, WhatMeansSrgbBringsNoProfile) {
  const auto usual = with_chunk(with_chunk(small_png(), "gAMA", test::big_endian_bytes(45455)), "cHRM", SRGB_PRIMARIES);
  EXPECT_TRUE(decode(usual).icc_profile().empty());
  // sRGB counts more than gAMA, cICP more than both.
  const auto both =
      with_chunk(with_chunk(small_png(), "gAMA", test::big_endian_bytes(100000)), "sRGB", std::string_view("\0", 1));
  EXPECT_TRUE(decode(both).icc_profile().empty());
  EXPECT_FALSE(decode(with_chunk(both, "cICP", std::string_view("\x0c\x0d\0\1", 4))).icc_profile().empty());
  EXPECT_TRUE(decode(with_chunk(both, "cICP", std::string_view("\x01\x0d\0\1", 4))).icc_profile().empty());
  EXPECT_TRUE(decode(with_chunk(small_png(), "cHRM", ADOBE_PRIMARIES)).icc_profile().empty());
  EXPECT_TRUE(decode(with_chunk(small_png(), "gAMA", test::big_endian_bytes(0))).icc_profile().empty());
  EXPECT_TRUE(decode(with_chunk(small_png(), "gAMA", "xy")).icc_profile().empty());
}

TEST(DecodePng, HighDynamicRangeLooksAsOnAScreenAndIsNoted) {
  // BT.2100 PQ: 58 % is 203 cd/m2, diffuse white; 38 % is 26 cd/m2, an eighth of it.
  const Image image = decode(with_chunk(small_png(), "cICP", std::string_view("\x09\x10\0\1", 4)));
  ASSERT_EQ(image.notes().size(), 1u);
  EXPECT_NE(image.notes()[0].find("high dynamic range"), std::string::npos);
  EXPECT_NEAR(seen(image, {97, 97, 97})[1], 99, 4);  // 255 * sRGB(0.125)
  EXPECT_GT(seen(image, {148, 148, 148})[1], 215);   // rolled off, but light
  EXPECT_GE(seen(image, {192, 192, 192})[1], 254);   // 1000 cd/m2
  EXPECT_LE(seen(image, {0, 0, 0})[1], 1);
  // HLG: three quarters are diffuse white.
  const Image hlg = decode(with_chunk(small_png(), "cICP", std::string_view("\x09\x12\0\1", 4)));
  EXPECT_GT(seen(hlg, {191, 191, 191})[1], 215);
  EXPECT_GE(seen(hlg, {255, 255, 255})[1], 254);
}

// Of the box "colr" of an AVIF: its type, then primaries and curve.
std::vector<std::byte> with_code_points(std::vector<std::byte> avif, std::uint8_t primaries, std::uint8_t transfer) {
  constexpr std::string_view TYPE = "nclx";
  const auto is = [](std::byte byte, char c) { return byte == static_cast<std::byte>(c); };
  const auto found = std::search(avif.begin(), avif.end(), TYPE.begin(), TYPE.end(), is);
  EXPECT_NE(found, avif.end());
  if (found == avif.end()) return avif;
  found[5] = static_cast<std::byte>(primaries);
  found[7] = static_cast<std::byte>(transfer);
  return avif;
}

TEST(DecodeAvif, ColoursByNumbersBecomeAProfile) {
  const auto plain = encode(Image(photograph(16, 16, PixelFormat::rgb8)),
                            {.format = FileFormat::avif, .quality = {}, .effort = Effort::fast, .threads = 1});
  EXPECT_TRUE(decode(with_code_points(plain, 1, 13)).icc_profile().empty());
  EXPECT_TRUE(decode(with_code_points(plain, 1, 1)).icc_profile().empty());
  EXPECT_TRUE(decode(with_code_points(plain, 2, 2)).icc_profile().empty());
  const Image display_p3 = decode(with_code_points(plain, 12, 13));
  EXPECT_FALSE(display_p3.icc_profile().empty());
  EXPECT_EQ(seen(display_p3, {0, 255, 0})[0], 0);
  EXPECT_NEAR(seen(display_p3, {255, 128, 128})[1], 118, 1);  // redder than sRGB's own
  EXPECT_TRUE(display_p3.notes().empty());
  EXPECT_EQ(decode(with_code_points(plain, 9, 16)).notes().size(), 1u);
}

TEST(DecodeAvif, AlphaThatColoursAreMultipliedByBecomesStraight) {
  heif_image* made = nullptr;
  heif_image_create(16, 16, heif_colorspace_RGB, heif_chroma_interleaved_RGBA, &made);
  const std::unique_ptr<heif_image, void (*)(const heif_image*)> image(made, heif_image_release);
  heif_image_add_plane(image.get(), heif_channel_interleaved, 16, 16, 8);
  int stride = 0;
  std::uint8_t* const plane = heif_image_get_plane(image.get(), heif_channel_interleaved, &stride);
  for (int y = 0; y < 16; ++y) {
    for (int x = 0; x < 16; ++x) {
      const std::uint8_t pixel[] = {50, 50, 50, 128};
      std::copy_n(pixel, 4, plane + y * stride + 4 * x);
    }
  }
  heif_image_set_premultiplied_alpha(image.get(), 1);
  const std::unique_ptr<heif_context, void (*)(heif_context*)> context(heif_context_alloc(), heif_context_free);
  heif_encoder* encoder = nullptr;
  ASSERT_EQ(heif_context_get_encoder_for_format(context.get(), heif_compression_AV1, &encoder).code, heif_error_Ok);
  const std::unique_ptr<heif_encoder, void (*)(heif_encoder*)> owner(encoder, heif_encoder_release);
  heif_encoder_set_lossy_quality(encoder, 90);
  heif_image_handle* handle = nullptr;
  ASSERT_EQ(heif_context_encode_image(context.get(), image.get(), encoder, nullptr, &handle).code, heif_error_Ok);
  heif_image_handle_release(handle);
  std::vector<std::byte> bytes;
  heif_writer writer{1, [](heif_context*, const void* data, std::size_t size, void* to) {
                       const auto* const from = static_cast<const std::byte*>(data);
                       static_cast<std::vector<std::byte>*>(to)->assign(from, from + size);
                       return heif_error{heif_error_Ok, heif_suberror_Unspecified, ""};
                     }};
  ASSERT_EQ(heif_context_write(context.get(), &writer, &bytes).code, heif_error_Ok);
  const auto samples = samples_of(decode(bytes));
  ASSERT_EQ(samples.size(), 1024u);
  EXPECT_NEAR(samples[0], 100, 4);
  EXPECT_NEAR(samples[3], 128, 2);
}

std::vector<std::byte> jxl_of(const std::vector<std::uint8_t>& rgba, std::uint32_t width, std::uint32_t height,
                              std::optional<JxlTransferFunction> curve = {}) {
  const std::unique_ptr<JxlEncoder, void (*)(JxlEncoder*)> encoder(JxlEncoderCreate(nullptr), JxlEncoderDestroy);
  JxlBasicInfo info;
  JxlEncoderInitBasicInfo(&info);
  info.xsize = width;
  info.ysize = height;
  info.bits_per_sample = 8;
  info.num_extra_channels = 1;
  info.alpha_bits = 8;
  info.uses_original_profile = JXL_TRUE;
  EXPECT_EQ(JxlEncoderSetBasicInfo(encoder.get(), &info), JXL_ENC_SUCCESS);
  JxlColorEncoding color;
  JxlColorEncodingSetToSRGB(&color, JXL_FALSE);
  if (curve) {
    color.primaries = JXL_PRIMARIES_2100;
    color.transfer_function = *curve;
  }
  EXPECT_EQ(JxlEncoderSetColorEncoding(encoder.get(), &color), JXL_ENC_SUCCESS);
  JxlEncoderFrameSettings* const frame = JxlEncoderFrameSettingsCreate(encoder.get(), nullptr);
  JxlEncoderSetFrameLossless(frame, JXL_TRUE);
  const JxlPixelFormat format{4, JXL_TYPE_UINT8, JXL_NATIVE_ENDIAN, 0};
  EXPECT_EQ(JxlEncoderAddImageFrame(frame, &format, rgba.data(), rgba.size()), JXL_ENC_SUCCESS);
  JxlEncoderCloseInput(encoder.get());
  std::vector<std::byte> bytes(1 << 16);
  auto* next = reinterpret_cast<std::uint8_t*>(bytes.data());
  std::size_t left = bytes.size();
  EXPECT_EQ(JxlEncoderProcessOutput(encoder.get(), &next, &left), JXL_ENC_SUCCESS);
  bytes.resize(bytes.size() - left);
  return bytes;
}

// libjxl 0.7 writes no other; AVIF's test is that of the arithmetic for both.
TEST(DecodeJxl, StraightAlphaStaysAsItIs) {
  const std::vector<std::uint8_t> rgba{50, 20, 10, 128, 0, 0, 0, 0};
  EXPECT_EQ(samples_of(decode(jxl_of(rgba, 2, 1))), (std::vector<int>{50, 20, 10, 128, 0, 0, 0, 0}));
}

TEST(DecodeJxl, HighDynamicRangeLooksAsOnAScreenAndIsNoted) {
  const Image image = decode(jxl_of({97, 97, 97, 255}, 1, 1, JXL_TRANSFER_FUNCTION_PQ));
  EXPECT_EQ(image.notes().size(), 1u);
  EXPECT_NEAR(seen(image, {97, 97, 97})[1], 99, 4);
}

TEST(ColorOfCodePoints, KnowsWhatIsAColourSpace) {
  EXPECT_FALSE(color_of_code_points(2, 2));
  EXPECT_FALSE(color_of_code_points(99, 13));
  EXPECT_FALSE(color_of_code_points(1, 99));
  const auto usable = [](int primaries, int transfer) {
    const auto color = color_of_code_points(primaries, transfer);
    if (!color) return false;
    const auto profile = profile_for(*color, false);
    const auto gray = profile_for(*color, true);
    return (profile.empty() || profile_fits(profile, PixelFormat::rgb8)) &&
           (gray.empty() || profile_fits(gray, PixelFormat::gray8));
  };
  for (const int primaries : {1, 4, 5, 6, 7, 8, 9, 11, 12, 22}) EXPECT_TRUE(usable(primaries, 13)) << primaries;
  for (const int transfer : {1, 4, 5, 6, 7, 8, 13, 14, 15, 16, 17, 18}) EXPECT_TRUE(usable(9, transfer)) << transfer;
}

TEST(ProfileFor, IsTheSameAtAnyTime) {
  const auto profile = profile_for(*color_of_code_points(9, 16), false);
  ASSERT_GT(profile.size(), 36u);
  EXPECT_EQ(std::to_integer<int>(profile[24]) * 256 + std::to_integer<int>(profile[25]), 2026);
  EXPECT_EQ(std::to_integer<int>(profile[35]), 0);  // seconds
}

TEST(DecodeNetpbm, OfEveryKindAndRange) {
  const auto samples = [](std::string_view file) { return samples_of(decode(test::text_bytes(file))); };
  EXPECT_EQ(samples("P1\n2 2\n0 1\n1 0\n"), (std::vector<int>{255, 0, 0, 255}));
  EXPECT_EQ(samples("P2\n# 9 9 9\n2 1\n100\n0 100\n"), (std::vector<int>{0, 255}));
  EXPECT_EQ(samples("P3 1 1 255 1 2 3 "), (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(samples(std::string_view("P5\n3 1\n15\n\x00\x0f\x07", 13)), (std::vector<int>{0, 255, 119}));
  EXPECT_EQ(samples("P6\n1 1\n255\n\x01\x02\x03"), (std::vector<int>{1, 2, 3}));
  const Image wide = decode(test::text_bytes(std::string_view("P5 2 1 1023\n\x03\xff\x00\x00", 16)));
  ASSERT_EQ(wide.format(), PixelFormat::gray16);
  EXPECT_EQ(reinterpret_cast<const std::uint16_t*>(wide.data())[0], 65535);
  EXPECT_EQ(wide.source_format(), "netpbm");
  EXPECT_NE(test::error_code([] { decode(test::text_bytes("P6\n9 9\n255\nabc")); }), 0);
  EXPECT_NE(test::error_code([] { decode(test::text_bytes("P6\n9999999 9999999\n255\nabc")); }), 0);
}

TEST(DecodeJpeg2000, ComesOutAsItWentIn) {
  start_vips();
  const Image image(photograph(40, 30, PixelFormat::rgb8));
  const VipsImagePointer bare(
      vips_image_new_from_memory_copy(image.data(), image.size_bytes(), 40, 30, 3, VIPS_FORMAT_UCHAR));
  VipsImagePointer colored;
  ASSERT_EQ(vips_copy(bare.get(), Out(colored), "interpretation", VIPS_INTERPRETATION_sRGB, nullptr), 0);
  vips_operation_block_set("VipsForeignSaveJp2k", FALSE);
  void* data = nullptr;
  std::size_t size = 0;
  ASSERT_EQ(vips_jp2ksave_buffer(colored.get(), &data, &size, "lossless", TRUE, nullptr), 0) << take_vips_error();
  const std::unique_ptr<void, GFree> owner(data);
  const Image back = decode(std::span(static_cast<const std::byte*>(data), size));
  EXPECT_TRUE(test::same_pixels(back, image));
  EXPECT_EQ(back.source_format(), "jp2k");
}

TEST(DecodeAvif, ASizeOverTheLimitIsToldAsSuch) {
  auto avif = encode(Image(photograph(16, 16, PixelFormat::rgb8)),
                     {.format = FileFormat::avif, .quality = {}, .effort = Effort::fast, .threads = 1});
  const std::string_view text(reinterpret_cast<const char*>(avif.data()), avif.size());
  const std::size_t size = text.find("ispe") + 8;
  for (const std::size_t at : {size, size + 4}) {
    avif[at + 2] = std::byte{17000 >> 8};
    avif[at + 3] = std::byte{17000 & 255};
  }
  try {
    decode(avif);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_NE(error.message().find("17000 x 17000"), std::string::npos) << error.message();
  }
}

TEST(Sniff, NamesWhatIsNotRead) {
  const auto hint = [](std::string_view file) {
    try {
      decode(test::text_bytes(file), {}, "x");
    } catch (const Error& error) {
      return error.message();
    }
    return std::string();
  };
  std::string tga(40, '\0');
  tga[0] = 5;  // bytes of a comment
  tga[2] = 2;
  tga[12] = tga[14] = 1;
  tga[16] = 24;
  EXPECT_EQ(hint(tga), "x: this is a TGA picture");
  std::string pcx(130, '\0');
  pcx[0] = 10;
  pcx[1] = 5;
  pcx[2] = 1;
  pcx[3] = 8;
  EXPECT_EQ(hint(pcx), "x: this is a PCX picture");
  EXPECT_EQ(hint("P7\nWIDTH 1\n"), "x: this is a Netpbm picture in PAM or PFM");
}

std::filesystem::path fault(const char* name) {
  return test::data_folder() / "data" / "faults" / name;
}

TEST(Faults, ComeOutAsTheyShould) {
  PEEL_NEEDS_DATA();
  if (!std::filesystem::exists(fault("ycbcr.tif"))) GTEST_SKIP() << "no data/faults";
  // One of its colours; taken for RGB it has none like it.
  const Image ycbcr = load_image(fault("ycbcr.tif"));
  bool right = false;
  for (std::size_t i = 0; i + 2 < ycbcr.size_bytes(); i += 3) {
    const auto* p = reinterpret_cast<const std::uint8_t*>(ycbcr.data()) + i;
    right = right || (std::abs(p[0] - 153) <= 2 && std::abs(p[1] - 52) <= 2 && std::abs(p[2] - 8) <= 2);
  }
  EXPECT_TRUE(right);
  EXPECT_EQ(load_image(fault("rgb_ir_alpha.tif")).format(), PixelFormat::rgba8);
  EXPECT_EQ(load_image(fault("two_pages.tif")).pages(), 2);
  const Image lying = load_image(fault("raw_profile_exif.png"));
  EXPECT_EQ(lying.width(), 300);
  EXPECT_EQ(lying.height(), 450);
}

}  // namespace
}  // namespace peel
