#include <gmock/gmock.h>
#include <signal.h>

#include "cli_support.hpp"
#include "peel/quantized_model.hpp"
#include "support/comes_about.hpp"
#include "support/stand_in_model.hpp"

// `peel quantize`, the real program. What is for TensorRT need not be faster here: that a small network is cannot be
// relied on.
namespace peel::test {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class CliQuantize : public Cli {
 protected:
  void SetUp() override {
    write_network(12);
    for (int i = 0; i < 8; ++i) write_disc(photo(i), {64, 64, 0.4 + 0.05 * i});
    std::filesystem::create_directories(temporary());
  }

  /// In the place of a known model, so that it can be listed and used by its name.
  void write_network(float scale) {
    std::filesystem::create_directories(store());
    write_stand_in(store() / "u2netp.onnx", {.height = 64, .width = 64, .scale = scale});
  }
  std::filesystem::path photo(int index) const { return at("photos") / (std::to_string(index) + ".png"); }
  std::filesystem::path int8() const { return store() / "u2netp_int8.onnx"; }
  std::filesystem::path record() const { return store() / "u2netp_int8.json"; }
  std::filesystem::path temporary() const { return outside_ / "tmp"; }

  Command with_stand_in(std::vector<std::string> arguments) {
    Command made = command(std::move(arguments));
    // The network is not the one that the manifest has the hash of.
    made.environment.emplace_back("MODEL_CHECKSUM_DISABLED", "1");
    made.environment.emplace_back("TMPDIR", temporary().string());
    return made;
  }
  Outcome peel_with_stand_in(std::vector<std::string> arguments) { return run(with_stand_in(std::move(arguments))); }
  Command quantize_command(std::vector<std::string> more) {
    std::vector<std::string> arguments{"quantize", "--calibration", "photos",    "--target", "tensorrt",
                                       "--method", "minmax",        "--threads", "1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return with_stand_in(std::move(arguments));
  }
  Outcome quantize(std::vector<std::string> more) {
    const Outcome outcome = run(quantize_command(std::move(more)));
    EXPECT_THAT(names_in(temporary()), IsEmpty());
    return outcome;
  }
  json listed() {
    const json answer = json::parse(peel_with_stand_in({"models", "list", "--json"}).out);
    for (const json& entry : answer["models"]) {
      if (entry["name"] == "u2netp") return entry["int8"];
    }
    return "u2netp is not listed";
  }
  json removed() {
    const Outcome outcome = peel_with_stand_in({"remove", photo(0).string(), "-o", "cutout.png", "-m", "u2netp",
                                                "--precision", "int8", "--device", "cpu", "--json"});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return json::parse(outcome.out);
  }
};

TEST_F(CliQuantize, MakesWhatRemoveThenUses) {
  const Outcome outcome = quantize({"u2netp"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("mean IoU"), HasSubstr("fp32"), HasSubstr("minmax")));
  EXPECT_THAT(outcome.out, ::testing::EndsWith(int8().string() + "\n"));
  const auto made = read_quantized_model(int8());
  ASSERT_TRUE(made);
  EXPECT_EQ(made->source, "u2netp");
  EXPECT_EQ(made->licence, "Apache-2.0");

  json row = listed();
  EXPECT_EQ(row["state"], "ready");
  EXPECT_EQ(row["target"], "tensorrt");
  EXPECT_EQ(row["mean_iou"], made->measures.back().mean_iou);
  json used = removed();
  EXPECT_EQ(used["precision"], "int8");
  EXPECT_THAT(used["fallbacks"], IsEmpty());

  // Another network under the same name: the INT8 form of the old one is not used, and that is said.
  write_network(6);
  EXPECT_EQ(listed()["state"], "stale");
  used = removed();
  EXPECT_EQ(used["precision"], "fp32");
  EXPECT_EQ(used["fallbacks"][0]["provider"], "int8");
  EXPECT_THAT(used["fallbacks"][0]["reason"], AllOf(HasSubstr("was made from another"), HasSubstr("peel quantize")));

  ASSERT_EQ(quantize({"u2netp"}).status, 0);
  EXPECT_EQ(removed()["precision"], "int8");
}

TEST_F(CliQuantize, WhatIsNotGoodEnoughIsStatus1AndTheOlderOneStays) {
  const auto nothing_to_see = [this] {
    write_stand_in(store() / "u2netp.onnx", {.height = 64, .width = 64, .shift = -40});
  };
  nothing_to_see();
  Outcome outcome = quantize({"u2netp"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.err, HasSubstr("u2netp: no INT8 form was kept: FP32 sees a subject in none"));
  EXPECT_FALSE(std::filesystem::exists(int8()));
  EXPECT_FALSE(std::filesystem::exists(record()));

  write_network(12);
  ASSERT_EQ(quantize({"u2netp"}).status, 0);
  const std::string model = read_text(int8());
  const std::string text = read_text(record());
  nothing_to_see();
  outcome = quantize({"u2netp", "--json"});
  EXPECT_EQ(outcome.status, 1);
  const json answer = json::parse(outcome.out);
  EXPECT_EQ(answer["accepted"], false);
  EXPECT_TRUE(answer["file"].is_null());
  EXPECT_THAT(answer["reason"], HasSubstr("none of the 4 pictures"));
  EXPECT_EQ(read_text(int8()), model);
  EXPECT_EQ(read_text(record()), text);
}

TEST_F(CliQuantize, WhatIsKeptAnywayIsTakenByNothing) {
  write_stand_in(store() / "u2netp.onnx", {.height = 64, .width = 64, .shift = -40});
  const Outcome outcome = quantize({"u2netp", "--keep-anyway", "--json"});
  EXPECT_EQ(outcome.status, 1);
  const auto refused = store() / "u2netp_int8_refused.onnx";
  EXPECT_EQ(json::parse(outcome.out)["file"], refused.string());
  EXPECT_EQ(json::parse(outcome.out)["accepted"], false);
  EXPECT_THAT(outcome.err, HasSubstr("kept under a name that nothing takes"));
  EXPECT_TRUE(std::filesystem::exists(refused));
  EXPECT_FALSE(std::filesystem::exists(int8()));
  EXPECT_EQ(removed()["precision"], "fp32");
  // The user's own decision.
  std::filesystem::rename(refused, int8());
  EXPECT_EQ(removed()["precision"], "int8");
}

TEST_F(CliQuantize, JsonHoldsTheRecord) {
  write("photos/notes.txt", "no picture");
  for (int i = 0; i < 8; ++i) write_disc_mask(at("truth") / (std::to_string(i) + ".png"), {64, 64, 0.4 + 0.05 * i});
  const Outcome outcome = quantize({"u2netp", "--json", "--truth", "truth", "-o", "mine.onnx"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const json answer = json::parse(outcome.out);
  EXPECT_EQ(answer["accepted"], true);
  EXPECT_EQ(answer["reason"], "");
  EXPECT_EQ(answer["file"], "mine.onnx");
  EXPECT_GT(answer["seconds"], 0);
  EXPECT_THAT(answer["notes"], Contains("1 file of the folder could not be read"));
  EXPECT_EQ(answer["model"], json::parse(read_text(at("mine.json"))));
  EXPECT_EQ(answer["model"]["proof_pictures"], 4);
  const json& fp32 = answer["model"]["measures"][0];
  EXPECT_EQ(fp32["form"], "fp32");
  EXPECT_LT(fp32["mae"], 0.1);
  EXPECT_FALSE(std::filesystem::exists(int8()));
}

TEST_F(CliQuantize, AnInterruptLeavesNothing) {
  for (int i = 8; i < 64; ++i) write_disc(photo(i), {800, 800, 0.5});
  Process process(quantize_command({"u2netp", "--method", "auto"}));
  EXPECT_TRUE(comes_about([&] { return !names_in(temporary()).empty(); }));
  kill(process.pid(), SIGINT);
  const Outcome outcome = process.wait();
  EXPECT_EQ(outcome.signal, SIGINT);
  EXPECT_THAT(outcome.err, HasSubstr("interrupted: nothing was kept"));
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(names_in(temporary()), IsEmpty());
  EXPECT_THAT(names_in(store()), Not(Contains(HasSubstr("int8"))));
}

TEST_F(CliQuantize, FailuresHaveTheStatusOfTheirKind) {
  EXPECT_EQ(peel({"quantize", "u2netp"}).status, 2);
  EXPECT_EQ(peel({"quantize", "--calibration", "photos"}).status, 2);
  EXPECT_EQ(quantize({"u2netp", "--samples", "7"}).status, 2);
  EXPECT_EQ(quantize({"u2netp", "--method", "best"}).status, 2);
  EXPECT_EQ(quantize({"u2netp", "-o", "mine.json"}).status, 2);
  EXPECT_EQ(quantize({"u2netp", "-o", (store() / "u2netp.onnx").string()}).status, 2);
  const Outcome pattern = quantize({"u2netp", "--keep-float", "Convolution"});
  EXPECT_EQ(pattern.status, 2);
  EXPECT_THAT(pattern.err, AllOf(HasSubstr("no operator of u2netp fits 'Convolution'"), HasSubstr("such as Conv")));
  EXPECT_EQ(quantize({"u2netp", "--calibration", "none"}).status, 3);
  EXPECT_EQ(quantize({"u2netp", "--truth", "none"}).status, 3);
  std::filesystem::remove(photo(0));
  const Outcome few = quantize({"u2netp"});
  EXPECT_EQ(few.status, 3);
  EXPECT_THAT(few.err, HasSubstr("photos has 7 pictures that can be read"));
  EXPECT_EQ(quantize({"none.onnx"}).status, 4);
  EXPECT_EQ(quantize({"u2net_cloth_seg"}).status, 4);
  write_disc(photo(0), {});
  write_text(store() / "u2netp.onnx", "no network");
  const Outcome damaged = quantize({"u2netp", "--json"});
  EXPECT_EQ(damaged.status, 4);
  EXPECT_EQ(json::parse(damaged.out)["error"]["code"], "model");
  write_network(12);
  EXPECT_EQ(quantize({"u2netp", "-o", "none/mine.onnx"}).status, 6);
  EXPECT_FALSE(std::filesystem::exists(int8()));
}

class CliQuantizeWithModel : public CliWithRealModel {};

// The bars are the program's; this asks whether what it makes of a real network is near it at all. Of layers that may
// be given back to float each costs a run: the first dozen alone stay in INT8, unless $PEEL_TEST_ALL asks for all.
TEST_F(CliQuantizeWithModel, MasksOfARealNetworkAgree) {
  const auto data = data_folder() / "data" / "sod";
  std::vector<std::string> arguments{"quantize",
                                     model(),
                                     "--calibration",
                                     (data / "images").string(),
                                     "--truth",
                                     (data / "masks").string(),
                                     "--samples",
                                     "8",
                                     "--method",
                                     "percentile",
                                     "-o",
                                     "mine.onnx",
                                     "--json"};
  if (!all_pictures())
    arguments.insert(arguments.end(), {"--keep-float", "Conv_[1-9]??", "--keep-float", "Conv_[4-9]?"});
  const Outcome outcome = peel(std::move(arguments));
  ASSERT_THAT(outcome.status, ::testing::AnyOf(0, 1)) << outcome.err;
  const json answer = json::parse(outcome.out);
  const json& measures = answer["model"]["measures"];
  ASSERT_GE(measures.size(), 4U);
  const json& last = measures.back();
  EXPECT_GT(last["mean_iou"], 0.9) << last;
  EXPECT_LT(last["mae"].get<double>() - measures[0]["mae"].get<double>(), 0.02) << last;
  EXPECT_EQ(std::filesystem::exists(at("mine.onnx")), outcome.status == 0) << answer["reason"];
}

}  // namespace
}  // namespace peel::test
