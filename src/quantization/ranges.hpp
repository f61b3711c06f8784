#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "quantization/histogram.hpp"

namespace peel::quantization {

/// What bytes stand for: value = (byte - zero) x scale, as ONNX's DequantizeLinear has it.
struct Scale {
  float scale = 1;
  int zero = 0;
};

/// How bytes are laid out.
enum class Activations {
  unsigned_asymmetric,  ///< uint8, any zero: what a CPU computes fastest
  signed_symmetric,     ///< int8, zero at 0: what TensorRT takes
};

struct Range {
  double least = 0;
  double greatest = 0;
};

/// Everything that occurred.
Range min_max_range(const Histogram& histogram);

/// Each end where `fraction` (0.5 to 1) of the values lie on the inner side of it.
Range percentile_range(const Histogram& histogram, double fraction);

/// The range of which a distribution rounded to 8 bits keeps most information: least Kullback-Leibler divergence over
/// candidate thresholds (Migacz, GTC 2017, as above). Both ends of a tensor with values of both signs get the same
/// magnitude, cut to what occurred.
Range entropy_range(const Histogram& histogram, Activations activations);

/// Both in one.
Range join(const Range& a, const Range& b);

/// Bytes for a range, which is made to hold zero: padding must be exact.
Scale scale_for(Range range, Activations activations);

}  // namespace peel::quantization
