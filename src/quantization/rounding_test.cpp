#include "quantization/rounding.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace peel::quantization {
namespace {

using testing::ElementsAre;

std::vector<std::int8_t> rounded(const std::vector<double>& weights, std::size_t taps, int most) {
  std::vector<std::int8_t> result(weights.size());
  round_weights(weights, taps, most, result);
  return result;
}

TEST(RoundWeights, IsToTheNearestWhereThereIsOneTap) {
  EXPECT_THAT(rounded({1.4, -1.4, 1.6, 0.0, 130.0}, 1, 127), ElementsAre(1, -1, 2, 0, 127));
}

TEST(RoundWeights, SendsTheClosestCallsTheOtherWay) {
  // To the nearest they would be 1, 1, 1, 3: 1.7 below their sum.
  EXPECT_THAT(rounded({1.45, 1.48, 1.4, 3.37}, 4, 127), ElementsAre(2, 2, 1, 3));
  EXPECT_THAT(rounded({-1.45, -1.48, -1.4, -3.37}, 4, 127), ElementsAre(-2, -2, -1, -3));
}

TEST(RoundWeights, KeepsTheSumOfEachKernelWithinHalfAStep) {
  std::mt19937 random(1);
  for (const int most : {63, 127}) {
    std::vector<double> weights(std::size_t{200} * 9);
    for (auto& weight : weights) weight = (static_cast<double>(random()) / 4294967296.0 * 2 - 1) * most;
    const auto result = rounded(weights, 9, most);
    for (std::size_t first = 0; first < weights.size(); first += 9) {
      double sum = 0;
      for (std::size_t i = first; i < first + 9; ++i) {
        EXPECT_LT(std::abs(result[i] - weights[i]), 1);
        EXPECT_LE(std::abs(result[i]), most);
        sum += result[i] - weights[i];
      }
      EXPECT_LE(std::abs(sum), 0.5 + 1e-9);
    }
  }
}

}  // namespace
}  // namespace peel::quantization
