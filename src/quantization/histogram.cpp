#include "quantization/histogram.hpp"

#include <algorithm>
#include <cmath>
#include <mutex>

#include "base/parallel.hpp"

namespace peel::quantization {
namespace {

constexpr std::int64_t GRAIN = 1 << 18;

struct Extremes {
  float least = 0;
  float greatest = 0;
};

Extremes extremes(std::span<const float> values, int threads) {
  Extremes all;
  std::mutex guard;
  parallel_for(0, static_cast<std::int64_t>(values.size()), GRAIN, threads, [&](std::int64_t first, std::int64_t last) {
    float least = 0;
    float greatest = 0;
    for (std::int64_t i = first; i < last; ++i) {
      const float value = values[static_cast<std::size_t>(i)];
      const float finite = std::isfinite(value) ? value : 0.0f;
      least = std::min(least, finite);
      greatest = std::max(greatest, finite);
    }
    const std::lock_guard lock(guard);
    all.least = std::min(all.least, least);
    all.greatest = std::max(all.greatest, greatest);
  });
  return all;
}

void halve(std::vector<std::uint64_t>& bins) {
  for (std::size_t i = 0; i < bins.size() / 2; ++i) bins[i] = bins[2 * i] + bins[2 * i + 1];
  std::fill(bins.begin() + static_cast<std::ptrdiff_t>(bins.size() / 2), bins.end(), 0);
}

}  // namespace

void Histogram::widen_to(float magnitude) {
  if (magnitude <= 0) return;
  if (limit_ == 0) {
    // What came so far was zeros, all in bin 0 already.
    limit_ = magnitude;
    return;
  }
  for (; magnitude > limit_; limit_ *= 2) {
    halve(above_);
    halve(below_);
  }
}

void Histogram::add(std::span<const float> values, int threads) {
  const auto [least, greatest] = extremes(values, threads);
  least_ = std::min(least_, least);
  greatest_ = std::max(greatest_, greatest);
  widen_to(std::max(greatest, -least));
  const float per_unit = limit_ > 0 ? static_cast<float>(static_cast<double>(BINS) / limit_) : 0.0f;
  std::mutex guard;
  parallel_for(0, static_cast<std::int64_t>(values.size()), GRAIN, threads, [&](std::int64_t first, std::int64_t last) {
    // Two banks in turn: equal neighbours (zeros behind a Relu) would wait for each other's count.
    std::array<std::array<std::uint32_t, 2 * BINS>, 2> banks{};
    std::uint64_t counted = 0;
    for (std::int64_t i = first; i < last; ++i) {
      const float value = values[static_cast<std::size_t>(i)];
      if (!std::isfinite(value)) continue;
      const auto bin = std::min(static_cast<std::size_t>(std::abs(value) * per_unit), BINS - 1);
      ++banks[static_cast<std::size_t>(i & 1)][value < 0 ? BINS + bin : bin];
      ++counted;
    }
    const std::lock_guard lock(guard);
    count_ += counted;
    for (const auto& bank : banks) {
      for (std::size_t i = 0; i < BINS; ++i) {
        above_[i] += bank[i];
        below_[i] += bank[BINS + i];
      }
    }
  });
}

}  // namespace peel::quantization
