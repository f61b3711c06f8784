#include "quantization/selection.hpp"

#include <gtest/gtest.h>

#include "support/calibration_network.hpp"

namespace peel::quantization {
namespace {

TEST(Selection, CountsMultiplications) {
  const test::SmallNetwork network;
  const QuantizationPlan plan = test::plan_of(network);
  const auto layers = convolutions(network.graph(), plan, test::statistics_of(network, plan));
  ASSERT_EQ(layers.size(), 3U);
  EXPECT_EQ(layers[0].node, "first");
  EXPECT_EQ(layers[0].multiplications, 3.0 * 9 * 4 * 16 * 16);
  EXPECT_EQ(layers[1].multiplications, 4.0 * 9 * 4 * 8 * 8);
}

TEST(Selection, PutsFirstWhatGainsMostForItsCostAndLeavesOutWhatGainsNothing) {
  std::vector<LayerWorth> layers{{"dear", 3, 3000}, {"cheap", 2, 1000}, {"harmful", -1, 10}, {"tiny", 0.5, 0}};
  sort_by_worth(layers);
  ASSERT_EQ(layers.size(), 3U);
  EXPECT_EQ(layers[0].node, "tiny");
  EXPECT_EQ(layers[1].node, "cheap");
  EXPECT_EQ(layers[2].node, "dear");
}

TEST(Selection, GainsAreTheSameForEasyAndHardPictures) {
  EXPECT_NEAR(gain_of({1000, 10}, {500, 10}), 0.25, 0.01);
  EXPECT_NEAR(gain_of({1000, 10}, {1000, 5}), 0.25, 0.01);
  EXPECT_NEAR(gain_of({0, 10}, {0.001, 10}), 0, 0.1);
}

TEST(Selection, PatternsStandForAnyText) {
  EXPECT_TRUE(fits("/stage1d/*", "/stage1d/rebnconv1/Conv"));
  EXPECT_FALSE(fits("stage1d", "/stage1d/rebnconv1/Conv"));
}

}  // namespace
}  // namespace peel::quantization
