#pragma once

#include <span>
#include <vector>

#include "peel/benchmark.hpp"

// Times are skewed and have outliers that mean nothing for the machine (a page fault, another process), so everything
// here is built on medians, and intervals are found by resampling, not from a normal distribution.
namespace peel {

/// 0 for no values; of an even number the mean of the two in the middle.
double median(std::vector<double> values);
/// The value below which `q` (0 to 1) of the values lie, interpolated linearly between them (R's type 7).
double quantile(std::vector<double> values, double q);

TimeStatistics time_statistics(std::span<const double> values);

/// What two configurations took in the same turn: one value each, or one a picture of a batch.
struct PairedTurn {
  std::vector<double> baseline;
  std::vector<double> other;
};

struct Speedup {
  double ratio = 1;  ///< median of all baseline values by the median of all others
  Interval interval;
};
/// Turns are drawn as pairs, so that a moment in which the machine was slow counts for both.
Speedup speedup(std::span<const PairedTurn> turns);

}  // namespace peel
