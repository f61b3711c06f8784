#pragma once

#include <onnx/onnx_pb.h>

#include <map>
#include <string>
#include <vector>

namespace peel::quantization {

/// How large the values of each channel of a tensor are.
using Peaks = std::map<std::string, std::vector<double>>;

/// Brings the channels of inner tensors to a like size, by dividing what a convolution gives and multiplying what the
/// next ones take: a scale for a whole tensor then fits each of its channels. What the network computes stays the same
/// to the bit, since the factors are powers of two.
///
/// After Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction", ICCV 2019, section
/// 4.1, with two differences: the sizes are measured ones of activations, not of weights, and factors pass through
/// every operator that treats channels alike and keeps a positive factor (Relu, MaxPool, Resize, Concat, Add ...), so
/// that nested U-shaped networks can be brought to one size throughout.
///
/// `peaks`: of the tensors that are to be rounded. Channels that lead to anything else (Sigmoid, the output) stay.
onnx::ModelProto equalise(onnx::ModelProto prepared, const Peaks& peaks, double alpha, bool pow2, double floor);

}  // namespace peel::quantization
