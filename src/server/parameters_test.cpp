#include "server/parameters.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <variant>

#include "server/api_error.hpp"
#include "server/openapi.hpp"
#include "server/removebg_request.hpp"

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

TEST(Parameters, TheyEndWhereTheProgramsDo) {
  EXPECT_EQ(remove({{"crop", "1000000"}}).options.crop_margin, 1'000'000);
  EXPECT_EQ(refused([] { remove({{"crop", "1000001"}}); }), "crop");
  EXPECT_EQ(remove({{"category", "LOWER"}}).options.category, RemoveOptions::Category::lower);
  EXPECT_EQ(remove({{"crop", "1"}}).options.crop_margin, 1);
}

TEST(Parameters, DecontaminateHasRembgsLettersToo) {
  EXPECT_TRUE(remove({{"dc", "true"}}).options.decontaminate);
  EXPECT_TRUE(remove({{"decontaminate", "true"}}).options.decontaminate);
}

TEST(Parameters, AnotherSegmentAnythingIsRefused) {
  EXPECT_EQ(remove({{"extras", R"({"sam_model": "sam_vit_b_01ec64", "sam_quant": false})"}}).options.prompts.size(),
            0U);
  EXPECT_EQ(refused([] { remove({{"extras", R"({"sam_model": "sam_vit_h_4b8939"})"}}); }), "extras");
  EXPECT_EQ(refused([] { remove({{"extras", R"({"sam_quant": true})"}}); }), "extras");
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
    remove({{"format", "a" + std::string(5000, '\n') + "a"}});
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

/// Whether a form with that field is refused on its account.
bool refuses(options::Places place, const std::string& name, const std::string& value) {
  Form form{{{name, value}}, {}};
  try {
    if (place == options::API_REMOVE) parse_remove(form, "");
    if (place == options::API_SCAN) parse_scan(form, "");
    if (place == options::API_REMOVEBG) {
      form.files.push_back({"image_file", "", "", "bytes"});
      parse_removebg(form);
    }
  } catch (const ApiError& error) {
    return error.parameter == name;
  }
  return false;
}

struct Described {
  options::Places place;
  const char* path;
  std::set<std::string> anything;  ///< takes any text, so that nothing can be refused
};

class OpenApi : public testing::TestWithParam<Described> {
 protected:
  const nlohmann::json properties_ =
      nlohmann::json::parse(openapi_json())["paths"][GetParam().path]["post"]["requestBody"]["content"]
                                           ["multipart/form-data"]["schema"]["properties"];
};

TEST_P(OpenApi, DescribesTheFieldsThatAreReadAndNoOthers) {
  std::set<std::string> candidates, read = GetParam().anything, described;
  for (const options::Option* option : options::options_of(~options::Places{0})) {
    candidates.insert(option->name);
    for (const std::string& name : options::form_names(*option)) candidates.insert(name);
  }
  for (const std::string& name : candidates) {
    if (refuses(GetParam().place, name, "\x01?")) read.insert(name);
  }
  for (const auto& [name, schema] : properties_.items()) described.insert(name);
  EXPECT_EQ(described, read);
}

TEST_P(OpenApi, ItsLimitsAreThoseOfTheReader) {
  const auto refused = [](const std::string& name, const nlohmann::json& value) {
    return refuses(GetParam().place, name, value.is_string() ? value.get<std::string>() : value.dump());
  };
  for (const auto& [name, schema] : properties_.items()) {
    if (schema.contains("minimum")) {
      const double least = schema["minimum"], most = schema["maximum"];
      for (const double good : {least, most})
        EXPECT_FALSE(refused(name, std::to_string(static_cast<int>(good)))) << name;
      for (const double bad : {least - 1, most + 1})
        EXPECT_TRUE(refused(name, std::to_string(static_cast<int>(bad)))) << name;
    }
    if (schema.contains("enum")) {
      for (const auto& word : schema["enum"]) EXPECT_FALSE(refused(name, word)) << name << ' ' << word;
    }
    if (schema.contains("default")) {
      EXPECT_FALSE(refused(name, schema["default"])) << name;
    }
    if (schema["type"] == "boolean") {
      for (const char* word : {"true", "0", "Yes", "f"}) EXPECT_FALSE(refused(name, word)) << name << ' ' << word;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Routes, OpenApi,
    testing::Values(Described{options::API_REMOVE, "/api/remove", {"file", "url", "model"}},
                    Described{options::API_SCAN, "/api/scan", {"file", "url", "model"}},
                    Described{options::API_REMOVEBG,
                              "/v1.0/removebg",
                              {"image_file", "image_file_b64", "image_url", "shadow_type", "shadow_opacity",
                               "shadow_method", "bg_image_file", "bg_image_url"}}),
    [](const auto& route) {
      return std::string(route.param.path + 1).substr(std::string_view(route.param.path).rfind('/'));
    });

}  // namespace
}  // namespace peel::server
