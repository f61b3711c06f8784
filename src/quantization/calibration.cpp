#include "quantization/calibration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "base/parallel.hpp"
#include "quantization/observe.hpp"

namespace peel::quantization {
namespace {

void add_channels(TensorStatistics& statistics, std::span<const std::int64_t> shape, std::span<const float> values,
                  double weight, int threads) {
  if (shape.size() != 4 || shape[0] != 1 || shape[1] <= 0 || values.empty()) return;
  const auto channels = static_cast<std::size_t>(shape[1]);
  const std::size_t size = values.size() / channels;
  statistics.channel_means.resize(channels);
  statistics.channel_peaks.resize(channels);
  statistics.channel_powers.resize(channels);
  parallel_for(0, shape[1], 8, threads, [&](std::int64_t first, std::int64_t last) {
    for (auto channel = static_cast<std::size_t>(first); channel < static_cast<std::size_t>(last); ++channel) {
      double sum = 0;
      double squares = 0;
      float peak = 0;
      for (const float value : values.subspan(channel * size, size)) {
        sum += static_cast<double>(value);
        squares += static_cast<double>(value) * static_cast<double>(value);
        peak = std::max(peak, std::abs(value));
      }
      statistics.channel_means[channel] += weight * sum / static_cast<double>(size);
      statistics.channel_powers[channel] += weight * squares / static_cast<double>(size);
      statistics.channel_peaks[channel] = std::max(statistics.channel_peaks[channel], static_cast<double>(peak));
    }
  });
}

Range range_of(const Histogram& histogram, const Method& method, Activations activations) {
  switch (method.kind) {
    case Method::Kind::percentile:
      return percentile_range(histogram, method.level / 100);
    case Method::Kind::entropy:
      return entropy_range(histogram, activations);
    case Method::Kind::minmax:
      break;
  }
  return min_max_range(histogram);
}

// Beyond it a Sigmoid is within 0.0004 of 0 or 1, a tenth of a mask's level. IS-Net's logits go down to -1900: a scale
// for all of that would leave nothing between 0 and 1.
constexpr double SURE_LOGIT = 8;

}  // namespace

std::string Method::name() const {
  switch (kind) {
    case Kind::percentile:
      return fmt::format("percentile {}", level);
    case Kind::entropy:
      return "entropy";
    case Kind::minmax:
      break;
  }
  return "minmax";
}

Statistics calibrate(const onnx::ModelProto& prepared, const std::vector<std::string>& tensors, Observed look,
                     std::size_t pictures, const InputOf& input_of, int threads,
                     const std::function<void(std::size_t)>& done) {
  Statistics statistics;
  std::vector<TensorStatistics*> places;
  places.reserve(tensors.size());
  for (const auto& tensor : tensors) places.push_back(&statistics[tensor]);
  ObservedNetwork network(prepared, tensors, threads);
  const double weight = 1.0 / static_cast<double>(pictures);
  for (std::size_t picture = 0; picture < pictures; ++picture) {
    network.run(input_of(picture),
                [&](std::size_t index, std::span<const std::int64_t> shape, std::span<const float> values) {
                  if (look == Observed::everything) places[index]->histogram.add(values, threads);
                  places[index]->elements = values.size();
                  add_channels(*places[index], shape, values, weight, threads);
                });
    done(picture + 1);
  }
  return statistics;
}

Numbers numbers_for(const QuantizationPlan& plan, const Statistics& statistics, const Method& method,
                    Activations activations, int weight_bits) {
  Numbers numbers;
  numbers.activations = activations;
  numbers.weight_bits = weight_bits;
  std::vector<Range> ranges(static_cast<std::size_t>(plan.scales));
  for (const auto& [tensor, number] : plan.scale_of) {
    const auto& seen = statistics.at(tensor);
    auto& range = ranges[static_cast<std::size_t>(number)];
    Range own = range_of(seen.histogram, method, activations);
    if (plan.logits.contains(tensor)) own = {std::max(own.least, -SURE_LOGIT), std::min(own.greatest, SURE_LOGIT)};
    range = join(range, own);
    if (!seen.channel_means.empty()) numbers.means.emplace(tensor, seen.channel_means);
  }
  numbers.scales.reserve(ranges.size());
  for (const auto& range : ranges) numbers.scales.push_back(scale_for(range, activations));
  return numbers;
}

}  // namespace peel::quantization
