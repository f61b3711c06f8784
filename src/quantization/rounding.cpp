#include "quantization/rounding.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

namespace peel::quantization {
namespace {

void balance(std::span<const double> weights, int most, std::span<std::int8_t> rounded) {
  double sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) sum += rounded[i] - weights[i];
  const int step = sum > 0 ? -1 : 1;
  const auto flips = static_cast<std::size_t>(std::nearbyint(std::abs(sum)));
  if (flips == 0) return;
  std::vector<std::size_t> order(weights.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return step * (rounded[i] - weights[i]); });
  std::size_t done = 0;
  for (const std::size_t i : order) {
    if (done == flips || step * (rounded[i] - weights[i]) >= 0) break;
    if (std::abs(rounded[i] + step) > most) continue;
    rounded[i] = static_cast<std::int8_t>(rounded[i] + step);
    ++done;
  }
}

}  // namespace

void round_weights(std::span<const double> weights, std::size_t taps, int most, std::span<std::int8_t> rounded) {
  for (std::size_t i = 0; i < weights.size(); ++i) {
    rounded[i] = static_cast<std::int8_t>(
        std::clamp(std::nearbyint(weights[i]), -static_cast<double>(most), static_cast<double>(most)));
  }
  for (std::size_t first = 0; first + taps <= weights.size(); first += taps) {
    balance(weights.subspan(first, taps), most, rounded.subspan(first, taps));
  }
}

}  // namespace peel::quantization
