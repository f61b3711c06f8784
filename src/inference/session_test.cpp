#include "inference/session.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "base/control.hpp"
#include "support/error_of.hpp"
#include "support/graph_text.hpp"
#include "support/stand_in_model.hpp"
#include "support/test_data.hpp"
#include "support/text_file.hpp"

namespace peel {
namespace {

Tensor ramp(std::int64_t height, std::int64_t width) {
  Tensor tensor;
  tensor.shape = {1, 3, height, width};
  for (std::int64_t i = 0; i < 3 * height * width; ++i) tensor.values.push_back(static_cast<float>(i % 97) / 97.0f);
  return tensor;
}

// What the stand-in computes, from its description.
std::vector<float> expected(const Tensor& in, const test::StandIn& model) {
  const auto plane = static_cast<std::size_t>(in.shape[2] * in.shape[3]);
  std::vector<float> out(plane);
  for (std::size_t i = 0; i < plane; ++i) {
    const float mean = 0.25f * in.values[i] + 0.5f * in.values[plane + i] + 0.25f * in.values[2 * plane + i];
    const float x = model.scale * mean + model.shift;
    out[i] = model.sigmoid ? 1.0f / (1.0f + std::exp(-x)) : x;
  }
  return out;
}

class SessionTest : public testing::Test {
 protected:
  Session open(const test::StandIn& model, const std::string& key = "") {
    test::write_stand_in(file_, model);
    SessionOptions options;
    options.sha256 = key;
    return Session(file_, options);
  }
  std::vector<std::filesystem::path> cached() const {
    std::vector<std::filesystem::path> files;
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / ".peel", none)) {
      if (entry.path().extension() != ".lock") files.push_back(entry.path());
    }
    return files;
  }

  test::TemporaryFolder folder_;
  std::filesystem::path file_ = folder_ / "net.onnx";
  static constexpr const char* KEY = "0123456789abcdef0123456789abcdef";
};

TEST_F(SessionTest, ComputesTheFirstOutput) {
  for (const bool half : {false, true}) {
    test::StandIn model;
    model.half = half;
    model.scale = 4.0f;
    model.shift = -2.0f;
    model.side_outputs = 2;
    const Session session = open(model);
    EXPECT_THAT(session.input_shape(), testing::ElementsAre(1, 3, 32, 32));
    const Tensor input = ramp(32, 32);
    const Tensor output = session.run(input);
    EXPECT_THAT(output.shape, testing::ElementsAre(1, 1, 32, 32));
    EXPECT_THAT(output.values, testing::Pointwise(testing::FloatNear(1e-5f), expected(input, model)));
  }
}

TEST_F(SessionTest, TheKeptGraphGivesTheSameResult) {
  test::StandIn model;
  model.scale = 3.0f;
  const Tensor input = ramp(32, 32);
  const Tensor plain = open(model).run(input);
  EXPECT_TRUE(cached().empty());
  EXPECT_EQ(open(model, KEY).run(input).values, plain.values);
  ASSERT_EQ(cached().size(), 1u);
  const auto written = std::filesystem::last_write_time(cached()[0]);
  EXPECT_EQ(open(model, KEY).run(input).values, plain.values);
  EXPECT_EQ(std::filesystem::last_write_time(cached()[0]), written) << "made a second time";
}

TEST_F(SessionTest, ADamagedKeptGraphIsMadeAgain) {
  const Tensor input = ramp(32, 32);
  const Tensor plain = open({}).run(input);
  open({}, KEY);
  ASSERT_EQ(cached().size(), 1u);
  for (const auto size : {std::uintmax_t{0}, std::filesystem::file_size(cached()[0]) / 2}) {
    std::filesystem::resize_file(cached()[0], size);
    EXPECT_EQ(open({}, KEY).run(input).values, plain.values);
    ASSERT_EQ(cached().size(), 1u);
    EXPECT_GT(std::filesystem::file_size(cached()[0]), size);
  }
}

TEST_F(SessionTest, AnOlderKeptGraphOfTheSameModelIsRemoved) {
  open({}, KEY);
  std::filesystem::copy_file(cached()[0], folder_ / ".peel" / "net-other-0123456789abcdef-x.ort");
  open({}, "fedcba9876543210");
  std::vector<std::string> names;
  for (const auto& file : cached()) names.push_back(file.filename().string());
  EXPECT_THAT(names, testing::UnorderedElementsAre(testing::StartsWith("net-fedcba9876543210-"),
                                                   testing::StartsWith("net-other-")));
}

TEST_F(SessionTest, WhatAKilledProcessLeftIsReplaced) {
  std::filesystem::create_directory(folder_ / ".peel");
  for (const char* name : {"graph.onnx.tmp", "graph.ort.tmp"}) std::ofstream(folder_ / ".peel" / name) << "half";
  open({}, KEY);
  EXPECT_EQ(cached().size(), 1u);
}

TEST_F(SessionTest, SeveralStartsAtOnceMakeOneGraph) {
  test::write_stand_in(file_, {});
  SessionOptions options;
  options.sha256 = KEY;
  const Tensor input = ramp(32, 32);
  std::vector<Tensor> results(4);
  {
    std::vector<std::jthread> threads;
    for (auto& result : results) threads.emplace_back([&] { result = Session(file_, options).run(input); });
  }
  for (const auto& result : results) EXPECT_EQ(result.values, results.front().values);
  EXPECT_EQ(cached().size(), 1u);
}

TEST_F(SessionTest, ABatchIsItsPicturesOneByOne) {
  test::StandIn model;
  model.resize = true;
  const Session single = open(model, KEY);
  SessionOptions options;
  options.batch = 3;
  options.sha256 = KEY;
  const Session session(file_, options);
  EXPECT_THAT(session.input_shape(), testing::ElementsAre(3, 3, 32, 32));
  EXPECT_EQ(cached().size(), 2u) << "each form is kept";
  Tensor batch;
  batch.shape = session.input_shape();
  std::vector<float> wanted;
  for (int i = 0; i < 3; ++i) {
    Tensor picture = ramp(32, 32);
    for (auto& value : picture.values) value = value * 0.5f + 0.2f * static_cast<float>(i);
    batch.values.insert(batch.values.end(), picture.values.begin(), picture.values.end());
    const auto result = single.run(picture).values;
    wanted.insert(wanted.end(), result.begin(), result.end());
  }
  EXPECT_EQ(session.run(batch).values, wanted);
}

TEST_F(SessionTest, OpenSizesAreReported) {
  test::StandIn model;
  model.height = model.width = 0;
  const Session session = open(model);
  EXPECT_THAT(session.input_shape(), testing::ElementsAre(1, 3, -1, -1));
  EXPECT_THAT(session.run(ramp(7, 9)).shape, testing::ElementsAre(1, 1, 7, 9));
}

TEST_F(SessionTest, RunsFromSeveralThreads) {
  const Session session = open({});
  const Tensor input = ramp(32, 32);
  const Tensor alone = session.run(input);
  std::vector<Tensor> results(6);
  {
    std::vector<std::jthread> threads;
    for (auto& result : results) threads.emplace_back([&] { result = session.run(input); });
  }
  for (const auto& result : results) EXPECT_EQ(result.values, alone.values);
}

TEST_F(SessionTest, SaysWhyAModelCannotBeUsed) {
  test::write_text(file_, "no model");
  const Error refused = test::error_of([&] { Session(file_, {}); });
  EXPECT_EQ(refused.code(), ErrorCode::model);
  EXPECT_THAT(refused.what(), testing::HasSubstr("net.onnx: not an ONNX model"));
  EXPECT_THROW(Session(folder_ / "none.onnx", {}), Error);

  test::StandIn huge;
  huge.width = 1 << 30;
  EXPECT_THROW(open(huge), Error);

  const Session session = open({});
  EXPECT_EQ(test::error_of([&] { session.run(ramp(31, 32)); }).code(), ErrorCode::model);
}

TEST_F(SessionTest, FallsBackWithTheReasonOrFailsWithIt) {
  for (const auto& status : probe_providers()) {
    if (status.name == "tensorrt" && status.usable) GTEST_SKIP() << "TensorRT works here";
  }
  test::write_stand_in(file_, {});
  SessionOptions options;
  options.candidates = {{Device::tensorrt, Arithmetic::fp16}, {Device::cpu, Arithmetic::fp32}};
  const Session session(file_, options);
  EXPECT_EQ(session.device(), Device::cpu);
  ASSERT_EQ(session.skipped().size(), 1u);
  EXPECT_EQ(session.skipped()[0].name, "tensorrt");
  EXPECT_THAT(session.skipped()[0].reason, testing::Not(testing::IsEmpty()));

  options.candidates = {{Device::tensorrt, Arithmetic::fp16}};
  const Error error = test::error_of([&] { Session(file_, options); });
  EXPECT_EQ(error.code(), ErrorCode::device);
  EXPECT_THAT(error.what(), testing::HasSubstr("tensorrt: "));
}

TEST_F(SessionTest, AStopEndsANetworkBetweenTwoOperators) {
  test::write_text(file_, test::graph_from_text(R"(
<ir_version: 8, opset_import: ["" : 16]>
endless (float[1, 3, 8, 8] image) => (float[1, 3, 8, 8] out) {
  trips = Constant <value = int64 {9223372036854775807}> ()
  go = Constant <value = bool {1}> ()
  out = Loop <body = step (int64 i, bool again, float[1, 3, 8, 8] x) => (bool next, float[1, 3, 8, 8] y) {
    next = Identity (again)
    y = Sin (x)
  }> (trips, go, image)
})"));
  const Session session(file_, {});
  std::stop_source source;
  const StopScope scope(source.get_token());
  const std::jthread stopper([&] { source.request_stop(); });
  EXPECT_THROW(session.run(ramp(8, 8)), Cancelled);  // else it runs for ever
}

}  // namespace
}  // namespace peel
