#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>
#include <variant>

#include "options/choices.hpp"
#include "options/option.hpp"
#include "peel/benchmark.hpp"
#include "peel/quantize.hpp"
#include "peel/server.hpp"

namespace peel::options {
namespace {

using testing::HasSubstr;

constexpr Places ALL = ~Places{0};

const Option& row(Places place, std::string_view name) {
  for (const Option* option : options_of(place)) {
    if (option->name == name) return *option;
  }
  throw std::runtime_error("there is no option " + std::string(name));
}

/// All options of these places set to what is said to be usual.
Given usual(Places places) {
  Given given;
  for (const Option* option : options_of(places)) {
    if (*option->usual != '\0') given.add_text(*option, option->usual, places);
  }
  return given;
}

TEST(Catalogue, NamesAreToldApartInEveryPlace) {
  for (Places place = 1; place <= COMPLETION; place <<= 1) {
    std::set<std::string> names, fields;
    for (const Option* option : options_of(place)) {
      if (*option->name == '\0') continue;
      EXPECT_TRUE(names.insert(option->name).second) << option->name;
      for (const std::string& name : form_names(*option)) EXPECT_TRUE(fields.insert(name).second) << name;
    }
  }
}

TEST(Catalogue, EveryRowIsComplete) {
  for (const Option* option : options_of(ALL)) {
    if (*option->name == '\0') {
      EXPECT_STRNE(option->extra, "") << "what else is it for?";
      continue;
    }
    EXPECT_STRNE(option->help, "") << option->name;
    const bool range = option->kind == Kind::integer || option->kind == Kind::real || option->kind == Kind::integers;
    EXPECT_TRUE(!range || option->least < option->most) << option->name;
    EXPECT_EQ(option->kind == Kind::word, !listed_words(*option).empty() && option->kind != Kind::integer)
        << option->name;
    for (const std::string& other : names_of(option->excludes)) row(option->places, other);
    if (option->without) {
      EXPECT_NO_THROW(parse(*option, option->without)) << option->name;
    }
  }
}

// They are written twice: as what the structs hold by themselves, and as what is told.
TEST(Catalogue, WhatIsSaidToBeUsualIsTheLibrarysDefault) {
  const Given pictures = usual(REMOVE | SCAN);
  const auto options = pictures.make<RemoveOptions>();
  EXPECT_EQ(options.matting, MattingOptions{});
  EXPECT_EQ(options.cleaning, MaskCleaning{});
  EXPECT_EQ(options.category, RemoveOptions{}.category);
  const auto scan = pictures.make<ScanOptions>();
  EXPECT_EQ(scan.enhance, ScanOptions{}.enhance);
  EXPECT_EQ(scan.least_confidence, ScanOptions{}.least_confidence);
  EXPECT_EQ(pictures.make<EncodeOptions>().effort, EncodeOptions{}.effort);
  EXPECT_EQ(pictures.make<DecodeLimits>().max_bytes, DecodeLimits{}.max_bytes);
  EXPECT_EQ(pictures.make<DecodeLimits>().max_pixels / 1'000'000, DecodeLimits{}.max_pixels / 1'000'000);
  EXPECT_EQ(pictures.make<ScanChoices>().page, ScanChoices{}.page);
  const auto settings = pictures.make<Settings>();
  const Settings plain;
  EXPECT_EQ(settings.device, plain.device);
  EXPECT_EQ(settings.precision, plain.precision);
  EXPECT_EQ(settings.max_size, plain.max_size);
  EXPECT_EQ(settings.batch, plain.batch);
  EXPECT_EQ(settings.custom_layout->mean, ModelInfo{}.mean);
  EXPECT_EQ(settings.custom_layout->std, ModelInfo{}.std);
  EXPECT_EQ(settings.custom_layout->output, ModelInfo{}.output);
}

TEST(Catalogue, WhatIsSaidToBeUsualOfCommandsIsTheLibrarysDefault) {
  const auto bench = usual(BENCH).make<BenchmarkOptions>();
  EXPECT_EQ(bench.models, BenchmarkOptions{}.models);
  EXPECT_EQ(bench.batches, BenchmarkOptions{}.batches);
  EXPECT_EQ(usual(BENCH).make<BenchChoices>().samples, BenchChoices{}.samples);
  const auto quantize = usual(QUANTIZE).make<QuantizeOptions>();
  EXPECT_EQ(quantize.samples, QuantizeOptions{}.samples);
  EXPECT_EQ(quantize.method, QuantizeOptions{}.method);
  EXPECT_EQ(quantize.target, QuantizeOptions{}.target);
  const auto server = usual(SERVE).make<ServerSettings>();
  const ServerSettings plain;
  EXPECT_EQ(server.host, plain.host);
  EXPECT_EQ(server.port, plain.port);
  EXPECT_EQ(server.max_bytes, plain.max_bytes);
  EXPECT_EQ(server.max_pixels, plain.max_pixels);
  EXPECT_EQ(server.upload_bytes, plain.upload_bytes);
  EXPECT_EQ(server.queue, plain.queue);
  EXPECT_EQ(server.connections, plain.connections);
  EXPECT_EQ(server.client_connections, plain.client_connections);
  EXPECT_EQ(server.timeout, plain.timeout);
  EXPECT_EQ(server.decode_timeout, plain.decode_timeout);
  EXPECT_EQ(server.head_timeout, plain.head_timeout);
  EXPECT_EQ(server.body_timeout, plain.body_timeout);
  EXPECT_EQ(server.idle_timeout, plain.idle_timeout);
  EXPECT_EQ(server.write_timeout, plain.write_timeout);
  EXPECT_EQ(usual(SERVE).make<ServeChoices>().drain, ServeChoices{}.drain);
}

TEST(Given, ListsGrowAndOfAllElseTheLastCounts) {
  Given given;
  for (const char* text : {"box:1,2,3,4", "point:5,6"}) given.add_text(row(REMOVE, "prompt"), text, REMOVE);
  for (const char* text : {"3", "4"}) given.add_text(row(REMOVE, "threshold"), text, REMOVE);
  const auto options = given.make<RemoveOptions>();
  EXPECT_EQ(options.prompts.size(), 2U);
  EXPECT_EQ(options.cleaning.threshold, 4);
  EXPECT_FALSE(given.has("feather"));
}

TEST(Given, ExtrasAreOtherOptions) {
  Given given;
  given.add_text(row(API_REMOVE, "extras"), R"({"putalpha": true, "cc": "lower", "sam_model": "sam_vit_b_01ec64"})",
                 API_REMOVE);
  EXPECT_EQ(given.make<RemoveOptions>().kind, RemoveOptions::Kind::put_alpha);
  EXPECT_EQ(given.make<RemoveOptions>().category, RemoveOptions::Category::lower);
  for (const char* text : {R"({"model_path": "/etc/passwd"})", R"({"sam_model": "sam_vit_h_4b8939"})",
                           R"({"sam_quant": true})", "[]", "{"}) {
    EXPECT_THROW(given.add_text(row(API_REMOVE, "extras"), text, API_REMOVE), Refused) << text;
  }
}

TEST(Catalogue, TextsThatMakeNoSenseAreRefusedWithWhatTheyAreNot) {
  const auto why = [](Places place, const char* name, const char* text) {
    try {
      parse(row(place, name), text);
    } catch (const Refused& refused) {
      return std::string(refused.what());
    }
    return std::string("nothing");
  };
  EXPECT_EQ(why(REMOVE, "threshold", "256"), "not a whole number from 0 to 255");
  EXPECT_EQ(why(REMOVE, "crop", "1000001"), "not a whole number from 0 to 1000000");
  EXPECT_EQ(why(REMOVE, "offset", "nan"), "not a number from -500 to 500");
  EXPECT_EQ(why(REMOVE, "min-area", "101%"), "not an area");
  EXPECT_EQ(why(REMOVE, "bgcolor", "1,2,3,256"), "not whole numbers from 0 to 255");
  EXPECT_EQ(why(REMOVE, "input-size", "16385"), "not a size");
  EXPECT_EQ(why(SCAN, "corners", "[[1,2],[3,4],[5,6],[7]]"), "not eight numbers");
  EXPECT_EQ(why(SCAN, "corners", "[[1,2],[3,4],[5,6],[7,8.5]]"), "nothing");
  EXPECT_EQ(why(SERVE, "timeout", "5 parsecs"), "not a time");
  EXPECT_EQ(why(BENCH, "threads", "1,,2"), "there is nothing between two commas");
  EXPECT_THAT(why(SCAN, "enhance", "b"), HasSubstr("not one of none, contrast, bw"));
}

}  // namespace
}  // namespace peel::options
