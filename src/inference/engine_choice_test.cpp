#include "inference/engine_choice.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "support/test_data.hpp"
#include "support/text_file.hpp"

namespace peel {
namespace {

using testing::HasSubstr;

CpuInfo processor(std::vector<std::string> features) {
  CpuInfo cpu;
  cpu.features = std::move(features);
  return cpu;
}

TEST(EngineRule, GoesByTheProcessorAndItsCap) {
  const CpuInfo amx = processor({"avx2", "avx512f", "amx_bf16", "amx_int8"});
  EXPECT_EQ(engine_by_rule(amx, "").engine, Engine::openvino);
  EXPECT_EQ(engine_by_rule(amx, "avx512_core_amx").engine, Engine::openvino);
  const EngineChoice capped = engine_by_rule(amx, "avx512_core");
  EXPECT_EQ(capped.engine, Engine::onnxruntime);
  EXPECT_THAT(capped.reason, HasSubstr("ONEDNN_MAX_CPU_ISA"));
  EXPECT_EQ(engine_by_rule(processor({"avx2", "avx512f"}), "").engine, Engine::onnxruntime);
  EXPECT_EQ(engine_by_rule(processor({"asimddp", "i8mm"}), "").engine, Engine::onnxruntime);
}

/// Runs that take what they are told to.
EngineTimes measured(double onnxruntime, double openvino, std::string* order = nullptr) {
  return take_turns([&](Engine engine) {
    if (order) *order += engine == Engine::openvino ? 'v' : 'r';
    return engine == Engine::openvino ? openvino : onnxruntime;
  });
}

TEST(EngineTimes, TheFasterIsTaken) {
  EXPECT_EQ(engine_by_times(measured(100, 60)).engine, Engine::openvino);
  EXPECT_EQ(engine_by_times(measured(100, 101)).engine, Engine::onnxruntime);
  EXPECT_EQ(engine_by_times(measured(100, 100)).engine, Engine::onnxruntime);
  const EngineChoice choice = engine_by_times(measured(60, 100));
  EXPECT_EQ(choice.engine, Engine::onnxruntime);
  EXPECT_THAT(choice.reason, testing::AllOf(HasSubstr("60 ms by onnxruntime"), HasSubstr("100 ms by openvino")));
}

TEST(EngineTimes, AreTakenInTurnsUntilTheyAreClear) {
  std::string order;
  EXPECT_EQ(measured(100, 50, &order).openvino.size(), 5u);
  EXPECT_EQ(order, "rvvrrvvrrv");
  EXPECT_EQ(measured(100, 97).onnxruntime.size(), 20u) << "near each other";
}

TEST(EngineTimes, AStrayTimeDecidesNothing) {
  int runs = 0;
  const EngineTimes times = take_turns([&](Engine engine) {
    if (engine == Engine::onnxruntime) return 100.0;
    return ++runs % 4 == 0 ? 900.0 : 95.0;  // something else ran on the machine
  });
  EXPECT_EQ(times.openvino.size(), 20u);
  EXPECT_EQ(engine_by_times(times).engine, Engine::openvino);
}

class KeptEngineChoice : public testing::Test {
 protected:
  void SetUp() override { ::unsetenv("ONEDNN_MAX_CPU_ISA"); }
  void TearDown() override { ::unsetenv("ONEDNN_MAX_CPU_ISA"); }

  test::TemporaryFolder folder_;
  EngineUse use_{folder_ / "net.onnx", "0123456789abcdef0123456789abcdef", 2, Arithmetic::fp32};
};

TEST_F(KeptEngineChoice, IsThatOfTheSameUseAlone) {
  EXPECT_FALSE(kept_engine_choice(use_));
  const Engine rule = choose_engine(use_).engine;
  const Engine other = rule == Engine::openvino ? Engine::onnxruntime : Engine::openvino;
  keep_engine_choice(use_, {other, "measured here"});
  ASSERT_TRUE(kept_engine_choice(use_));
  EXPECT_EQ(kept_engine_choice(use_)->reason, "measured here");
  EXPECT_EQ(choose_engine(use_).engine, other);

  const auto differs = [&](const auto& change) {
    EngineUse changed = use_;
    change(changed);
    return !kept_engine_choice(changed);
  };
  EXPECT_TRUE(differs([](EngineUse& use) { use.threads = 1; }));
  EXPECT_TRUE(differs([](EngineUse& use) { use.arithmetic = Arithmetic::int8; }));
  EXPECT_TRUE(differs([](EngineUse& use) { use.sha256 = "fedcba9876543210fedcba9876543210"; }));
  EXPECT_TRUE(differs([](EngineUse& use) { use.sha256.clear(); }));
  ::setenv("ONEDNN_MAX_CPU_ISA", "AVX2", 1);
  EXPECT_FALSE(kept_engine_choice(use_)) << "fewer instructions";
}

TEST_F(KeptEngineChoice, ADamagedOneIsNotUsed) {
  keep_engine_choice(use_, {Engine::openvino, "measured here"});
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / ".peel")) {
    if (entry.path().extension() == ".engines") test::write_text(entry.path(), R"({"engine": "steam"})");
  }
  EXPECT_FALSE(kept_engine_choice(use_));
}

}  // namespace
}  // namespace peel
