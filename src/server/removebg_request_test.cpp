#include "server/removebg_request.hpp"

#include <gmock/gmock.h>

#include <map>
#include <nlohmann/json.hpp>

#include "models/base64.hpp"
#include "server/removebg_error.hpp"
#include "support/removebg_lengths.hpp"

namespace peel::server {
namespace {

using peel::test::percent;
using peel::test::px;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// A form with a picture and these fields.
RemovebgRequest parsed(std::map<std::string, std::string, std::less<>> fields) {
  Form form;
  form.fields = std::move(fields);
  form.files.push_back({"image_file", "a.png", "image/png", "bytes"});
  return parse_removebg(form);
}

/// The code of what is thrown, or "".
std::string refusal(std::map<std::string, std::string, std::less<>> fields) {
  try {
    parsed(std::move(fields));
  } catch (const ApiError& error) {
    EXPECT_EQ(error.status, 400);
    EXPECT_FALSE(error.hint.empty());
    return error.code;
  }
  return "";
}

std::string source_refusal(Form form) {
  try {
    parse_removebg(form);
  } catch (const ApiError& error) {
    EXPECT_EQ(error.status, 400);
    return error.code;
  }
  return "";
}

TEST(Base64, IsDecodedInEveryUsualForm) {
  EXPECT_EQ(decode_base64(""), "");
  EXPECT_EQ(decode_base64("Zg=="), "f");
  EXPECT_EQ(decode_base64("Zg"), "f");
  EXPECT_EQ(decode_base64("Zm8="), "fo");
  EXPECT_EQ(decode_base64("Zm9v"), "foo");
  EXPECT_EQ(decode_base64("Zm9v\r\nYmFy"), "foobar");
  EXPECT_EQ(decode_base64("+/8="), "\xfb\xff");
  EXPECT_EQ(decode_base64("-_8"), "\xfb\xff");
  for (const std::size_t size : {3071u, 3072u, 3073u, 10'000u}) {
    const std::string bytes(size, '\xa5');
    EXPECT_EQ(decode_base64(encode_base64(bytes)), bytes) << size;
  }
}

TEST(Base64, WhatIsNoneIsRefused) {
  for (const char* text : {"Z", "Zm9vZ", "Zg=", "Zm9v=", "Zm9v====", "=", "Zg==Zg==", "Zm9!", "Zm\xff\xff"}) {
    EXPECT_EQ(decode_base64(text), std::nullopt) << text;
  }
}

TEST(RemovebgRequest, DefaultsAreThoseOfTheApi) {
  const auto request = parsed({});
  EXPECT_EQ(request.image, "bytes");
  EXPECT_EQ(request.image_url, "");
  EXPECT_EQ(request.max_pixels, 250'000U);
  EXPECT_EQ(request.type, "auto");
  EXPECT_EQ(request.type_level, "1");
  EXPECT_EQ(request.format, RemovebgRequest::Format::automatic);
  EXPECT_THAT(request.roi, ElementsAre(percent(0), percent(0), percent(100), percent(100)));
  EXPECT_FALSE(request.crop);
  EXPECT_THAT(request.crop_margin, ElementsAre(px(0), px(0), px(0), px(0)));
  EXPECT_FALSE(request.scale);
  EXPECT_FALSE(request.position);
  EXPECT_EQ(request.channels, RemovebgRequest::Channels::rgba);
  EXPECT_FALSE(request.bg_color);
  EXPECT_THAT(request.ignored, IsEmpty());
}

TEST(RemovebgRequest, ThePictureComesInOneOfThreeWays) {
  Form file;
  file.files.push_back({"image_file", "", "", "bytes"});
  EXPECT_EQ(parse_removebg(file).image, "bytes");
  Form plain;
  plain.fields["image_file"] = "bytes";
  EXPECT_EQ(parse_removebg(plain).image, "bytes");
  Form url;
  url.fields["image_url"] = " http://example.com/a.png ";
  EXPECT_EQ(parse_removebg(url).image_url, "http://example.com/a.png");
  for (const char* text : {"Ynl0ZXM=", "data:image/png;base64,Ynl0ZXM=", "DATA:;BASE64,Ynl0\nZXM"}) {
    Form encoded;
    encoded.fields["image_file_b64"] = text;
    EXPECT_EQ(parse_removebg(encoded).image, "bytes") << text;
  }
}

TEST(RemovebgRequest, AnotherNumberOfPicturesIsRefused) {
  EXPECT_EQ(source_refusal({}), "missing_source");
  EXPECT_EQ(source_refusal({{{"image_url", " "}, {"image_file_b64", ""}}, {{"image_file", "", "", ""}}}),
            "missing_source");
  EXPECT_EQ(refusal({{"image_url", "http://example.com/"}}), "multiple_sources");
  EXPECT_EQ(refusal({{"image_file_b64", "Zm9v"}}), "multiple_sources");
  EXPECT_EQ(source_refusal({{{"image_url", "http://example.com/"}, {"image_file_b64", "Zm9v"}}, {}}),
            "multiple_sources");
  EXPECT_EQ(refusal({{"image_url", ""}, {"image_file_b64", " "}}), "");
}

TEST(RemovebgRequest, BrokenBase64IsRefused) {
  for (const char* text : {"Zm9!", "data:image/png,Zm9v", "data:image/png;base64", "data:image/png;base64,", "===="}) {
    EXPECT_EQ(source_refusal({{{"image_file_b64", text}}, {}}), "invalid_image_file_b64") << text;
  }
}

TEST(RemovebgRequest, SizesAreLimits) {
  const std::map<std::string, std::uint64_t> sizes = {
      {"preview", 250'000}, {"small", 250'000}, {"regular", 250'000}, {"medium", 1'500'000}, {"hd", 4'000'000},
      {"4k", 25'000'000},   {"4K", 25'000'000}, {"full", 25'000'000}, {"50MP", 50'000'000},  {"auto", 0}};
  for (const auto& [name, pixels] : sizes) EXPECT_EQ(parsed({{"size", name}}).max_pixels, pixels) << name;
  EXPECT_EQ(refusal({{"size", "huge"}}), "invalid_size");
}

TEST(RemovebgRequest, WordsAreOfTheirLists) {
  EXPECT_EQ(parsed({{"format", "jpg"}}).format, RemovebgRequest::Format::jpg);
  EXPECT_EQ(parsed({{"format", "PNG"}}).format, RemovebgRequest::Format::png);
  EXPECT_EQ(parsed({{"format", "webp"}}).format, RemovebgRequest::Format::webp);
  EXPECT_EQ(refusal({{"format", "zip"}}), "invalid_format");
  EXPECT_EQ(refusal({{"format", "tiff"}}), "invalid_format");
  EXPECT_EQ(parsed({{"channels", "alpha"}}).channels, RemovebgRequest::Channels::alpha);
  EXPECT_EQ(refusal({{"channels", "rgb"}}), "invalid_channels");
  EXPECT_EQ(parsed({{"type", "car"}}).type, "car");
  EXPECT_EQ(refusal({{"type", "spaceship"}}), "invalid_type");
  EXPECT_EQ(parsed({{"type_level", "latest"}}).type_level, "latest");
  EXPECT_EQ(refusal({{"type_level", "3"}}), "invalid_type_level");
}

TEST(RemovebgRequest, ARegionIsFourLengths) {
  EXPECT_THAT(parsed({{"roi", "10% 5px  90.5% 1200"}}).roi, ElementsAre(percent(10), px(5), percent(90.5), px(1200)));
  for (const char* roi : {"1", "1 2 3", "1 2 3 4 5", "a 2 3 4", "-1 2 3 4", "1em 2 3 4", "nan 2 3 4", "inf 2 3 4",
                          "1e9 2 3 4", "% 2 3 4", "px 2 3 4", "1%% 2 3 4", "1,2,3,4", "9999999 1 2 3"}) {
    EXPECT_EQ(refusal({{"roi", roi}}), "invalid_roi") << roi;
  }
}

TEST(RemovebgRequest, MarginsAreThoseOfCss) {
  EXPECT_TRUE(parsed({{"crop", "true"}}).crop);
  EXPECT_EQ(refusal({{"crop", "perhaps"}}), "invalid_crop");
  const auto margins = [](const char* text) { return parsed({{"crop_margin", text}}).crop_margin; };
  EXPECT_THAT(margins("30px"), ElementsAre(px(30), px(30), px(30), px(30)));
  EXPECT_THAT(margins("10% 5px"), ElementsAre(percent(10), px(5), percent(10), px(5)));
  EXPECT_THAT(margins("1px 2px 3px"), ElementsAre(px(1), px(2), px(3), px(2)));
  EXPECT_THAT(margins("1 2 3 4%"), ElementsAre(px(1), px(2), px(3), percent(4)));
  EXPECT_THAT(margins("500px 50%"), ElementsAre(px(500), percent(50), px(500), percent(50)));
  for (const char* text : {"501px", "51%", "-1px", "1 2 3 4 5", "wide"}) {
    EXPECT_EQ(refusal({{"crop_margin", text}}), "invalid_crop_margin") << text;
  }
}

TEST(RemovebgRequest, ScaleBringsTheMiddleUnlessAPositionIsGiven) {
  auto request = parsed({{"scale", "80%"}});
  EXPECT_DOUBLE_EQ(request.scale.value(), 0.8);
  ASSERT_TRUE(request.position);
  EXPECT_DOUBLE_EQ(request.position->x, 0.5);
  EXPECT_DOUBLE_EQ(request.position->y, 0.5);
  EXPECT_FALSE(parsed({{"scale", "80%"}, {"position", "original"}}).position);
  request = parsed({{"scale", "original"}});
  EXPECT_FALSE(request.scale);
  EXPECT_FALSE(request.position);
  for (const char* scale : {"9%", "101%", "80", "80px", "big"}) {
    EXPECT_EQ(refusal({{"scale", scale}}), "invalid_scale") << scale;
  }
}

TEST(RemovebgRequest, PositionIsOneOrTwoShares) {
  EXPECT_FALSE(parsed({{"position", "original"}}).position);
  EXPECT_DOUBLE_EQ(parsed({{"position", "center"}}).position.value().y, 0.5);
  auto position = parsed({{"position", "25%"}}).position.value();
  EXPECT_DOUBLE_EQ(position.x, 0.25);
  EXPECT_DOUBLE_EQ(position.y, 0.25);
  position = parsed({{"position", "0% 100%"}}).position.value();
  EXPECT_DOUBLE_EQ(position.x, 0);
  EXPECT_DOUBLE_EQ(position.y, 1);
  for (const char* text : {"101%", "10", "left", "1% 2% 3%", "-5%"}) {
    EXPECT_EQ(refusal({{"position", text}}), "invalid_position") << text;
  }
}

TEST(RemovebgRequest, ColoursAreHexCodesOrNames) {
  const auto color = [](const char* text) {
    const auto c = parsed({{"bg_color", text}}).bg_color.value();
    return std::vector<int>{c.red, c.green, c.blue, c.alpha};
  };
  EXPECT_THAT(color("81d4fa"), ElementsAre(0x81, 0xd4, 0xfa, 255));
  EXPECT_THAT(color("#81D4FA"), ElementsAre(0x81, 0xd4, 0xfa, 255));
  EXPECT_THAT(color("81d4fa77"), ElementsAre(0x81, 0xd4, 0xfa, 0x77));
  EXPECT_THAT(color("1af"), ElementsAre(0x11, 0xaa, 0xff, 255));
  EXPECT_THAT(color("#1af8"), ElementsAre(0x11, 0xaa, 0xff, 0x88));
  EXPECT_THAT(color("green"), ElementsAre(0, 128, 0, 255));
  for (const char* text : {"12345", "#12345", "1,2,3", "#", "greenish", "123456789", "#ggg", "12", "#112233445566"}) {
    EXPECT_EQ(refusal({{"bg_color", text}}), "invalid_bg_color") << text;
  }
}

TEST(RemovebgRequest, ThereIsOneBackgroundAtMost) {
  Form form;
  form.files.push_back({"image_file", "a.png", "image/png", "bytes"});
  form.files.push_back({"bg_image_file", "b.png", "image/png", "ground"});
  EXPECT_EQ(parse_removebg(form).bg_image, "ground");
  EXPECT_EQ(parsed({{"bg_image_url", "http://example.com/"}}).bg_image_url, "http://example.com/");
  EXPECT_EQ(refusal({{"bg_image_url", "http://example.com/"}, {"bg_color", "red"}}), "multiple_bg_sources");
  EXPECT_EQ(refusal({{"bg_image_url", ""}, {"bg_color", "red"}}), "");
}

TEST(RemovebgRequest, WhatChangesNothingIsNamed) {
  EXPECT_THAT(parsed({{"add_shadow", "true"}, {"shadow_type", "drop"}, {"shadow_opacity", "50"}}).ignored,
              ElementsAre("add_shadow", "shadow_type", "shadow_opacity"));
  EXPECT_THAT(parsed({{"add_shadow", "false"}, {"semitransparency", "true"}, {"shadow_type", "none"}}).ignored,
              IsEmpty());
  EXPECT_THAT(parsed({{"semitransparency", "false"}}).ignored, ElementsAre("semitransparency"));
  EXPECT_THAT(parsed({{"type", "person"}}).ignored, ElementsAre("type"));
  EXPECT_THAT(parsed({{"crop", "1"}, {"scale", "50%"}, {"position", "10%"}}).ignored, ElementsAre("scale", "position"));
  EXPECT_EQ(refusal({{"add_shadow", "dark"}}), "invalid_add_shadow");
  EXPECT_EQ(refusal({{"semitransparency", "half"}}), "invalid_semitransparency");
}

TEST(RemovebgError, IsJsonAsTheirClientsExpectIt) {
  const auto json = nlohmann::json::parse(removebg_error_json({400, "missing_source", "No image given", "Give one"}));
  EXPECT_EQ(json, nlohmann::json::parse(
                      R"({"errors":[{"title":"No image given","code":"missing_source","detail":"Give one"}]})"));
  EXPECT_EQ(removebg_error_json({503, "draining", "no \xff"}),
            "{\"errors\":[{\"title\":\"no \xef\xbf\xbd\",\"code\":\"draining\"}]}");
}

TEST(RemovebgError, StatusesAndCodesAreTheirs) {
  const auto translated = [](int status, const char* code, const char* parameter = "") {
    ApiError error(status, code, "message");
    error.parameter = parameter;
    const ApiError theirs = as_removebg_error(error);
    return std::to_string(theirs.status) + " " + theirs.code;
  };
  EXPECT_EQ(translated(401, "unauthorized"), "403 auth_failed");
  EXPECT_EQ(translated(429, "overloaded"), "429 rate_limit_exceeded");
  EXPECT_EQ(translated(413, "too_large"), "400 file_too_large");
  EXPECT_EQ(translated(413, "too_many_pixels"), "400 resolution_too_high");
  EXPECT_EQ(translated(400, "not_a_picture"), "400 invalid_file_type");
  EXPECT_EQ(translated(400, "damaged_picture"), "400 failed_to_read_image");
  EXPECT_EQ(translated(400, "bad_url"), "400 invalid_image_url");
  EXPECT_EQ(translated(400, "bad_url", "bg_image_url"), "400 invalid_bg_image_url");
  EXPECT_EQ(translated(502, "fetch_failed"), "400 failed_image_download");
  EXPECT_EQ(translated(400, "forbidden_address", "bg_image_url"), "400 failed_bg_download");
  EXPECT_EQ(translated(422, "invalid_parameter", "model"), "400 invalid_model");
  EXPECT_EQ(translated(405, "method_not_allowed"), "400 method_not_allowed");
  EXPECT_EQ(translated(504, "timeout"), "504 timeout");
  EXPECT_EQ(translated(400, "unknown_foreground"), "400 unknown_foreground");
}

}  // namespace
}  // namespace peel::server
