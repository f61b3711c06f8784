#include "measures/statistics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace peel {
namespace {

TEST(Statistics, QuantilesAreInterpolated) {
  EXPECT_DOUBLE_EQ(median({3, 1, 2}), 2);
  EXPECT_DOUBLE_EQ(median({4, 1, 2, 3}), 2.5);
  EXPECT_DOUBLE_EQ(median({7}), 7);
  EXPECT_DOUBLE_EQ(median({}), 0);
  // R: quantile(c(1, 2, 3, 4, 10), c(0, .25, .95, 1)) is 1, 2, 8.8, 10.
  EXPECT_DOUBLE_EQ(quantile({10, 4, 3, 2, 1}, 0), 1);
  EXPECT_DOUBLE_EQ(quantile({10, 4, 3, 2, 1}, 0.25), 2);
  EXPECT_DOUBLE_EQ(quantile({10, 4, 3, 2, 1}, 0.95), 8.8);
  EXPECT_DOUBLE_EQ(quantile({10, 4, 3, 2, 1}, 1), 10);
}

TEST(Statistics, TheSameSamplesGiveTheSameInterval) {
  const std::vector<double> values{5, 9, 1, 7, 3, 8, 2, 6, 4};
  const TimeStatistics a = time_statistics(values);
  const TimeStatistics b = time_statistics(values);
  EXPECT_DOUBLE_EQ(a.median, 5);
  EXPECT_DOUBLE_EQ(a.least, 1);
  EXPECT_DOUBLE_EQ(a.p95, 8.6);
  EXPECT_EQ(a.median_interval.low, b.median_interval.low);
  EXPECT_EQ(a.median_interval.high, b.median_interval.high);
  EXPECT_LT(a.median_interval.low, 5);
  EXPECT_GT(a.median_interval.high, 5);
  const TimeStatistics one = time_statistics(std::vector<double>{4});
  EXPECT_EQ(one.median_interval.low, 4);
  EXPECT_EQ(one.median_interval.high, 4);
}

TEST(Statistics, IntervalsHoldTheMedianAsOftenAsTheySay) {
  std::mt19937_64 random(1);
  std::lognormal_distribution<double> times(std::log(100.0), 0.4);  // skewed, as times are; its median is 100
  constexpr int trials = 200;
  int held = 0;
  for (int trial = 0; trial < trials; ++trial) {
    std::vector<double> values(30);
    for (double& value : values) value = times(random);
    const Interval interval = time_statistics(values).median_interval;
    held += interval.low <= 100 && 100 <= interval.high ? 1 : 0;
  }
  // 95 % of 200 is 190; fewer than 180 would come of such an interval once in thousands of times.
  EXPECT_GE(held, 180);
  EXPECT_LT(held, trials);
}

TEST(Statistics, ADriftingMachineDoesNotBlurASpeedup) {
  std::vector<PairedTurn> turns;
  for (int i = 0; i < 30; ++i) {
    const double slow = 100.0 + 20 * i;  // everything takes longer and longer
    turns.push_back({{slow}, {slow / 2}});
  }
  const Speedup result = speedup(turns);
  EXPECT_DOUBLE_EQ(result.ratio, 2);
  EXPECT_NEAR(result.interval.low, 2, 1e-9);
  EXPECT_NEAR(result.interval.high, 2, 1e-9);
}

TEST(Statistics, TurnsMayHoldDifferentNumbersOfSamples) {
  const std::vector<PairedTurn> turns{{{10, 10}, {5}}, {{10, 12}, {5}}, {{10, 8}, {4}}};
  const Speedup result = speedup(turns);
  EXPECT_DOUBLE_EQ(result.ratio, 2);
  EXPECT_LE(result.interval.low, 2);
  EXPECT_GE(result.interval.high, 2);
  EXPECT_DOUBLE_EQ(speedup({}).ratio, 1);
}

}  // namespace
}  // namespace peel
