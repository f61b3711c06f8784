#include "quantization/equalise.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "quantization/channel_classes.hpp"
#include "support/calibration_network.hpp"

namespace peel::quantization {
namespace {

using test::plan_of;
using test::result_of;
using test::SmallNetwork;
using test::statistics_of;
using testing::Each;

onnx::TensorProto& weight(SmallNetwork& network, const std::string& name) {
  for (auto& tensor : *network.model().mutable_graph()->mutable_initializer()) {
    if (tensor.name() == name) return tensor;
  }
  throw std::logic_error(name);
}

void multiply(onnx::TensorProto& tensor, std::size_t first, std::size_t count, float factor) {
  auto values = float_values(tensor);
  for (std::size_t i = first; i < first + count; ++i) values[i] *= factor;
  const std::vector<std::int64_t> shape(tensor.dims().begin(), tensor.dims().end());
  tensor = tensor_of(tensor.name(), shape, std::span<const float>(values));
}

// As training leaves some: one channel of the first convolution is 64 times larger than the others, which the
// convolutions that read it make up for.
SmallNetwork lopsided() {
  SmallNetwork network;
  multiply(weight(network, "first_w"), 0, 27, 64);
  multiply(weight(network, "first_b"), 0, 1, 64);
  for (std::size_t output = 0; output < 4; ++output) multiply(weight(network, "second_w"), output * 36, 9, 1 / 64.0f);
  multiply(weight(network, "last_w"), 0, 9, 1 / 64.0f);
  return network;
}

double error_of(const onnx::ModelProto& quantised, const onnx::ModelProto& model) {
  double sum = 0;
  for (std::uint32_t seed = 1; seed <= 4; ++seed) {
    const Tensor got = result_of(quantised, SmallNetwork::input(seed));
    const Tensor wanted = result_of(model, SmallNetwork::input(seed));
    for (std::size_t i = 0; i < wanted.values.size(); ++i) {
      sum += std::abs(static_cast<double>(got.values[i]) - static_cast<double>(wanted.values[i]));
    }
  }
  return sum;
}

TEST(ChannelClasses, FollowChannelsThroughTheGraph) {
  const SmallNetwork network;
  const ChannelClasses classes(network.graph());
  const auto& first = *classes.of("first");
  const auto& both = *classes.of("both");
  ASSERT_EQ(first.size(), 4U);
  EXPECT_EQ(*classes.of("pooled"), first);
  ASSERT_EQ(both.size(), 8U);
  EXPECT_TRUE(std::equal(first.begin(), first.end(), both.begin()));
  EXPECT_EQ(both[4], classes.of("second")->front());
  EXPECT_FALSE(classes.is_fixed(both[0]));
  EXPECT_TRUE(classes.is_fixed(classes.of("last")->front()));
  EXPECT_EQ(classes.of("picture"), nullptr);
}

TEST(ChannelClasses, JoinWhatIsAddedAndFixWhatSharesWeights) {
  SmallNetwork network;
  for (auto& node : *network.model().mutable_graph()->mutable_node()) {
    if (node.op_type() == "Concat") {
      node.set_op_type("Add");
      node.clear_attribute();
    }
  }
  const ChannelClasses added(network.graph());
  EXPECT_EQ(*added.of("first"), *added.of("second"));
  for (auto& node : *network.model().mutable_graph()->mutable_node()) {
    if (node.name() == "last") node.set_input(1, "second_w");
  }
  const ChannelClasses shared(network.graph());
  EXPECT_EQ(shared.of("second"), nullptr);
  for (const auto number : *shared.of("first")) EXPECT_TRUE(shared.is_fixed(number));
}

TEST(Equalise, LeavesWhatTheNetworkComputesAsItIsToTheBit) {
  const SmallNetwork network = lopsided();
  const QuantizationPlan plan = plan_of(network);
  const auto equal = equalise(network.model(), plan, statistics_of(network, plan));
  EXPECT_NE(equal.SerializeAsString(), network.model().SerializeAsString());
  for (std::uint32_t seed = 1; seed <= 3; ++seed) {
    const Tensor input = SmallNetwork::input(seed);
    EXPECT_EQ(result_of(equal, input).values, result_of(network.model(), input).values);
  }
}

TEST(Equalise, MakesTheRoundingErrorOfALopsidedNetworkSmall) {
  const SmallNetwork network = lopsided();
  const QuantizationPlan plan = plan_of(network);
  const auto statistics = statistics_of(network, plan);
  const auto plain = rewrite(network.model(), plan, numbers_for(plan, statistics, {}, Activations{}, 8));
  SmallNetwork equal = network;
  equal.model() = equalise(network.model(), plan, statistics);
  const auto better = rewrite(equal.model(), plan, numbers_for(plan, statistics_of(equal, plan), {}, Activations{}, 8));
  EXPECT_LT(error_of(better, network.model()), 0.2 * error_of(plain, network.model()));
}

}  // namespace
}  // namespace peel::quantization
