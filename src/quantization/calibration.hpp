#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "inference/session.hpp"
#include "quantization/histogram.hpp"
#include "quantization/plan.hpp"
#include "quantization/rewrite.hpp"

namespace peel::quantization {

/// What was seen of a tensor over all calibration pictures.
struct TensorStatistics {
  Histogram histogram;
  std::vector<double> channel_means;   ///< of an N x C x H x W tensor; else empty
  std::vector<double> channel_peaks;   ///< of the same: greatest magnitude
  std::vector<double> channel_powers;  ///< of the same: mean square
  std::uint64_t elements = 0;          ///< in one picture
};
using Statistics = std::map<std::string, TensorStatistics>;

/// What of a tensor is looked at.
enum class Observed {
  channels,    ///< all but the histogram
  everything,  ///< takes about twice the time
};

/// Picture `index` as the network's input.
using InputOf = std::function<Tensor(std::size_t index)>;

/// Runs the float network on `pictures` inputs and looks at `tensors`. `done` is called after each picture.
Statistics calibrate(const onnx::ModelProto& prepared, const std::vector<std::string>& tensors, Observed look,
                     std::size_t pictures, const InputOf& input_of, int threads,
                     const std::function<void(std::size_t)>& done);

/// A way to find ranges: "minmax", "percentile" with a level in percent, "entropy".
struct Method {
  enum class Kind { minmax, percentile, entropy } kind = Kind::minmax;
  double level = 100;
  std::string name() const;
};

/// Scales by a method (those that are shared hold every tensor's range), and means for the correction of biases.
Numbers numbers_for(const QuantizationPlan& plan, const Statistics& statistics, const Method& method,
                    Activations activations, int weight_bits);

}  // namespace peel::quantization
