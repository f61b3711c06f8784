#include "quantization/ranges.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

namespace peel::quantization {
namespace {

std::vector<float> ramp(std::size_t count, float last) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = last * static_cast<float>(i) / static_cast<float>(count - 1);
  return values;
}

TEST(Histogram, CountsEveryFiniteValueOnceHoweverTheRangeGrows) {
  Histogram histogram;
  const auto small = ramp(1000, 1.0f);
  const auto large = ramp(1000, -37.0f);
  const std::vector<float> odd{0, std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), 5};
  histogram.add(small, 1);
  histogram.add(large, 2);
  histogram.add(odd, 1);
  EXPECT_EQ(histogram.count(), 2002U);
  EXPECT_EQ(histogram.least(), -37.0f);
  EXPECT_EQ(histogram.greatest(), 5.0f);
  const auto sum = [](const auto& bins) { return std::accumulate(bins.begin(), bins.end(), std::uint64_t{0}); };
  EXPECT_EQ(sum(histogram.below()), 999U);
  EXPECT_EQ(sum(histogram.above()), 1003U);
  EXPECT_GE(histogram.bin_width() * static_cast<double>(Histogram::BINS), 37.0);
}

TEST(Histogram, IsTheSameWithAnyNumberOfThreads) {
  Histogram one;
  Histogram several;
  const auto values = ramp(2'000'000, 3.0f);
  one.add(values, 1);
  several.add(values, 4);
  EXPECT_EQ(one.above(), several.above());
}

TEST(Ranges, MinMaxHoldsEverythingAndPercentileLeavesOutliers) {
  Histogram histogram;
  auto values = ramp(100'000, 1.0f);
  values.push_back(50.0f);
  histogram.add(values, 1);
  EXPECT_EQ(min_max_range(histogram).greatest, 50.0);
  EXPECT_NEAR(percentile_range(histogram, 0.9999).greatest, 1.0, 0.05);
  EXPECT_EQ(percentile_range(histogram, 1.0).greatest, 50.0);
}

TEST(Ranges, EntropyCutsALongTailAndKeepsAnEvenDistribution) {
  Histogram tailed;
  auto values = ramp(200'000, 1.0f);
  values.push_back(80.0f);
  tailed.add(values, 1);
  const double cut = entropy_range(tailed, Activations::unsigned_asymmetric).greatest;
  EXPECT_LT(cut, 40.0);
  EXPECT_GE(cut, 1.0);
  Histogram even;
  even.add(ramp(200'000, 1.0f), 1);
  EXPECT_GT(entropy_range(even, Activations::unsigned_asymmetric).greatest, 0.95);
}

TEST(Ranges, OfNothingButZerosGivesAScale) {
  Histogram histogram;
  histogram.add(std::vector<float>(100), 1);
  for (const auto& range : {min_max_range(histogram), percentile_range(histogram, 0.999),
                            entropy_range(histogram, Activations::unsigned_asymmetric)}) {
    const Scale scale = scale_for(range, Activations::unsigned_asymmetric);
    EXPECT_GT(scale.scale, 0.0f);
    EXPECT_TRUE(std::isfinite(1 / scale.scale));
    EXPECT_EQ(scale.zero, 0);
  }
}

TEST(Scales, HoldZeroExactly) {
  const Scale positive = scale_for({0.5, 4.0}, Activations::unsigned_asymmetric);
  EXPECT_EQ(positive.zero, 0);
  EXPECT_FLOAT_EQ(positive.scale, 4.0f / 255);
  const Scale mixed = scale_for({-1.0, 3.0}, Activations::unsigned_asymmetric);
  EXPECT_EQ(mixed.zero, 64);
  const Scale symmetric = scale_for({-1.0, 3.0}, Activations::signed_symmetric);
  EXPECT_EQ(symmetric.zero, 0);
  EXPECT_FLOAT_EQ(symmetric.scale, 3.0f / 127);
}

}  // namespace
}  // namespace peel::quantization
