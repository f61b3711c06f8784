#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <string>

#include "cli_scan_support.hpp"
#include "peel/document.hpp"

// What `peel scan`, the real program, finds and says.
namespace peel::test {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

const SyntheticScene CUT_OFF = table_with({sheet_at({0, 130}, 210, 297, Print::bare)});

/// Print, and its margins beyond every border.
SyntheticScene full_scene() {
  SyntheticScene scene = table_with({sheet_at({0, 0}, 250, 190)});
  scene.camera.tilt_x = scene.camera.tilt_y = 0;
  scene.camera.distance = 200;
  return scene;
}
const SyntheticScene FULL = full_scene();

TEST_F(CliScan, WritesThePageAndSaysSo) {
  write_scene("in.png");
  const Outcome outcome = scan({"in.png", "-o", "page.png"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_THAT(outcome.err, HasSubstr("in.png -> page.png"));
  const Image page = load_image(at("page.png"));
  EXPECT_EQ(page.format(), PixelFormat::rgb8);
  // No table is left at the corners.
  for (const int x : {1, page.width() - 2}) {
    for (const int y : {1, page.height() - 2}) {
      EXPECT_GT(std::to_integer<int>(page.data()[y * page.stride() + 3 * x]), 180) << x << ", " << y;
    }
  }
  EXPECT_THAT(files(), ElementsAre("in.png", "page.png"));
  EXPECT_THAT(scan({"in.png", "-o", "page.png", "--quiet"}).err, IsEmpty());
}

TEST_F(CliScan, JsonHasTheShapeOfTheContract) {
  write_scene("in.png");
  const json object = scan_json({"in.png"});
  EXPECT_EQ(object["input"], "in.png");
  EXPECT_EQ(object["output"], "in.scan.jpg");
  EXPECT_EQ(object["status"], "found");
  ASSERT_EQ(object["corners"].size(), 4U);
  EXPECT_LT(farthest(object["corners"], corners_of(PAGE)), 2.0) << object["corners"];
  EXPECT_GT(object["confidence"].get<double>(), 0.5);
  EXPECT_LE(object["confidence"].get<double>(), 1.0);
  EXPECT_EQ(object["clipped"], false);
  const Image page = load_image(at("in.scan.jpg"));
  EXPECT_EQ(page.source_format(), "jpeg");
  EXPECT_EQ(object["width"], page.width());
  EXPECT_EQ(object["height"], page.height());
  EXPECT_NEAR(object["aspect_ratio"].get<double>(), static_cast<double>(page.width()) / page.height(), 0.01);
  EXPECT_GT(object["aspect_measured"].get<double>(), 0);
  EXPECT_GE(object["aspect_uncertainty"].get<double>(), 0);
  EXPECT_TRUE(object["aspect_method"].is_string());
  EXPECT_TRUE(object["page_format"].is_string() || object["page_format"].is_null());
  EXPECT_THAT(object["others"], IsEmpty());
  EXPECT_FALSE(object.contains("reason"));
  EXPECT_FALSE(object.contains("error"));
  EXPECT_EQ(object["model"], "none");
  EXPECT_TRUE(object["provider"].is_null());
  EXPECT_TRUE(object["fallbacks"].is_array());
  const json& times = object["timings_ms"];
  double sum = 0;
  for (const char* stage : {"decode", "preprocess", "inference", "find", "flatten", "enhance", "encode", "write"}) {
    ASSERT_TRUE(times[stage].is_number()) << stage;
    sum += times[stage].get<double>();
  }
  EXPECT_GT(times["find"].get<double>(), 0);
  EXPECT_EQ(times["inference"], 0);
  EXPECT_TRUE(times["session"].is_number());
  EXPECT_GE(times["total"].get<double>(), sum * 0.999);
}

TEST_F(CliScan, NoPageIsStatus3WithTheReasonAndABestGuess) {
  write_scene("in.png", EMPTY_TABLE);
  const Outcome outcome = scan({"in.png", "-o", "page.jpg"});
  EXPECT_EQ(outcome.status, 3);
  EXPECT_THAT(outcome.err, StartsWith("peel: in.png: no page was found: "));
  EXPECT_THAT(outcome.err, HasSubstr("--corners"));
  EXPECT_THAT(outcome.err, HasSubstr("--debug"));
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  EXPECT_THAT(files(), ElementsAre("in.png"));

  const json nothing = scan_json({"in.png"}, 3);
  EXPECT_EQ(nothing["status"], "not_found");
  EXPECT_TRUE(nothing["output"].is_null());
  EXPECT_TRUE(nothing["width"].is_null());
  EXPECT_TRUE(nothing["corners"].is_null());
  EXPECT_THAT(nothing["reason"].get<std::string>(), Not(IsEmpty()));
  EXPECT_EQ(nothing["error"]["code"], "input");
  EXPECT_EQ(nothing["error"]["exit_status"], 3);
  EXPECT_TRUE(nothing["timings_ms"]["find"].is_number());

  // A page, but nobody is as sure as that.
  write_scene("page.png");
  const json unsure = scan_json({"page.png", "--min-confidence", "1"}, 3);
  EXPECT_EQ(unsure["status"], "not_found");
  EXPECT_EQ(unsure["corners"].size(), 4U);
  EXPECT_LT(unsure["confidence"].get<double>(), 1);
  EXPECT_THAT(files(), ElementsAre("in.png", "page.png"));
}

TEST_F(CliScan, APageThatIsCutOffIsWrittenWithAWarning) {
  write_scene("in.png", CUT_OFF);
  const Outcome outcome = peel({"scan", "-m", network(), "in.png", "-o", "page.png", "--json"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const json object = json::parse(outcome.out);
  EXPECT_EQ(object["status"], "partial");
  EXPECT_EQ(object["width"], load_image(at("page.png")).width());
  EXPECT_THAT(outcome.err, HasSubstr("warning: in.png: part of the page is outside the picture"));
}

TEST_F(CliScan, TheModelIsWhatTheCommandLineNames) {
  write_scene("in.png");
  const Outcome outcome = peel({"scan", "-m", network(), "in.png", "--json"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const json object = json::parse(outcome.out);
  EXPECT_EQ(object["status"], "found");
  EXPECT_LT(farthest(object["corners"], corners_of(PAGE)), 2.0) << object["corners"];
  EXPECT_EQ(object["model"], "./net.onnx");
  EXPECT_EQ(object["provider"], "cpu");
  EXPECT_EQ(object["precision"], "fp32");
  EXPECT_GT(object["timings_ms"]["inference"].get<double>(), 0);
  EXPECT_GT(object["timings_ms"]["session"].get<double>(), 0);
}

TEST_F(CliScan, APageThatFillsThePictureIsThePicture) {
  write_scene("in.png", FULL);
  const Outcome outcome = peel({"scan", "-m", network(), "in.png", "-o", "page.png", "--json"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const json object = json::parse(outcome.out);
  EXPECT_EQ(object["status"], "already_cropped");
  EXPECT_EQ(object["width"], 640);
  EXPECT_EQ(object["height"], 480);
  EXPECT_THAT(outcome.err, HasSubstr("the page fills the picture"));
  const Image page = load_image(at("page.png"));
  const Image picture = load_image(at("in.png"));
  EXPECT_TRUE(std::equal(page.data(), page.data() + page.size_bytes(), picture.data()));
}

TEST_F(CliScan, OfSeveralPagesTheLargestIsTaken) {
  const SyntheticScene scene = table_with({sheet_at({120, 0}, 120, 180), sheet_at({-90, 0}, 180, 260)});
  write_scene("in.png", scene);
  const json object = scan_json({"in.png"});
  EXPECT_LT(farthest(object["corners"], corners_of(scene, 1)), 2.0);
  ASSERT_EQ(object["others"].size(), 1U);
  EXPECT_LT(farthest(object["others"][0]["corners"], corners_of(scene, 0)), 2.0);
  EXPECT_GT(object["others"][0]["confidence"].get<double>(), 0.5);
  EXPECT_THAT(scan({"in.png", "-o", "p.jpg"}).err, HasSubstr("the largest of 2 pages"));
}

TEST_F(CliScan, CornersByHandNeedNoModel) {
  write_scene("in.png", EMPTY_TABLE);
  const Outcome outcome =
      peel({"scan", "in.png", "--corners", "100,50,400,50,400,350,100,350", "-o", "page.png", "--json"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;  // silueta is nowhere, and the network is not to be used
  const json object = json::parse(outcome.out);
  EXPECT_EQ(object["status"], "found");
  EXPECT_EQ(object["confidence"], 1);
  EXPECT_EQ(object["corners"][2], json({400, 350}));
  EXPECT_EQ(object["model"], "none");
  EXPECT_EQ(object["width"], 300);
  EXPECT_EQ(object["height"], 300);
  EXPECT_EQ(peel({"scan", "in.png", "-o", "page.png"}).status, 4);
}

TEST_F(CliScan, CornersThatMakeNoPageAreUsage) {
  write_scene("in.png");
  const Outcome crossed = scan({"in.png", "-o", "p.png", "--corners", "100,50,400,350,400,50,100,350"});
  EXPECT_EQ(crossed.status, 2);
  EXPECT_THAT(crossed.err, HasSubstr("top left, top right, bottom right, bottom left"));
  const Outcome outside = scan({"in.png", "-o", "p.png", "--corners", "700,50,900,50,900,350,700,350"});
  EXPECT_EQ(outside.status, 2);
  EXPECT_THAT(outside.err, HasSubstr("640 x 480"));
  const Outcome many = scan({"in.png", "in.png", "-o", "out/", "--corners", "100,50,400,50,400,350,100,350"});
  EXPECT_EQ(many.status, 2);
  EXPECT_THAT(many.err, HasSubstr("one picture"));
  EXPECT_THAT(files(), ElementsAre("in.png"));
}

TEST_F(CliScan, ThePagesShape) {
  write_scene("in.png");
  const json card = scan_json({"in.png", "-o", "p.png", "--page", "card"});
  EXPECT_EQ(card["page_format"], "card");
  EXPECT_EQ(card["aspect_method"], "forced");
  EXPECT_NEAR(card["aspect_ratio"].get<double>(), 53.98 / 85.6, 1e-6);
  EXPECT_NEAR(scan_json({"in.png", "-o", "p.png", "--page", "80x200"})["aspect_ratio"].get<double>(), 0.4, 1e-6);
  EXPECT_TRUE(scan_json({"in.png", "-o", "p.png", "--page", "none"})["page_format"].is_null());
  const Outcome unknown = scan({"in.png", "-o", "p.png", "--page", "a5"});
  EXPECT_EQ(unknown.status, 2);
  EXPECT_THAT(unknown.err, HasSubstr("--page: "));
  EXPECT_THAT(unknown.err, HasSubstr("letter"));
}

TEST_F(CliScan, EveryKnownFormatCanBeCompleted) {
  const std::string script = peel({"completion", "bash"}).out;
  std::string words = "auto none fit";
  for (const PageFormat& format : page_formats()) words += fmt::format(" {}", format.name);
  EXPECT_THAT(script, HasSubstr(fmt::format("'scan:--page') words='{}'", words)));
}

}  // namespace
}  // namespace peel::test
