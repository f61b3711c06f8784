#include "config_file.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cstdlib>

#include "support/parsed_arguments.hpp"
#include "support/test_data.hpp"
#include "support/text_file.hpp"
#include "usage_error.hpp"

namespace peel::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string parse_error(std::string_view text) {
  try {
    parse_config(text, "file");
  } catch (const UsageError& error) {
    return error.what();
  }
  return "no error";
}

TEST(ConfigFile, ReadsSectionsInTheirOrder) {
  const auto entries = parse_config(
      "# a comment\r\n"
      "[remove]\n"
      "background = \"#ffffff\"   # the string has a # of its own\n"
      "model='C:\\net.onnx'\n"
      "  quality =  90\n"
      "crop = true\n"
      "mean = [ 0.5, 0.5, 0.25 ]\n"
      "[bench]\n"
      "configs = [\"cpu\", \"int8\"]",
      "file");
  ASSERT_EQ(entries.size(), 6U);
  EXPECT_EQ(entries[0].section, "remove");
  EXPECT_EQ(entries[0].key, "background");
  EXPECT_THAT(entries[0].values, ElementsAre("#ffffff"));
  EXPECT_EQ(entries[0].line, 3);
  EXPECT_THAT(entries[1].values, ElementsAre("C:\\net.onnx"));
  EXPECT_THAT(entries[2].values, ElementsAre("90"));
  EXPECT_THAT(entries[3].values, ElementsAre("true"));
  EXPECT_THAT(entries[4].values, ElementsAre("0.5", "0.5", "0.25"));
  EXPECT_EQ(entries[5].section, "bench");
  EXPECT_THAT(entries[5].values, ElementsAre("cpu", "int8"));
  EXPECT_THAT(parse_config("", "file"), IsEmpty());
}

TEST(ConfigFile, SaysWhereItMakesNoSense) {
  for (const char* line : {"model", "model =", "model = silueta", "model = \"silueta", "mean = [1, 2",
                           "quality = 90 percent", "[remove]", "quality = 2026-01-01", "quality = {a = 1}"}) {
    EXPECT_THAT(parse_error(fmt::format("[remove]\n{}", line)), ::testing::StartsWith("file:2: ")) << line;
  }
  EXPECT_THAT(parse_error("[remove\n"), ::testing::StartsWith("file:1: "));
  EXPECT_EQ(parse_error("model = 1\n"), "file:1: model stands in no section");
  EXPECT_THAT(parse_error("[remove]\ncrop = 1\ncrop = 2\n"), ::testing::StartsWith("file:3: "));
}

/// A user with a config file, and none of the developer's own.
class ConfigOfUser : public ::testing::Test {
 protected:
  void SetUp() override { setenv("XDG_CONFIG_HOME", home_.path().c_str(), 1); }

  std::string user_config() const { return (home_ / "peel/config.toml").string(); }
  void write(const std::string& text) const { test::write_text(user_config(), text); }

  static Said remove(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "remove");
    return said(std::move(arguments));
  }

  test::TemporaryFolder home_;
};

TEST_F(ConfigOfUser, IsReadAndTheCommandLineWins) {
  write(
      "[remove]\nmodel = \"u2netp\"\nthreads = 2\ncompat = true\npost-process-mask = false\ncrop = 20\n"
      "bgcolor = [1, 2, 3, 4]\n[bench]\nthreads = [1, 2]\n");
  const Said a = remove({"a.jpg", "--threads", "5"});
  EXPECT_EQ(a.settings.model_name, "u2netp");
  EXPECT_EQ(a.settings.threads, 5);
  EXPECT_TRUE(a.cutout.compat);
  EXPECT_FALSE(a.cutout.post_process_mask);
  EXPECT_EQ(a.cutout.crop_margin, 20);
  EXPECT_EQ(a.files.rembg_background, "1,2,3,4");
  EXPECT_EQ(invocation_of({"remove", "a.jpg"}).common.config, user_config());
  const Invocation bench = invocation_of({"bench", "-i", "in", "-o", "out"});
  EXPECT_THAT(Said(bench.given).bench.threads, ElementsAre(1, 2));
  EXPECT_EQ(bench.common.user_config, user_config());
}

TEST_F(ConfigOfUser, ScanHasASectionOfItsOwn) {
  write(
      "[remove]\nmodel = \"u2netp\"\n[scan]\nenhance = \"contrast\"\nmin-confidence = 0.75\npage = \"letter\"\n"
      "format = \"pdf\"\n");
  const auto scan = said({"scan", "a.jpg", "--page", "a4"});
  EXPECT_EQ(scan.settings.model_name, "auto");
  EXPECT_EQ(scan.scan.enhance, Enhance::contrast);
  EXPECT_EQ(scan.scan.least_confidence, 0.75);
  EXPECT_EQ(scan.page.page, "a4");
  EXPECT_TRUE(scan.files.pdf);
}

TEST_F(ConfigOfUser, ListsAreArrays) {
  write("[folder]\ninclude = [\"*.jpg\", \"*.png\"]\n");
  EXPECT_THAT(said({"folder", "in", "out"}).folder.include, ElementsAre("*.jpg", "*.png"));
}

TEST_F(ConfigOfUser, CropMayStandWithoutItsMargin) {
  write("[remove]\ncrop = true\n");
  EXPECT_EQ(remove({"a.jpg"}).cutout.crop_margin, 0);
  write("[remove]\ncrop = false\n");
  EXPECT_EQ(remove({"a.jpg"}).cutout.crop_margin, std::nullopt);
}

TEST_F(ConfigOfUser, WhatTheCommandLineRulesOutIsLeftOut) {
  write("[remove]\nonly-mask = true\nbackground = \"white\"\nmodel = \"mine.onnx\"\nmean = [0, 0, 0]\n");
  EXPECT_EQ(remove({"a.jpg", "--putalpha"}).cutout.kind, RemoveOptions::Kind::put_alpha);
  EXPECT_EQ(remove({"a.jpg", "-bgc", "1", "2", "3", "4"}).files.background, "");
  EXPECT_TRUE(remove({"a.jpg"}).settings.custom_layout);
  EXPECT_FALSE(remove({"a.jpg", "-m", "u2netp"}).settings.custom_layout);
}

TEST_F(ConfigOfUser, AnotherFileOrNone) {
  write("[remove]\nthreads = 2\n");
  test::write_text(home_ / "other.toml", "[remove]\nquality = 70\n");
  const Said a = remove({"a.jpg", "--config", (home_ / "other.toml").string()});
  EXPECT_EQ(a.encoding.quality, 70);
  EXPECT_EQ(a.settings.threads, 0);
  const Invocation none = invocation_of({"remove", "a.jpg", "--no-config"});
  EXPECT_EQ(Said(none.given).settings.threads, 0);
  EXPECT_EQ(none.common.config, "");
  EXPECT_EQ(invocation_of({"info"}).common.config, "");
  EXPECT_THAT(error_of({"remove", "a.jpg", "--config", "none.toml"}), HasSubstr("none.toml: No such file"));
}

TEST_F(ConfigOfUser, MistakesNameFileLineAndKey) {
  const auto error_with = [&](const std::string& text) {
    write(text);
    return error_of({"remove", "a.jpg"});
  };
  const std::string place = user_config() + ":2: ";
  EXPECT_EQ(error_with("[remove]\nthread = 2\n"), place + "remove has no option thread; did you mean threads?");
  EXPECT_EQ(error_with("[remove]\nthreads = \"two\"\n"), place + "threads two: not a whole number from 0 to 1024; ");
  EXPECT_THAT(error_with("[remove]\ndevice = \"gpu\"\n"), HasSubstr(place + "device gpu: not one of"));
  EXPECT_THAT(error_with("[remove]\nbgcolor = [1, 2]\n"), HasSubstr(place + "bgcolor needs 4 values"));
  EXPECT_THAT(error_with("[remove]\ncompat = 3\n"), HasSubstr(place + "compat 3: true or false"));
  EXPECT_THAT(error_with("[remove]\nconfig = \"x\"\n"), HasSubstr("no option config"));
  EXPECT_THAT(error_with("[remov]\nthreads = 2\n"),
              HasSubstr(place + "there is no section [remov]; did you mean remove"));
  EXPECT_THAT(error_with("[remove]\nonly-mask = true\nputalpha = true\n"), HasSubstr("exclude each other"));
}

TEST_F(ConfigOfUser, NoneIsNoMatter) {
  EXPECT_EQ(invocation_of({"remove", "a.jpg"}).common.config, "");
}

}  // namespace
}  // namespace peel::cli
