#include "quantization/ranges.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace peel::quantization {
namespace {

// The value on one side of zero that `outside` values of that side lie beyond.
double tail(const std::vector<std::uint64_t>& bins, double width, double outside) {
  double beyond = 0;
  for (std::size_t i = bins.size(); i-- > 0;) {
    beyond += static_cast<double>(bins[i]);
    if (beyond > outside) return static_cast<double>(i + 1) * width;
  }
  return 0;
}

// The divergence of a distribution from what is left of it when bins beyond `kept` are moved into the last one and the
// rest is rounded to `levels`. Divergence in nats, without the part that is the same for all thresholds.
double divergence(const std::vector<double>& bins, std::size_t kept, std::size_t levels) {
  double total = 0;
  for (const double bin : bins) total += bin;
  double outside = 0;
  for (std::size_t i = kept; i < bins.size(); ++i) outside += bins[i];
  double sum = 0;
  for (std::size_t level = 0; level < levels; ++level) {
    const std::size_t first = level * kept / levels;
    const std::size_t last = (level + 1) * kept / levels;
    double mass = 0;
    std::size_t filled = 0;
    for (std::size_t i = first; i < last; ++i) {
      mass += bins[i];
      filled += bins[i] > 0 ? 1 : 0;
    }
    for (std::size_t i = first; i < last; ++i) {
      const double p = (bins[i] + (i + 1 == kept ? outside : 0.0)) / total;
      if (p <= 0) continue;
      // The rounded distribution is one of the values inside alone, brought back to a total of 1.
      const double q = filled > 0 && bins[i] > 0 ? mass / static_cast<double>(filled) / (total - outside) : 1e-9;
      sum += p * std::log(p / q);
    }
  }
  return sum;
}

// In bins from zero: the end of the range with least divergence.
std::size_t best_threshold(const std::vector<double>& bins, std::size_t levels) {
  std::size_t end = bins.size();
  while (end > levels && bins[end - 1] <= 0) --end;
  std::size_t best = end;
  double least = divergence(bins, end, levels);
  const std::size_t step = std::max<std::size_t>(1, (end - levels) / 256);
  for (std::size_t kept = levels; kept < end; kept += step) {
    const double found = divergence(bins, kept, levels);
    if (found < least) {
      least = found;
      best = kept;
    }
  }
  return best;
}

}  // namespace

Range min_max_range(const Histogram& histogram) {
  return {histogram.least(), histogram.greatest()};
}

Range percentile_range(const Histogram& histogram, double fraction) {
  const double outside = (1 - fraction) * static_cast<double>(histogram.count());
  const double width = histogram.bin_width();
  return {std::max<double>(-tail(histogram.below(), width, outside), histogram.least()),
          std::min<double>(tail(histogram.above(), width, outside), histogram.greatest())};
}

Range entropy_range(const Histogram& histogram, Activations activations) {
  const bool both_signs = histogram.least() < 0;
  // Zeros are exact in any range; a Relu's many would drown everything else.
  std::vector<double> bins(Histogram::BINS);
  for (std::size_t i = 0; i < bins.size(); ++i) {
    bins[i] = static_cast<double>(histogram.above()[i] + histogram.below()[i]);
  }
  bins[0] = bins.size() > 1 ? bins[1] : 0;
  const bool halved = both_signs || activations == Activations::signed_symmetric;
  if (std::accumulate(bins.begin(), bins.end(), 0.0) <= 0) return min_max_range(histogram);
  const auto threshold = static_cast<double>(best_threshold(bins, halved ? 128 : 256)) * histogram.bin_width();
  return {std::max<double>(histogram.least(), -threshold), std::min<double>(histogram.greatest(), threshold)};
}

Range join(const Range& a, const Range& b) {
  return {std::min(a.least, b.least), std::max(a.greatest, b.greatest)};
}

Scale scale_for(Range range, Activations activations) {
  const double least = std::min(range.least, 0.0);
  const double greatest = std::max(range.greatest, 0.0);
  // A tensor that is all zeros needs some scale; below the least normal number the runtime's 1/scale is infinite.
  constexpr double SMALLEST = 1e-20;
  if (activations == Activations::signed_symmetric) {
    return {static_cast<float>(std::max(std::max(-least, greatest) / 127, SMALLEST)), 0};
  }
  const double scale = std::max((greatest - least) / 255, SMALLEST);
  const int zero = std::clamp(static_cast<int>(std::nearbyint(-least / scale)), 0, 255);
  return {static_cast<float>(scale), zero};
}

}  // namespace peel::quantization
