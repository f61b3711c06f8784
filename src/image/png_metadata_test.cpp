#include <gtest/gtest.h>

#include <string>

#include "image/source_facts.hpp"
#include "peel/image.hpp"
#include "support/picture_bytes.hpp"
#include "support/pictures.hpp"

namespace peel {
namespace {

using test::packed;
using test::photograph;
using test::picture_of;
using test::samples_of;
using test::with_chunk;

// Stored 2 x 1, red and blue; orientation 6 stands it up with red on top.
std::vector<std::byte> lying_png() {
  return encode(picture_of(PixelFormat::rgb8, 2, 1, {255, 0, 0, 0, 0, 255}));
}

std::string hexadecimal(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    constexpr std::string_view DIGITS = "0123456789abcdef";
    text += DIGITS[static_cast<unsigned char>(c) / 16];
    text += DIGITS[static_cast<unsigned char>(c) % 16];
    if (text.size() % 73 == 72) text += '\n';
  }
  return text;
}

TEST(DecodePng, StandsAsItsMetadataSaysWhereverTheyAre) {
  const std::string exif = test::exif_with_orientation(6);
  const std::string raw = "\nexif\n      32\n" + hexadecimal(std::string("Exif\0\0", 6) + exif);
  const std::string xmp = "<x:xmpmeta><rdf:Description tiff:Orientation=\"6\"/></x:xmpmeta>";
  const std::string nothing_more("\0\0\0\0\0", 5);
  const auto upright = [](const std::vector<std::byte>& png) {
    const Image image = decode(png);
    return image.height() == 2 && samples_of(image) == std::vector<int>{255, 0, 0, 0, 0, 255};
  };
  EXPECT_FALSE(upright(lying_png()));
  EXPECT_TRUE(upright(with_chunk(lying_png(), "eXIf", exif)));
  EXPECT_TRUE(upright(with_chunk(lying_png(), "eXIf", exif, true)));
  for (const char* name : {"Raw profile type exif", "Raw profile type APP1"}) {
    EXPECT_TRUE(upright(with_chunk(lying_png(), "tEXt", name + std::string("\0", 1) + raw))) << name;
    EXPECT_TRUE(upright(with_chunk(lying_png(), "zTXt", name + std::string("\0\0", 2) + packed(raw), true))) << name;
  }
  const std::string key = "XML:com.adobe.xmp";
  EXPECT_TRUE(upright(with_chunk(lying_png(), "iTXt", key + nothing_more + xmp)));
  EXPECT_TRUE(upright(with_chunk(lying_png(), "iTXt", key + std::string("\0\1\0\0\0", 5) + packed(xmp), true)));
  EXPECT_TRUE(upright(with_chunk(lying_png(), "iTXt", key + nothing_more + "<tiff:Orientation>6</tiff:Orientation>")));
  // EXIF's own chunk counts most, then its text, then XMP.
  EXPECT_FALSE(upright(
      with_chunk(with_chunk(lying_png(), "eXIf", test::exif_with_orientation(1)), "iTXt", key + nothing_more + xmp)));
}

TEST(DecodePng, DamagedMetadataDoNoHarm) {
  for (const char* type : {"tEXt", "zTXt", "iTXt", "eXIf"}) {
    for (const std::string& content :
         {std::string(), std::string("XML:com.adobe.xmp"), std::string("XML:com.adobe.xmp\0", 18),
          std::string("XML:com.adobe.xmp\0\1", 19), std::string("XML:com.adobe.xmp\0\1\0x", 21),
          std::string("Raw profile type exif\0\nexif\n", 28), std::string("Raw profile type exif\0\0\x78\x9c\x01", 26),
          std::string("II*\0\xff\xff\xff\xff\0\0\0\0\0\0", 14)}) {
      EXPECT_EQ(decode(with_chunk(lying_png(), type, content)).width(), 2) << type;
    }
  }
}

TEST(ExifOrientation, OfBothByteOrdersAndNothingElse) {
  EXPECT_EQ(exif_orientation(test::text_bytes(test::exif_with_orientation(8))), 8);
  EXPECT_EQ(exif_orientation(test::text_bytes(test::exif_with_orientation(9))), std::nullopt);
  const std::string big("MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x03\0\0\0\0\0\0", 26);
  EXPECT_EQ(exif_orientation(test::text_bytes(big)), 3);
  for (std::size_t size = 0; size < big.size(); ++size) {
    exif_orientation(test::text_bytes(std::string_view(big).substr(0, size)));  // no more than that it ends
  }
  EXPECT_EQ(xmp_orientation("tiff:Orientation='3'"), 3);
  EXPECT_EQ(xmp_orientation("tiff:Orientation=\"9\" tiff:Orientation"), std::nullopt);
}

TEST(DecodePng, WrongChecksumsOfPixelsAreBorneAndTold) {
  const Image image(photograph(20, 10, PixelFormat::rgb8));
  auto png = encode(image);
  const std::string_view text(reinterpret_cast<const char*>(png.data()), png.size());
  png[text.find("IEND") - 5] ^= std::byte{1};  // the last byte of the checksum in front of it
  const Image back = decode(png);
  EXPECT_TRUE(test::same_pixels(back, image));
  EXPECT_EQ(back.notes().size(), 1u);
}

}  // namespace
}  // namespace peel
