#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

#include "support/parsed_arguments.hpp"

namespace peel::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(MattingArguments, NothingIsAskedForByItself) {
  const Said a = said({"remove", "in.jpg"});
  EXPECT_FALSE(a.cutout.alpha_matting);
  EXPECT_FALSE(a.cutout.refine);
  EXPECT_FALSE(a.cutout.decontaminate);
  EXPECT_EQ(a.cutout.matting, MattingOptions{});
  EXPECT_EQ(a.files.trimap, "");
}

TEST(MattingArguments, EveryCommandThatCutsOutTakesThem) {
  const MattingOptions wanted{
      .foreground_threshold = 250, .background_threshold = 5, .erosion = std::nullopt, .exact = true};
  const auto expect = [&](const Said& all) {
    const RemoveOptions& a = all.cutout;
    EXPECT_TRUE(a.alpha_matting);
    EXPECT_TRUE(a.refine);
    EXPECT_TRUE(a.decontaminate);
    EXPECT_EQ(a.matting, wanted);
  };
  const auto given = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"-a", "-af", "250", "-ab", "5", "--erode", "auto", "--alpha-matting-exact",
                                       "--refine", "--decontaminate"});
    return said(arguments);
  };
  expect(given({"remove", "a.jpg"}));
  expect(given({"folder", "in", "out"}));
  expect(given({"stream", "64", "48"}));
}

TEST(MattingArguments, RembgsLettersAndItsLongNames) {
  const MattingOptions wanted{.foreground_threshold = 230, .background_threshold = 20, .erosion = 15};
  const Said letters = said({"i", "-a", "-af", "230", "-ab", "20", "-ae", "15", "in.jpg", "out.png"});
  EXPECT_TRUE(letters.cutout.alpha_matting);
  EXPECT_EQ(letters.cutout.matting, wanted);
  EXPECT_EQ(letters.files.inputs, std::vector<std::string>{"in.jpg"});
  EXPECT_EQ(letters.files.output, "out.png");
  const Said names =
      said({"i", "--alpha-matting", "--alpha-matting-foreground-threshold=230",
            "--alpha-matting-background-threshold=20", "--alpha-matting-erode-size=15", "in.jpg", "out.png"});
  EXPECT_TRUE(names.cutout.alpha_matting);
  EXPECT_EQ(names.cutout.matting, wanted);
  // After the -- they are names of files.
  EXPECT_EQ(said({"remove", "--", "-ae"}).files.inputs, std::vector<std::string>{"-ae"});
}

TEST(MattingArguments, ColoursAreCleanedByTwoLettersToo) {
  EXPECT_TRUE(said({"i", "-dc", "in.jpg", "out.png"}).cutout.decontaminate);
}

TEST(MattingArguments, ErosionIsANumberOrAuto) {
  const auto erosion = [](const std::string& text) {
    return said({"remove", "--erode", text, "in.jpg"}).cutout.matting.erosion;
  };
  EXPECT_EQ(erosion("0"), 0);
  EXPECT_EQ(erosion("1000"), 1000);
  EXPECT_EQ(erosion("auto"), std::nullopt);
  for (const char* text : {"-3", "1001", "many", "2.5", "", "Auto", "1e2", "10 "}) {
    EXPECT_THAT(error_of({"remove", "--erode", text, "in.jpg"}), AllOf(HasSubstr("--erode"), HasSubstr("auto")))
        << text;
  }
}

TEST(MattingArguments, ThresholdsAreLevels) {
  EXPECT_EQ(said({"remove", "-af", "0", "-ab", "255", "in.jpg"}).cutout.matting.background_threshold, 255);
  for (const char* letters : {"-af", "-ab"}) {
    for (const char* text : {"300", "256", "-1", "x", "0.5"}) {
      EXPECT_THAT(error_of({"remove", letters, text, "in.jpg"}), HasSubstr("not a whole number from 0 to 255"))
          << letters << text;
    }
  }
}

TEST(MattingArguments, ATrimapStandsInForAllThatMakesOne) {
  const Said a =
      said({"remove", "in.jpg", "--trimap", "t.png", "--alpha-matting-exact", "--decontaminate", "--largest"});
  EXPECT_EQ(a.files.trimap, "t.png");
  EXPECT_TRUE(a.cutout.matting.exact);
  for (const std::vector<std::string>& other : {std::vector<std::string>{"-a"},
                                                {"--refine"},
                                                {"--mask", "m.png"},
                                                {"-m", "u2netp"},
                                                {"--device", "cpu"},
                                                {"--batch", "2"}}) {
    std::vector<std::string> arguments{"remove", "in.jpg", "--trimap", "t.png"};
    arguments.insert(arguments.end(), other.begin(), other.end());
    EXPECT_THAT(error_of(arguments), HasSubstr("--trimap")) << other[0];
  }
  EXPECT_EQ(said({"remove", "in.jpg", "--trimap", "t.png", "--threads", "2"}).settings.threads, 2);
  EXPECT_THAT(error_of({"folder", "in", "out", "--trimap", "t.png"}), HasSubstr("--trimap"));
  EXPECT_THAT(error_of({"stream", "64", "48", "--trimap", "t.png"}), HasSubstr("--trimap"));
}

}  // namespace
}  // namespace peel::cli
