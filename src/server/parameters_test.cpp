#include "server/parameters.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <variant>

#include "server/api_error.hpp"

namespace peel::server {
namespace {

using testing::HasSubstr;
using Fields = std::map<std::string, std::string, std::less<>>;

RemoveRequest remove(Fields fields, std::string_view accept = "") {
  return parse_remove(Form{std::move(fields), {}}, accept);
}

ScanRequest scan(Fields fields) {
  return parse_scan(Form{std::move(fields), {}}, "");
}

/// The parameter a refusal names.
template <typename Parse>
std::string refused(const Parse& parse) {
  try {
    parse();
  } catch (const ApiError& error) {
    EXPECT_EQ(error.status, 422);
    EXPECT_THAT(error.what(), testing::StartsWith(error.parameter + ": "));
    return error.parameter;
  }
  return "nothing";
}

TEST(Parameters, WithoutAnyTheDefaultsOfRembgHold) {
  const RemoveRequest request = remove({});
  EXPECT_EQ(request.model, "");
  EXPECT_FALSE(request.options.alpha_matting);
  EXPECT_EQ(request.options.matting.foreground_threshold, 240);
  EXPECT_EQ(request.options.matting.background_threshold, 10);
  EXPECT_EQ(request.options.matting.erosion, 10);
  EXPECT_EQ(request.options.kind, RemoveOptions::Kind::cutout);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(request.options.background));
  EXPECT_EQ(request.output.format, FileFormat::png);
}

TEST(Parameters, RembgsMeanWhatTheyMeanThere) {
  const RemoveRequest request = remove({{"model", "u2netp"},
                                        {"a", "true"},
                                        {"af", "200"},
                                        {"ab", "20"},
                                        {"ae", "5"},
                                        {"om", "1"},
                                        {"ppm", "on"},
                                        {"bgc", "1,2,3,255"},
                                        {"extras", R"({"putalpha": true, "cc": "upper"})"}});
  EXPECT_EQ(request.model, "u2netp");
  EXPECT_TRUE(request.options.alpha_matting);
  EXPECT_EQ(request.options.matting.foreground_threshold, 200);
  EXPECT_EQ(request.options.matting.background_threshold, 20);
  EXPECT_EQ(request.options.matting.erosion, 5);
  EXPECT_TRUE(request.options.post_process_mask);
  EXPECT_EQ(request.options.kind, RemoveOptions::Kind::mask);
  EXPECT_EQ(request.options.category, RemoveOptions::Category::upper);
  const Color color = std::get<Color>(request.options.background);
  EXPECT_EQ(color.red, 1);
  EXPECT_EQ(color.blue, 3);
}

TEST(Parameters, PromptsComeInExtras) {
  const auto prompts =
      remove(
          {{"extras",
            R"({"sam_prompt": [{"type": "point", "data": [3, 4.5], "label": 0}, {"type": "rectangle", "data": [1, 2, 3, 4]}]})"}})
          .options.prompts;
  ASSERT_EQ(prompts.size(), 2U);
  EXPECT_EQ(prompts[0].kind, Prompt::Kind::background);
  EXPECT_EQ(prompts[0].y, 4.5);
  EXPECT_EQ(prompts[1].kind, Prompt::Kind::box);
  EXPECT_EQ(prompts[1].bottom, 4);
}

TEST(Parameters, TheMaskIsCleanedAsAsked) {
  const MaskCleaning cleaning = remove({{"threshold", "128"},
                                        {"min_area", "0.5%"},
                                        {"largest", "yes"},
                                        {"fill_holes", "true"},
                                        {"offset", "-1.5"},
                                        {"feather", "2"},
                                        {"invert", "1"}})
                                    .options.cleaning;
  EXPECT_EQ(cleaning, (MaskCleaning{128, {0.5, true}, true, MaskArea{100, true}, -1.5, 2, true}));
  EXPECT_EQ(remove({{"fill_holes", "200"}}).options.cleaning.fill_holes, (MaskArea{200, false}));
  EXPECT_EQ(remove({{"fill_holes", "0"}}).options.cleaning.fill_holes, std::nullopt);
}

TEST(Parameters, ACropIsAMarginOrNone) {
  EXPECT_EQ(remove({}).options.crop_margin, std::nullopt);
  EXPECT_EQ(remove({{"crop", "false"}}).options.crop_margin, std::nullopt);
  EXPECT_EQ(remove({{"crop", "true"}}).options.crop_margin, 0);
  EXPECT_EQ(remove({{"crop", ""}}).options.crop_margin, 0);
  EXPECT_EQ(remove({{"crop", "30"}}).options.crop_margin, 30);
}

TEST(Parameters, AFileIsNeverNamed) {
  EXPECT_EQ(refused([] { remove({{"extras", R"({"model_path": "/etc/passwd"})"}}); }), "extras");
}

TEST(Parameters, WhatMakesNoSenseIsRefusedByName) {
  const std::pair<const char*, const char*> wrong[]{{"a", "maybe"},
                                                    {"af", "256"},
                                                    {"ab", "-1"},
                                                    {"ae", "1e3"},
                                                    {"bgc", "1,2"},
                                                    {"bgc", "../x"},
                                                    {"extras", "{"},
                                                    {"extras", "[]"},
                                                    {"extras", R"({"x": 1})"},
                                                    {"format", "gif"},
                                                    {"quality", "0"},
                                                    {"effort", "most"},
                                                    {"offset", "nan"},
                                                    {"offset", "501"},
                                                    {"feather", "-1"},
                                                    {"min_area", "101%"},
                                                    {"min_area", "x"},
                                                    {"category", "hat"},
                                                    {"crop", "-3"},
                                                    {"threshold", "1.5"},
                                                    {"extras", R"({"sam_prompt": [{"type": "point", "data": [1]}]})"},
                                                    {"extras", R"({"sam_prompt": {"a": 1}})"}};
  for (const auto& [name, value] : wrong) {
    const Fields fields{{name, value}};
    EXPECT_EQ(refused([&] { remove(fields); }), name) << value;
  }
}

TEST(Parameters, ARefusalShowsNoMoreThanTheBeginningOfWhatWasSent) {
  try {
    remove({{"format", std::string(5000, '\n')}});
    FAIL();
  } catch (const ApiError& error) {
    EXPECT_LT(std::string(error.what()).size(), 300U);
    EXPECT_THAT(error.what(), testing::Not(HasSubstr("\n")));
  }
}

TEST(Parameters, TheAnswersFormatIsWhatTheClientPrefers) {
  const auto format = [](const char* accept) { return remove({}, accept).output.format; };
  EXPECT_EQ(format("*/*"), FileFormat::png);
  EXPECT_EQ(format("image/webp"), FileFormat::webp);
  EXPECT_EQ(format("image/jpeg;q=0.5, image/webp;q=0.9"), FileFormat::webp);
  EXPECT_EQ(format("image/jpeg, image/*;q=0.1"), FileFormat::jpeg);
  EXPECT_EQ(format("image/*, image/avif"), FileFormat::png);
  EXPECT_EQ(format("text/html"), FileFormat::png);
  EXPECT_EQ(format("image/webp;q=, ;;,"), FileFormat::png);
  EXPECT_EQ(remove({{"format", "tiff"}}, "image/webp").output.format, FileFormat::tiff);
}

TEST(Parameters, JpegGetsAGround) {
  EXPECT_TRUE(std::holds_alternative<Color>(remove({{"format", "jpg"}}).options.background));
  EXPECT_TRUE(scan({{"format", "jpg"}}).options.background.has_value());
}

TEST(Parameters, AScansCornersAreFourPoints) {
  const ScanRequest request =
      scan({{"corners", "[[1,2],[3,4],[5,6],[7,8.5]]"}, {"page", "a4"}, {"enhance", "bw"}, {"only", "corners"}});
  ASSERT_TRUE(request.options.corners.has_value());
  EXPECT_EQ((*request.options.corners)[3].y, 8.5);
  EXPECT_EQ(request.options.enhance, Enhance::bw);
  EXPECT_TRUE(request.only_corners);
  for (const char* wrong :
       {"[[1,2],[3,4],[5,6]]", "[[1,2],[3,4],[5,6],[7]]", "1,2,3,4", "[[1,2],[3,4],[5,6],[7,\"8\"]]"}) {
    EXPECT_EQ(refused([&] { scan({{"corners", wrong}}); }), "corners") << wrong;
  }
  EXPECT_EQ(refused([] { scan({{"page", "a44"}}); }), "page");
  EXPECT_EQ(refused([] { scan({{"only", "page"}}); }), "only");
  EXPECT_EQ(refused([] { scan({{"confidence", "2"}}); }), "confidence");
}

}  // namespace
}  // namespace peel::server
