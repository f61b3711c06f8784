#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cstring>
#include <fstream>

#include "cli_support.hpp"
#include "peel/file.hpp"
#include "support/graph_text.hpp"
#include "support/stand_in_segment_anything.hpp"

// Models that are told what is to stay: clothes and prompts, by the real program with stand-ins in its store.
namespace peel::test {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr int STRIPES_WIDTH = 90;
constexpr int STRIPES_HEIGHT = 60;

class CliSelection : public Cli {
 protected:
  CliSelection() {
    std::filesystem::create_directories(store());
    write_stand_in(store(), "sam_vit_b_01ec64", {.width = STRIPES_WIDTH, .height = STRIPES_HEIGHT});
    // Classes by colour: green `upper`, red `lower`, blue `full`, black none of them.
    std::ofstream(store() / "u2net_cloth_seg.onnx", std::ios::binary) << graph_from_text(R"(
<ir_version: 7, opset_import: ["" : 13]>
clothes (float[1, 3, H, W] picture) => (float[1, 4, H, W] classes) {
  weights = Constant <value = float[4, 3, 1, 1] {0, 0, 0, -3, 3, -3, 3, -3, -3, -3, -3, 3}> ()
  least = Constant <value_floats = [0.0, -10.0, -10.0, -10.0]> ()
  classes = Conv (picture, weights, least)
})");
    // Stripes of black, green, red, blue and black again.
    std::vector<std::uint8_t> pixels;
    for (int i = 0; i < STRIPES_WIDTH * STRIPES_HEIGHT; ++i) {
      const int stripe = i % STRIPES_WIDTH * 5 / STRIPES_WIDTH;
      for (const int lit : {2, 1, 3}) pixels.push_back(stripe == lit ? 255 : 0);
    }
    write_file(at("in.png"), encode(Image::from_pixels({pixels.data(), STRIPES_WIDTH, STRIPES_HEIGHT,
                                                        std::ptrdiff_t{3} * STRIPES_WIDTH, PixelFormat::rgb8})));
    raw_.assign(reinterpret_cast<const char*>(pixels.data()), pixels.size());
  }

  /// MODEL_CHECKSUM_DISABLED: no stand-in has the manifest's hash.
  Command unchecked(std::vector<std::string> arguments) {
    Command result = command(std::move(arguments));
    result.environment.emplace_back("MODEL_CHECKSUM_DISABLED", "1");
    return result;
  }
  Image made(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"remove", "in.png", "-o", "out.png", "--device", "cpu"});
    const Outcome outcome = run(unchecked(std::move(arguments)));
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return load_image(at("out.png"));
  }
  static int level(const Image& mask, int x, int y = STRIPES_HEIGHT / 2) {
    return std::to_integer<int>(mask.data()[y * mask.stride() + x * channels(mask.format())]);
  }
  /// Which of the five stripes are in a mask: a letter each.
  static std::string stripes(const Image& mask, int y = STRIPES_HEIGHT / 2) {
    std::string text;
    for (int stripe = 0; stripe < 5; ++stripe) text += level(mask, stripe * 18 + 9, y) >= 128 ? 'x' : '.';
    return text;
  }

  std::string raw_;
};

TEST_F(CliSelection, ACategoryOfClothesStays) {
  EXPECT_EQ(stripes(made({"-m", "u2net_cloth_seg", "-om"})), ".xxx.");
  EXPECT_EQ(stripes(made({"-m", "u2net_cloth_seg", "-om", "--category", "upper"})), ".x...");
  EXPECT_EQ(stripes(made({"-m", "u2net_cloth_seg", "-om", "-x", R"({"cc":"lower"})"})), "..x..");
  EXPECT_EQ(stripes(made({"-m", "u2net_cloth_seg", "-om", "--category", "full", "--compat"})), "...x.");
  const Image stacked = made({"-m", "u2net_cloth_seg", "-om", "--compat"});
  ASSERT_EQ(stacked.height(), 3 * STRIPES_HEIGHT);
  EXPECT_EQ(stripes(stacked, 30), ".x...");
  EXPECT_EQ(stripes(stacked, STRIPES_HEIGHT + 30), "..x..");
  EXPECT_EQ(stripes(stacked, 2 * STRIPES_HEIGHT + 30), "...x.");
}

TEST_F(CliSelection, AFolderAndAStreamTakeACategoryToo) {
  std::filesystem::create_directories(at("in"));
  std::filesystem::copy_file(at("in.png"), at("in/a.png"));
  for (const bool compat : {false, true}) {
    std::vector<std::string> arguments{"folder", "in", "out", "-m", "u2net_cloth_seg", "-om", "--device", "cpu"};
    if (compat) arguments.emplace_back("--compat");
    ASSERT_EQ(run(unchecked(arguments)).status, 0);
    const Image alone =
        compat ? made({"-m", "u2net_cloth_seg", "-om", "--compat"}) : made({"-m", "u2net_cloth_seg", "-om"});
    const Image all = load_image(at("out/a.png"));
    EXPECT_EQ(all.height(), compat ? 3 * STRIPES_HEIGHT : STRIPES_HEIGHT);
    ASSERT_EQ(all.size_bytes(), alone.size_bytes());
    EXPECT_EQ(std::memcmp(all.data(), alone.data(), all.size_bytes()), 0);
    arguments.insert(arguments.end(), {"--category", "lower"});
    ASSERT_EQ(run(unchecked(arguments)).status, 0);
    EXPECT_EQ(stripes(load_image(at("out/a.png"))), "..x..");
  }

  Command stream = unchecked({"stream", std::to_string(STRIPES_WIDTH), std::to_string(STRIPES_HEIGHT), "-m",
                              "u2net_cloth_seg", "-om", "--category", "upper", "--device", "cpu"});
  write_text(outside_ / "in.rgb", raw_);
  stream.input = outside_ / "in.rgb";
  const Outcome outcome = run(stream);
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  ASSERT_EQ(outcome.out.size(), std::size_t{STRIPES_WIDTH} * STRIPES_HEIGHT);
  EXPECT_EQ(stripes(Image::from_pixels(
                {outcome.out.data(), STRIPES_WIDTH, STRIPES_HEIGHT, STRIPES_WIDTH, PixelFormat::gray8})),
            ".x...");
}

TEST_F(CliSelection, PromptsSayWhatStays) {
  // A point's surroundings are the stand-in's subject.
  const Image first = made({"-m", "sam", "-om", "--prompt", "point:20,15"});
  EXPECT_GT(level(first, 20, 15), 200);
  EXPECT_LT(level(first, 70, 45), 128);
  const Image second =
      made({"-m", "sam", "-om", "-x", R"({"sam_prompt":[{"type":"point","data":[70,45],"label":1}]})"});
  EXPECT_LT(level(second, 20, 15), 128);
  EXPECT_GT(level(second, 70, 45), 200);
  const Image middle = made({"-m", "sam", "-om"});
  EXPECT_GT(level(middle, STRIPES_WIDTH / 2, STRIPES_HEIGHT / 2), 200);
  const Image by_path =
      made({"-m", (store() / "sam_vit_b_01ec64.encoder.onnx").string(), "-om", "--prompt", "point:20,15"});
  EXPECT_EQ(std::memcmp(by_path.data(), first.data(), first.size_bytes()), 0);

  std::filesystem::create_directories(at("in"));
  std::filesystem::copy_file(at("in.png"), at("in/a.png"));
  ASSERT_EQ(run(unchecked({"folder", "in", "out", "-m", "sam", "-om", "--prompt", "point:20,15"})).status, 0);
  const Image in_folder = load_image(at("out/a.png"));
  EXPECT_EQ(std::memcmp(in_folder.data(), first.data(), first.size_bytes()), 0);
}

TEST_F(CliSelection, WhatDoesNotFitTheModelIsAUsageErrorBeforeAnythingIsDone) {
  const auto refused = [&](std::vector<std::string> arguments, const std::string& words) {
    arguments.insert(arguments.begin(), {"remove", "in.png", "-o", "no.png"});
    const Outcome outcome = run(unchecked(std::move(arguments)));
    EXPECT_EQ(outcome.status, 2);
    EXPECT_THAT(outcome.err, HasSubstr(words));
    EXPECT_FALSE(std::filesystem::exists(at("no.png")));
  };
  refused({"--prompt", "point:1,2"}, "prompts are for -m sam");
  refused({"-m", "silueta", "--prompt", "point:1,2"}, "silueta takes no prompts");
  refused({"-m", "sam", "--category", "upper"}, "sam knows no categories");
  refused({"-m", "sam", "--prompt", "point:91,2"}, "outside the picture");
  refused({"-m", "sam", "--prompt", "background:1,2"}, "only what is background");
  refused({"-m", "u2netp", "-x", R"({"model_path":"mine.onnx"})"}, "model_path is for");
}

TEST_F(CliSelection, ACustomModelsPathIsFedAsItsNameSays) {
  // Half grey is 0 after the mean of dis_custom, and not after that of u2net_custom; what is brighter is 1.
  std::ofstream(at("mine.onnx"), std::ios::binary) << graph_from_text(R"(
<ir_version: 7, opset_import: ["" : 13]>
mine (float[1, 3, H, W] picture) => (float[1, 1, H, W] map) {
  mean = ReduceMean <axes = [1], keepdims = 1> (picture)
  absolute = Abs (mean)
  one = Constant <value_float = 1.0> ()
  zero = Constant <value_float = 0.0> ()
  map = Clip (absolute, zero, one)
})");
  const auto mask = [&](const std::string& model) {
    return made({"-m", model, "-om", "--compat", "-x", R"({"model_path":"mine.onnx"})"});
  };
  // The green stripe's mean is 1/3: 1/6 from dis_custom's 0.5, where black is 0.5.
  EXPECT_EQ(level(mask("dis_custom"), 1), 255);
  EXPECT_EQ(level(mask("dis_custom"), 27), 0);
  // By ImageNet's means and deviations black is -2.0 on average, cut to 1, and the stripe -0.5.
  EXPECT_EQ(level(mask("u2net_custom"), 1), 255);
  const json object = json::parse(run(unchecked({"remove", "in.png", "-o", "out.png", "-m", "dis_custom", "-x",
                                                 R"({"model_path":"mine.onnx"})", "--device", "cpu", "--json"}))
                                      .out);
  EXPECT_EQ(object["model"], "mine.onnx");
}

TEST_F(CliSelection, BothFilesOfSegmentAnythingAreListedAndVerified) {
  const Outcome path = peel({"models", "path", "sam"});
  EXPECT_THAT(path.out,
              AllOf(HasSubstr("sam_vit_b_01ec64.encoder.onnx\n"), HasSubstr("sam_vit_b_01ec64.decoder.onnx\n")));
  const auto sam = [&] {
    const json list = json::parse(peel({"models", "list", "--json"}).out);
    for (const json& model : list["models"]) {
      if (model["name"] == "sam") return model;
    }
    return json();
  };
  EXPECT_EQ(sam()["state"], "unverified");
  EXPECT_EQ(sam()["bytes"], std::filesystem::file_size(store() / "sam_vit_b_01ec64.encoder.onnx") +
                                std::filesystem::file_size(store() / "sam_vit_b_01ec64.decoder.onnx"));
  EXPECT_EQ(peel({"models", "verify", "sam"}).status, 0);
  std::filesystem::remove(store() / "sam_vit_b_01ec64.decoder.onnx");
  EXPECT_EQ(sam()["installed"], false);
  EXPECT_EQ(peel({"models", "verify", "sam"}).status, 4);
  const Outcome outcome = peel({"remove", "in.png", "-m", "sam", "-o", "no.png"});
  EXPECT_EQ(outcome.status, 4);
  EXPECT_THAT(outcome.err, HasSubstr("sam_vit_b_01ec64.decoder.onnx"));
}

TEST_F(CliSelection, WhatSegmentAnythingRunsOnIsSaid) {
  const Outcome outcome =
      run(unchecked({"remove", "in.png", "-o", "out.png", "-m", "sam", "--device", "cuda", "--json"}));
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const json object = json::parse(outcome.out);
  EXPECT_EQ(object["provider"], "cpu");
  EXPECT_EQ(object["fallbacks"][0]["provider"], "cuda");
  EXPECT_THAT(object["fallbacks"][0]["reason"], "Segment Anything runs on the CPU");
  EXPECT_THAT(outcome.err, HasSubstr("cuda not used: Segment Anything runs on the CPU"));
}

}  // namespace
}  // namespace peel::test
