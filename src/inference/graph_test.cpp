#include "inference/graph.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include "support/error_of.hpp"
#include "support/stand_in_model.hpp"

namespace peel {
namespace {

PreparedGraph prepare(const std::string& model) {
  return prepare_graph(std::as_bytes(std::span(model)), "test.onnx");
}

onnx::GraphProto parse(const std::string& bytes) {
  onnx::ModelProto model;
  EXPECT_TRUE(model.ParseFromString(bytes));
  return model.graph();
}

TEST(PrepareGraph, KeepsTheFirstOutputAndWhatItNeeds) {
  for (const bool unsorted : {false, true}) {
    test::StandIn stand_in;
    stand_in.side_outputs = 3;
    stand_in.unsorted = unsorted;
    const auto result = prepare(test::stand_in_model(stand_in));
    EXPECT_EQ(result.outputs_removed, 3);
    EXPECT_EQ(result.nodes_removed, 6);
    EXPECT_FALSE(result.widened);
    const auto graph = parse(result.model);
    ASSERT_EQ(graph.output_size(), 1);
    EXPECT_EQ(graph.output(0).name(), "saliency");
    EXPECT_EQ(graph.node_size(), 3);
    EXPECT_EQ(graph.initializer_size(), 2);
  }
}

TEST(PrepareGraph, WidensHalfPrecision) {
  test::StandIn stand_in;
  stand_in.half = true;
  stand_in.scale = 0.5f;
  stand_in.shift = -0.125f;
  const auto result = prepare(test::stand_in_model(stand_in));
  EXPECT_TRUE(result.widened);
  const auto graph = parse(result.model);
  for (const auto& tensor : graph.initializer()) EXPECT_EQ(tensor.data_type(), onnx::TensorProto::FLOAT);
  for (const auto& node : graph.node()) {
    for (const auto& attribute : node.attribute()) EXPECT_EQ(attribute.i(), onnx::TensorProto::FLOAT);
  }
  const auto& weights = graph.initializer(0).raw_data();
  ASSERT_EQ(weights.size(), 3 * sizeof(float));
  float first = 0;
  std::memcpy(&first, weights.data(), sizeof first);
  EXPECT_EQ(first, 0.125f);
}

TEST(PrepareGraph, RefusesWhatIsNoModel) {
  const std::string whole = test::stand_in_model({});
  for (const std::string& bytes : {std::string(), std::string("<html>404</html>"), whole.substr(0, whole.size() / 2)}) {
    const Error error = test::error_of([&] { prepare(bytes); });
    EXPECT_EQ(error.code(), ErrorCode::model) << bytes.size() << " bytes";
    EXPECT_THAT(error.what(), testing::HasSubstr("test.onnx: not an ONNX model"));
  }
}

}  // namespace
}  // namespace peel
