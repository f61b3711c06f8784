#include "inference/half_precision.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <string>

#include "inference/graph.hpp"
#include "support/stand_in_model.hpp"

namespace peel {
namespace {

TEST(Half, EveryHalfSurvivesTheWayThereAndBack) {
  for (std::uint32_t bits = 0; bits < 0x10000u; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    if ((bits & 0x7C00u) == 0x7C00u) continue;  // infinities and what is no number
    ASSERT_EQ(to_half(from_half(half)), half) << bits;
  }
}

TEST(Half, RoundsToTheNearestAndTiesToEven) {
  EXPECT_EQ(to_half(1.0f), 0x3C00);
  EXPECT_EQ(to_half(1.0f + 0x1p-11f), 0x3C00) << "a tie, down to even";
  EXPECT_EQ(to_half(1.0f + 3 * 0x1p-11f), 0x3C02) << "a tie, up to even";
  EXPECT_EQ(to_half(1.0f + 0x1p-11f + 0x1p-20f), 0x3C01);
  EXPECT_EQ(to_half(2.0f - 0x1p-12f), 0x4000) << "the carry runs into the exponent";
  EXPECT_EQ(to_half(0x1p-24f), 0x0001);
  EXPECT_EQ(to_half(0x1p-25f), 0x0000) << "half of the least, a tie";
  EXPECT_EQ(to_half(-0x1p-14f), 0x8400);
  EXPECT_EQ(to_half(0x1p-14f - 0x1p-26f), 0x0400) << "rounds up to the least normal number";
}

TEST(Half, StaysFinite) {
  EXPECT_EQ(from_half(to_half(1e9f)), 65504.0f);
  EXPECT_EQ(from_half(to_half(-std::numeric_limits<float>::infinity())), -65504.0f);
  EXPECT_TRUE(std::isnan(from_half(to_half(std::nanf("")))));
}

onnx::GraphProto narrowed(const std::string& bytes) {
  const auto prepared = prepare_graph(std::as_bytes(std::span(bytes)), "test.onnx", {1, true});
  EXPECT_EQ(prepared.half_refused, "");
  onnx::ModelProto model;
  EXPECT_TRUE(model.ParseFromString(prepared.model));
  return model.graph();
}

TEST(NarrowGraph, HalvesWeightsBetweenCasts) {
  test::StandIn stand_in;
  stand_in.resize = true;
  const auto graph = narrowed(test::stand_in_model(stand_in));
  EXPECT_EQ(graph.input(0).type().tensor_type().elem_type(), onnx::TensorProto::FLOAT);
  EXPECT_EQ(graph.output(0).type().tensor_type().elem_type(), onnx::TensorProto::FLOAT);
  EXPECT_EQ(graph.node(0).op_type(), "Cast");
  EXPECT_EQ(graph.node(graph.node_size() - 1).output(0), "saliency");
  std::map<std::string, int> types;
  for (const auto& tensor : graph.initializer()) types[tensor.name()] = tensor.data_type();
  EXPECT_EQ(types.at("w"), onnx::TensorProto::FLOAT16);
  for (const auto& node : graph.node()) {
    if (node.op_type() == "Resize") {
      EXPECT_EQ(types.at(node.input(2)), onnx::TensorProto::FLOAT) << "Resize takes its scales in float32 alone";
    }
  }
}

TEST(NarrowGraph, SaysWhatCannotBeHalved) {
  test::StandIn stand_in;
  onnx::ModelProto model;
  ASSERT_TRUE(model.ParseFromString(test::stand_in_model(stand_in)));
  model.mutable_graph()->mutable_node(0)->set_op_type("QLinearConv");
  const std::string bytes = model.SerializeAsString();
  const auto prepared = prepare_graph(std::as_bytes(std::span(bytes)), "test.onnx", {1, true});
  EXPECT_THAT(prepared.half_refused, testing::HasSubstr("QLinearConv"));
  EXPECT_EQ(prepared.model, prepare_graph(std::as_bytes(std::span(bytes)), "test.onnx").model);
}

}  // namespace
}  // namespace peel
