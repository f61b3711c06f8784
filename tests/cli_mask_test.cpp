#include <gmock/gmock.h>

#include <algorithm>
#include <functional>

#include "cli_support.hpp"

// What `peel remove` makes of a mask: --mask, for which no model is needed, and the cleaning of masks. The store of
// these tests is empty and the network is off, so a model would be an error.
namespace peel::test {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int MASK_WIDTH = 64;
constexpr int MASK_HEIGHT = 48;

class CliMask : public Cli {
 protected:
  void SetUp() override {
    write_picture("in.png", MASK_WIDTH, MASK_HEIGHT);
    // A square with a hole, and a speck to the right of it.
    write_mask("mask.png", [](int x, int y) {
      const bool square = x >= 10 && x < 40 && y >= 10 && y < 40;
      const bool hole = x >= 20 && x < 24 && y >= 20 && y < 24;
      const bool speck = x >= 55 && x < 58 && y >= 5 && y < 8;
      return (square && !hole) || speck ? 255 : 0;
    });
  }

  void write_mask(const std::string& name, const std::function<int(int, int)>& value, int width = MASK_WIDTH,
                  int height = MASK_HEIGHT) const {
    std::vector<unsigned char> values;
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) values.push_back(static_cast<unsigned char>(value(x, y)));
    }
    write_image(at(name), Image::from_pixels({values.data(), width, height, width, PixelFormat::gray8}));
  }

  /// The mask after so many options.
  Image mask_with(std::vector<std::string> options) {
    options.insert(options.begin(), {"remove", "in.png", "--mask", "mask.png", "-om", "-o", "out.png"});
    const Outcome outcome = peel(std::move(options));
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return load_image(at("out.png"));
  }

  static int value(const Image& image, int x, int y, int channel = 0) {
    return std::to_integer<int>(image.data()[y * image.stride() + x * channels(image.format()) + channel]);
  }
  static int count(const Image& mask) {
    return static_cast<int>(std::count(mask.data(), mask.data() + mask.size_bytes(), std::byte{255}));
  }
};

constexpr int SQUARE = 30 * 30;
constexpr int HOLE = 4 * 4;
constexpr int SPECK = 3 * 3;

TEST_F(CliMask, AMaskOfOnesOwnNeedsNoModel) {
  const Outcome outcome = peel({"remove", "in.png", "--mask", "mask.png", "-o", "out.png", "--json"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const Image cutout = load_image(at("out.png"));
  const Image picture = load_image(at("in.png"));
  for (const auto& [x, y, alpha] : {std::array{15, 15, 255}, {22, 22, 0}, {56, 6, 255}, {5, 30, 0}}) {
    EXPECT_EQ(value(cutout, x, y, 3), alpha);
    EXPECT_EQ(value(cutout, x, y, 0), alpha == 0 ? 0 : value(picture, x, y));
  }
  const json object = json::parse(outcome.out);
  EXPECT_EQ(object["mask"], "mask.png");
  EXPECT_EQ(object["model"], "none");
  EXPECT_TRUE(object["provider"].is_null());
  EXPECT_TRUE(object["subject"].get<bool>());
  EXPECT_EQ(object["timings_ms"]["inference"], 0);
  EXPECT_EQ(object["timings_ms"]["session"], 0);
}

TEST_F(CliMask, EveryStepOfTheCleaning) {
  EXPECT_EQ(count(mask_with({})), SQUARE - HOLE + SPECK);
  EXPECT_EQ(count(mask_with({"--min-area", "9"})), SQUARE - HOLE + SPECK);
  EXPECT_EQ(count(mask_with({"--min-area", "10"})), SQUARE - HOLE);
  EXPECT_EQ(count(mask_with({"--min-area", "0.3%"})), SQUARE - HOLE);  // 9.2 pixels
  EXPECT_EQ(count(mask_with({"--min-area", "0.29%"})), SQUARE - HOLE + SPECK);
  EXPECT_EQ(count(mask_with({"--largest"})), SQUARE - HOLE);
  EXPECT_EQ(count(mask_with({"--fill-holes"})), SQUARE + SPECK);
  EXPECT_EQ(count(mask_with({"--fill-holes=17"})), SQUARE + SPECK);
  EXPECT_EQ(count(mask_with({"--fill-holes=16"})), SQUARE - HOLE + SPECK);
  EXPECT_EQ(count(mask_with({"--fill-holes=0.5%"})), SQUARE - HOLE + SPECK);  // 15.4 pixels
  EXPECT_EQ(count(mask_with({"--largest", "--fill-holes", "--offset", "-2"})), 26 * 26);
  EXPECT_EQ(count(mask_with({"--largest", "--fill-holes", "--offset", "1"})), SQUARE + 4 * 30);
  EXPECT_EQ(value(mask_with({"--largest", "--offset=-0.5"}), 10, 15), 128);
  EXPECT_EQ(count(mask_with({"--invert"})), MASK_WIDTH * MASK_HEIGHT - (SQUARE - HOLE + SPECK));
  const Image soft = mask_with({"--largest", "--fill-holes", "--feather", "4"});
  EXPECT_EQ(value(soft, 25, 25), 255);
  EXPECT_NEAR(value(soft, 10, 25), 255 * 0.6, 6);  // half a pixel inside the outline: 0.25 sigma
  EXPECT_NEAR(value(soft, 9, 25), 255 * 0.4, 6);
}

TEST_F(CliMask, ThresholdTakesTheValueItself) {
  write_mask("mask.png", [](int x, int) { return x; });
  EXPECT_EQ(count(mask_with({"--threshold", "40"})), (MASK_WIDTH - 40) * MASK_HEIGHT);
}

TEST_F(CliMask, PostProcessingComesFirst) {
  const Image alone = mask_with({"-ppm"});
  EXPECT_EQ(value(alone, 56, 6), 0);  // the blur takes a speck of 3 pixels
  EXPECT_EQ(count(mask_with({"-ppm", "--invert"})), MASK_WIDTH * MASK_HEIGHT - count(alone));
}

TEST_F(CliMask, CropGoesByTheCleanedMask) {
  const auto box = [this](std::vector<std::string> options) {
    options.insert(options.begin(), {"remove", "in.png", "--mask", "mask.png", "-o", "out.png", "--json"});
    return json::parse(peel(std::move(options)).out)["crop"]["width"].get<int>();
  };
  EXPECT_EQ(box({"--crop"}), 48);
  EXPECT_EQ(box({"--crop", "--largest"}), 30);
  EXPECT_EQ(box({"--crop=3", "--largest", "--offset", "2"}), 40);
  EXPECT_EQ(box({"--crop", "--largest", "--invert"}), MASK_WIDTH);
}

TEST_F(CliMask, ACutOutIsAMaskToo) {
  ASSERT_EQ(peel({"remove", "in.png", "--mask", "mask.png", "-o", "cutout.png"}).status, 0);
  ASSERT_EQ(peel({"remove", "in.png", "--mask", "cutout.png", "-om", "-o", "again.png"}).status, 0);
  EXPECT_EQ(count(load_image(at("again.png"))), SQUARE - HOLE + SPECK);
}

TEST_F(CliMask, AMaskOfAnotherSizeIsStretched) {
  write_mask(
      "half.png", [](int x, int) { return x < MASK_WIDTH / 4 ? 255 : 0; }, MASK_WIDTH / 2, MASK_HEIGHT / 2);
  Outcome outcome = peel({"remove", "in.png", "--mask", "half.png", "-om", "-o", "out.png"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.err, Not(HasSubstr("warning")));
  const Image out = load_image(at("out.png"));
  EXPECT_EQ(out.width(), MASK_WIDTH);
  EXPECT_EQ(value(out, MASK_WIDTH / 2 - 8, 5), 255);
  EXPECT_EQ(value(out, MASK_WIDTH / 2 + 8, 5), 0);

  write_mask(
      "square.png", [](int, int) { return 255; }, MASK_WIDTH, MASK_WIDTH);
  outcome = peel({"remove", "in.png", "--mask", "square.png", "-om", "-o", "out.png"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.err, HasSubstr("square.png is stretched from 64 x 64 to 64 x 48"));
}

TEST_F(CliMask, OneMaskForManyPictures) {
  write_picture("photos/a.png", MASK_WIDTH, MASK_HEIGHT);
  write_picture("photos/b.png", MASK_WIDTH, MASK_HEIGHT);
  const Outcome outcome = peel({"remove", "photos", "--mask", "mask.png", "-om", "-o", "out/", "--largest"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(files("out"), ElementsAre("a.png", "b.png"));
  for (const char* name : {"out/a.png", "out/b.png"}) EXPECT_EQ(count(load_image(at(name))), SQUARE - HOLE);
}

TEST_F(CliMask, AMaskIsNeverWrittenOver) {
  const std::string before = read_text(at("mask.png"));
  EXPECT_EQ(peel({"remove", "in.png", "--mask", "mask.png", "-o", "mask.png"}).status, 2);
  EXPECT_EQ(read_text(at("mask.png")), before);
}

TEST_F(CliMask, AMaskThatCannotBeReadIsStatus3) {
  write("text.png", "no picture");
  for (const char* mask : {"none.png", "text.png"}) {
    const Outcome outcome = peel({"remove", "in.png", "--mask", mask, "-o", "out.png"});
    EXPECT_EQ(outcome.status, 3) << mask;
    EXPECT_THAT(outcome.err, HasSubstr(mask));
  }
  EXPECT_THAT(files(), ElementsAre("in.png", "mask.png", "text.png"));
}

TEST_F(CliMask, AnEmptyMaskIsSaid) {
  const Outcome outcome = peel({"remove", "in.png", "--mask", "mask.png", "-o", "out.png", "--min-area", "50%"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.err, HasSubstr("nothing is left of the mask"));
}

TEST_F(CliMask, WhatOnlyAModelTakesIsRefused) {
  for (const std::vector<std::string>& options :
       {std::vector<std::string>{"-m", "u2netp"}, {"--device", "cpu"}, {"--batch", "2"}, {"--mean", "0,0,0"}}) {
    std::vector<std::string> arguments{"remove", "in.png", "--mask", "mask.png", "-o", "out.png"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const Outcome outcome = peel(arguments);
    EXPECT_EQ(outcome.status, 2) << options[0];
    EXPECT_THAT(outcome.err, HasSubstr("--mask")) << options[0];
  }
  EXPECT_EQ(peel({"remove", "in.png", "--mask", "mask.png", "-o", "out.png", "--threads", "1"}).status, 0);
}

TEST_F(CliMask, AModelInTheConfigFileGivesWay) {
  write("config.toml", "[remove]\nmodel = \"u2netp\"\ndevice = \"cpu\"\nmin-area = \"0.5%\"\nfill-holes = true\n");
  const Outcome outcome =
      peel({"remove", "in.png", "--mask", "mask.png", "-om", "-o", "out.png", "--config", "config.toml"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(count(load_image(at("out.png"))), SQUARE);
}

TEST_F(CliMask, ValuesOutsideTheirRangesAreStatus2) {
  for (const std::vector<std::string>& options : {std::vector<std::string>{"--threshold", "256"},
                                                  {"--threshold", "half"},
                                                  {"--min-area", "-1"},
                                                  {"--min-area", "101%"},
                                                  {"--min-area", "%"},
                                                  {"--fill-holes=many"},
                                                  {"--offset", "501"},
                                                  {"--offset", "-501"},
                                                  {"--feather", "-1"},
                                                  {"--feather", "nan"}}) {
    std::vector<std::string> arguments{"remove", "in.png", "--mask", "mask.png", "-o", "out.png"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const Outcome outcome = peel(arguments);
    EXPECT_EQ(outcome.status, 2) << options[0] << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(options[0].substr(0, options[0].find('=')))) << outcome.err;
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  }
  EXPECT_FALSE(std::filesystem::exists(at("out.png")));
}

}  // namespace
}  // namespace peel::test
