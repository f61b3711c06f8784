#pragma once

#include <onnx/onnx_pb.h>

#include <map>
#include <string>
#include <vector>

#include "quantization/plan.hpp"
#include "quantization/ranges.hpp"

namespace peel::quantization {

/// What a graph is written with.
struct Numbers {
  Activations activations = Activations::unsigned_asymmetric;
  std::vector<Scale> scales;  ///< by the numbers of QuantizationPlan::scale_of
  /// Of weights, 8; 7 where products of two bytes are added in 16 bits that would overflow (see reduce_range()).
  int weight_bits = 8;
  /// Mean of each channel of a tensor in the float network, where known: the biases of convolutions that read it are
  /// corrected.
  std::map<std::string, std::vector<double>> means;
};

/// The graph in QDQ form: behind every tensor with a scale a QuantizeLinear and a DequantizeLinear, read by all nodes
/// that read the tensor; weights as int8, symmetric, a scale for each output channel; biases as int32. A runtime that
/// knows the form joins them into INT8 operators; any other computes the same in float.
///
/// Biases are corrected for what rounding the weights adds to a convolution's mean output, E[dW x] = dW E[x], from the
/// means of its input's channels (Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias
/// Correction", ICCV 2019, section 4.2, with means that were measured). Throws Error(model).
onnx::ModelProto rewrite(const onnx::ModelProto& prepared, const QuantizationPlan& plan, const Numbers& numbers);

}  // namespace peel::quantization
