#include "measures/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>

namespace peel {
namespace {

// Efron and Tibshirani take 1000 for percentile intervals; twice that costs milliseconds.
constexpr int RESAMPLES = 2000;
constexpr std::uint64_t SEED = 20240229;

/// The 2.5th and the 97.5th percentile of a statistic over resamples of `count` indices.
template <typename Statistic>
Interval bootstrap(std::size_t count, const Statistic& statistic) {
  std::mt19937_64 random(SEED);
  std::vector<std::size_t> drawn(count);
  std::vector<double> values;
  values.reserve(RESAMPLES);
  for (int i = 0; i < RESAMPLES; ++i) {
    // Not std::uniform_int_distribution, whose numbers differ between standard libraries.
    for (auto& index : drawn) index = static_cast<std::size_t>(random() % count);
    values.push_back(statistic(drawn));
  }
  return {quantile(values, 0.025), quantile(values, 0.975)};
}

}  // namespace

double quantile(std::vector<double> values, double q) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  const double at = q * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return std::lerp(values[below], values[above], at - static_cast<double>(below));
}

double median(std::vector<double> values) {
  return quantile(std::move(values), 0.5);
}

TimeStatistics time_statistics(std::span<const double> values) {
  if (values.empty()) return {};
  TimeStatistics result;
  const std::vector<double> all(values.begin(), values.end());
  result.median = median(all);
  result.p95 = quantile(all, 0.95);
  result.least = *std::ranges::min_element(all);
  std::vector<double> resample(all.size());
  result.median_interval = bootstrap(all.size(), [&](const std::vector<std::size_t>& drawn) {
    std::ranges::transform(drawn, resample.begin(), [&](std::size_t index) { return all[index]; });
    return median(resample);
  });
  return result;
}

Speedup speedup(std::span<const PairedTurn> turns) {
  if (turns.empty()) return {};
  const auto ratio = [&](const auto& indices) {
    std::vector<double> baseline;
    std::vector<double> other;
    for (const std::size_t index : indices) {
      const PairedTurn& turn = turns[index];
      baseline.insert(baseline.end(), turn.baseline.begin(), turn.baseline.end());
      other.insert(other.end(), turn.other.begin(), turn.other.end());
    }
    return median(std::move(baseline)) / median(std::move(other));
  };
  std::vector<std::size_t> each(turns.size());
  for (std::size_t i = 0; i < each.size(); ++i) each[i] = i;
  return {ratio(each), bootstrap(turns.size(), ratio)};
}

}  // namespace peel
