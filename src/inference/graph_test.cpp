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

TEST(PrepareGraph, SetsTheBatchAlsoWhereResizeNamesIt) {
  test::StandIn stand_in;
  stand_in.resize = true;
  const std::string bytes = test::stand_in_model(stand_in);
  const auto graph = parse(prepare_graph(std::as_bytes(std::span(bytes)), "test.onnx", {8, false}).model);
  EXPECT_EQ(graph.input(0).type().tensor_type().shape().dim(0).dim_value(), 8);
  EXPECT_EQ(graph.output(0).type().tensor_type().shape().dim(0).dim_value(), 8);
  for (const auto& tensor : graph.initializer()) {
    if (tensor.name() != "sizes") continue;
    EXPECT_THAT(tensor.int64_data(), testing::ElementsAre(8, 3, 32, 32));
  }
}

TEST(PrepareGraph, RefusesABatchThatAReshapeFixes) {
  onnx::ModelProto model;
  ASSERT_TRUE(model.ParseFromString(test::stand_in_model({})));
  model.mutable_graph()->mutable_node(1)->set_op_type("Reshape");
  const std::string bytes = model.SerializeAsString();
  const Error error = test::error_of([&] { prepare_graph(std::as_bytes(std::span(bytes)), "test.onnx", {8, false}); });
  EXPECT_THAT(error.what(), testing::HasSubstr("Reshape fixes a batch of one picture"));
}

TEST(PrepareGraph, WeightsAreNoInputs) {
  onnx::ModelProto model;
  ASSERT_TRUE(model.ParseFromString(test::stand_in_model({})));
  model.set_ir_version(3);
  for (const auto& tensor : model.graph().initializer()) {
    model.mutable_graph()->add_input()->set_name(tensor.name());
  }
  ASSERT_GT(model.graph().input_size(), 1);
  EXPECT_EQ(parse(prepare(model.SerializeAsString()).model).input_size(), 1);
}

TEST(PrepareGraph, TellsWhetherTheSizeIsFixed) {
  test::StandIn stand_in;
  EXPECT_TRUE(prepare(test::stand_in_model(stand_in)).fixed_input);
  stand_in.height = stand_in.width = 0;
  EXPECT_FALSE(prepare(test::stand_in_model(stand_in)).fixed_input);
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
