// Every file of the collection of good, odd and hostile pictures: a picture or an Error(input), in time, and of the
// size and kind that Pillow finds in it.

#include <gtest/gtest.h>

#include <ctime>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/file.hpp"
#include "image/header.hpp"
#include "peel/error.hpp"
#include "support/pictures.hpp"
#include "support/test_data.hpp"

namespace peel {
namespace {

const std::map<PixelFormat, std::string> NAMES{{PixelFormat::gray8, "L"},     {PixelFormat::gray_alpha8, "LA"},
                                               {PixelFormat::rgb8, "RGB"},    {PixelFormat::rgba8, "RGBA"},
                                               {PixelFormat::gray16, "L16"},  {PixelFormat::gray_alpha16, "LA16"},
                                               {PixelFormat::rgb16, "RGB16"}, {PixelFormat::rgba16, "RGBA16"}};

// Formats Pillow reads and peel does not mean to.
bool is_foreign(const std::string& pillow_format) {
  static const std::set<std::string> FOREIGN{"ICO", "ICNS", "PCX", "SGI", "TGA"};
  return FOREIGN.contains(pillow_format);
}

// Pictures that Pillow opens and libvips does not, and why that is right or has to be borne.
const std::map<std::string, std::string> REFUSED{
    {"generated__png_idat_short.png", "most rows are missing"},
    {"pillow__10ct_32bit_128.tiff", "has no photometric interpretation"},
    {"pillow__16bit.s.tif", "signed samples"},
    {"pillow__9bit.j2k", "JPEG 2000 of 9 bits a sample"},
    {"pillow__old-style-jpeg-compression-no-samplesperpixel.tif", "old-style JPEG in TIFF, subsampled"},
    {"pillow__tiff_tiled_planar_16bit_RGB.tiff", "tiled planes"},
    {"pillow__tiff_tiled_planar_raw.tif", "tiled planes"},
    {"pngsuite__iphone__iphone_basi3p02.png", "Apple's CgBI; Pillow decodes it to wrong colours"},
    {"pngsuite__iphone__iphone_bgyn6a16.png", "the same"},
    {"pngsuite__iphone__iphone_z06n2c08.png", "the same"},
};

nlohmann::json manifest() {
  std::ifstream file(test::data_folder() / "data" / "formats" / "MANIFEST.json");
  return nlohmann::json::parse(file);
}

TEST(Formats, EveryFileIsAPictureOrRefusedAsPillowFindsIt) {
  PEEL_NEEDS_DATA();
  int decoded = 0;
  int both_refuse = 0;
  const nlohmann::json files = manifest();
  for (const auto& [name, pillow] : files.items()) {
    const auto file = test::data_folder() / "data" / "formats" / name;
    SCOPED_TRACE(name);
    const bool pillow_reads = pillow["decode"] == "ok";
    const std::clock_t start = std::clock();
    Image image;
    std::string refusal;
    try {
      image = load_image(file);
    } catch (const Error& error) {
      refusal = error.what();
      EXPECT_EQ(error.code(), ErrorCode::input) << refusal;
      EXPECT_NE(error.message().find(file.string() + ": "), std::string::npos) << refusal;
      EXPECT_EQ(refusal.find('\n'), std::string::npos) << refusal;
      EXPECT_FALSE(error.hint().empty() && refusal.find("limit") == std::string::npos) << refusal;
    }
    // Of this process's own time, by all its threads, whatever else is done on the machine.
    EXPECT_LT((std::clock() - start) / CLOCKS_PER_SEC, 20);
    if (!refusal.empty()) {
      both_refuse += !pillow_reads;
      if (pillow_reads && !is_foreign(pillow["fmt"])) {
        EXPECT_TRUE(REFUSED.contains(name)) << refusal;
      }
      continue;
    }
    ++decoded;
    EXPECT_FALSE(REFUSED.contains(name)) << "is read by now: take it off the list";
    // Memory is planned by the header.
    const auto header = read_header(read_file(file, std::uint64_t{1} << 30, ErrorCode::input));
    ASSERT_TRUE(header);
    EXPECT_EQ(header->pixels(), static_cast<std::uint64_t>(image.width()) * static_cast<std::uint64_t>(image.height()));
    EXPECT_GE(header->pixels() * static_cast<std::uint64_t>(header->pixel_bytes), image.size_bytes());
    if (!pillow_reads) continue;
    int width = pillow["size"][0];
    int height = pillow["size"][1];
    const bool turned = pillow["orientation"].is_number() && pillow["orientation"] >= 5 && pillow["orientation"] <= 8;
    // For some TIFFs Pillow states the size after turning.
    if (turned && image.width() != width) std::swap(width, height);
    EXPECT_EQ(image.width(), width);
    EXPECT_EQ(image.height(), height);
    // Pillow keeps 16 bits in grey alone and knows fewer alphas; colour must stay colour all the same.
    const std::string mode = pillow["mode"];
    if (mode == "RGB" || mode == "RGBA" || mode == "CMYK" || mode == "YCbCr") {
      const bool gray_allowed = mode == "RGBA";  // Pillow makes RGBA of 16-bit grey with alpha
      EXPECT_TRUE(channels(image.format()) >= 3 || gray_allowed) << mode << " became " << NAMES.at(image.format());
    }
    // Its alpha is zero everywhere, which means that there is none.
    if (name != "pillow__rgb32bf-abgr.bmp" && (mode == "LA" || mode == "RGBA")) {
      EXPECT_TRUE(has_alpha(image.format())) << NAMES.at(image.format());
    }
    if (mode == "I" || mode.starts_with("I;16")) {
      EXPECT_EQ(bytes_per_sample(image.format()), 2);
    }
  }
  EXPECT_GT(decoded, 470);
  EXPECT_GT(both_refuse, 60);
}

TEST(Formats, AllExifOrientationsComeOutUpright) {
  PEEL_NEEDS_DATA();
  for (const std::string kind : {"Landscape", "Portrait"}) {
    const auto folder = test::data_folder() / "data" / "exif";
    const Image upright = load_image(folder / (kind + "_1.jpg"));
    for (int orientation = 0; orientation <= 8; ++orientation) {
      const Image image = load_image(folder / (kind + "_" + std::to_string(orientation) + ".jpg"));
      ASSERT_EQ(image.width(), upright.width()) << kind << orientation;
      ASSERT_EQ(image.height(), upright.height());
      // The files were turned before they were compressed, so blocks fall differently. The mean tells: a wrong
      // turn makes it 40 and more.
      double sum = 0;
      for (std::size_t i = 0; i < image.size_bytes(); ++i) {
        sum += std::abs(std::to_integer<int>(image.data()[i]) - std::to_integer<int>(upright.data()[i]));
      }
      EXPECT_LT(sum / static_cast<double>(image.size_bytes()), 5.0) << kind << orientation;
    }
  }
}

}  // namespace
}  // namespace peel
