#include "quantization/rewrite.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/checker.h>

#include <cmath>

#include "quantization/observe.hpp"
#include "support/calibration_network.hpp"
#include "support/error_of.hpp"

namespace peel::quantization {
namespace {

using test::plan_of;
using test::result_of;
using test::SmallNetwork;
using test::statistics_of;
using testing::ElementsAre;

float largest_difference(const Tensor& a, const Tensor& b) {
  EXPECT_EQ(a.shape, b.shape);
  float most = 0;
  for (std::size_t i = 0; i < a.values.size(); ++i) most = std::max(most, std::abs(a.values[i] - b.values[i]));
  return most;
}

int count(const onnx::ModelProto& model, const std::string& kind) {
  int found = 0;
  for (const auto& node : model.graph().node()) found += node.op_type() == kind ? 1 : 0;
  return found;
}

TEST(QuantizationPlan, QuantisesConvolutionsAndWhatLiesBetween) {
  const SmallNetwork network;
  const QuantizationPlan plan = plan_of(network);
  EXPECT_EQ(plan.quantised.size(), 8U);
  EXPECT_FALSE(plan.quantised.contains("saliency"));
  EXPECT_THAT(plan.folded_relus, ElementsAre("first_relu", "second_relu"));
  EXPECT_FALSE(plan.scale_of.contains("first"));
  EXPECT_EQ(plan.scale_of.at("first_relu"), plan.scale_of.at("pooled"));
  EXPECT_EQ(plan.scale_of.at("first_relu"), plan.scale_of.at("both"));
  EXPECT_EQ(plan.scale_of.at("doubled"), plan.scale_of.at("both"));
  EXPECT_NE(plan.scale_of.at("picture"), plan.scale_of.at("both"));
  EXPECT_THAT(plan.logits, ElementsAre("last"));
  EXPECT_EQ(plan.scales, 3);
}

TEST(QuantizationPlan, LeavesInFloatWhatIsAskedForAndWhatThenGainsNothing) {
  const SmallNetwork network;
  const QuantizationPlan plan = plan_of(network, {"last"});
  // The Concat and the Resize lead to float alone then.
  EXPECT_THAT(plan.quantised, ElementsAre("first", "first_relu", "pooled", "second", "second_relu"));
  EXPECT_FALSE(plan.scale_of.contains("both"));
}

TEST(QuantizationPlan, IsEmptyWithoutConstantConvolutions) {
  SmallNetwork network;
  for (auto& node : *network.model().mutable_graph()->mutable_node()) {
    if (node.op_type() == "Conv") node.set_input(1, "picture");
  }
  EXPECT_TRUE(plan_of(network).quantised.empty());
}

TEST(Rewrite, ComputesWhatTheFloatNetworkDoes) {
  SmallNetwork network;
  const QuantizationPlan plan = plan_of(network);
  const auto statistics = statistics_of(network, plan);
  for (const auto activations : {Activations::unsigned_asymmetric, Activations::signed_symmetric}) {
    for (const int weight_bits : {8, 7}) {
      const auto written = rewrite(network.model(), plan, numbers_for(plan, statistics, {}, activations, weight_bits));
      EXPECT_NO_THROW(onnx::checker::check_model(written));
      EXPECT_EQ(count(written, "Conv"), 3);
      EXPECT_EQ(count(written, "Relu"), activations == Activations::signed_symmetric ? 2 : 0);
      const Tensor input = SmallNetwork::input();
      EXPECT_LT(largest_difference(result_of(written, input), result_of(network.model(), input)), 0.05f);
    }
  }
}

TEST(Rewrite, GivesTheSameBytesEachTime) {
  SmallNetwork network;
  const QuantizationPlan plan = plan_of(network);
  const auto make = [&] {
    return rewrite(network.model(), plan,
                   numbers_for(plan, statistics_of(network, plan), {}, Activations::unsigned_asymmetric, 8))
        .SerializeAsString();
  };
  EXPECT_EQ(make(), make());
}

TEST(Rewrite, KeepsWeightsWithinTheirBits) {
  SmallNetwork network;
  const QuantizationPlan plan = plan_of(network);
  const auto statistics = statistics_of(network, plan);
  const auto largest = [&](int bits) {
    int most = 0;
    const auto written =
        rewrite(network.model(), plan, numbers_for(plan, statistics, {}, Activations::unsigned_asymmetric, bits));
    for (const auto& tensor : written.graph().initializer()) {
      if (tensor.data_type() != onnx::TensorProto::INT8 || tensor.dims_size() != 4) continue;
      for (const char value : tensor.raw_data())
        most = std::max(most, std::abs(static_cast<int>(static_cast<signed char>(value))));
    }
    return most;
  };
  EXPECT_EQ(largest(8), 127);
  EXPECT_EQ(largest(7), 63);
}

TEST(Rewrite, CorrectsTheMeanThatRoundingTheWeightsMoves) {
  SmallNetwork network;
  const QuantizationPlan plan = plan_of(network);
  const auto statistics = statistics_of(network, plan);
  // Three bits round so roughly that the shift is well above everything else.
  Numbers corrected = numbers_for(plan, statistics, {}, Activations::unsigned_asymmetric, 3);
  Numbers plain = corrected;
  plain.means.clear();
  const auto shift = [&](const Numbers& numbers) {
    double sum = 0;
    for (std::uint32_t seed = 1; seed <= 4; ++seed) {
      const Tensor input = SmallNetwork::input(seed);
      const Tensor wanted = result_of(network.model(), input);
      const Tensor got = result_of(rewrite(network.model(), plan, numbers), input);
      for (std::size_t i = 0; i < wanted.values.size(); ++i) {
        sum += static_cast<double>(got.values[i]) - static_cast<double>(wanted.values[i]);
      }
    }
    return std::abs(sum);
  };
  EXPECT_LT(shift(corrected), 0.7 * shift(plain));
}

TEST(Observe, SeesWhatAnOutputOfTheGraphWouldGive) {
  SmallNetwork network;
  std::vector<std::size_t> sizes(2);
  ObservedNetwork observed(network.model(), {"pooled", "both"}, 1);
  observed.run(SmallNetwork::input(),
               [&](std::size_t index, std::span<const std::int64_t> shape, std::span<const float> values) {
                 EXPECT_EQ(shape.size(), 4U);
                 sizes[index] = values.size();
               });
  EXPECT_THAT(sizes, ElementsAre(4U * 8 * 8, 8U * 16 * 16));
  const auto thrown = peel::test::error_of([&] {
    observed.run(SmallNetwork::input(), [](std::size_t, std::span<const std::int64_t>, std::span<const float>) {
      throw Error(ErrorCode::input, "from inside");
    });
  });
  EXPECT_STREQ(thrown.what(), "from inside");
}

}  // namespace
}  // namespace peel::quantization
