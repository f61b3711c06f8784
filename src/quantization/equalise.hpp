#pragma once

#include <onnx/onnx_pb.h>

#include "quantization/calibration.hpp"
#include "quantization/plan.hpp"

namespace peel::quantization {

/// Multiplies channels of inner tensors by factors, in the convolution that gives them, and divides by them again in
/// those that read them, so that the network computes the same to the bit (the factors are powers of two) and loses
/// least by rounding: a scale for a whole tensor then fits more of its channels.
///
/// After Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction", ICCV 2019, section
/// 4.1, with two differences. Factors pass through every operator that treats channels alike and keeps a positive
/// factor (Relu, MaxPool, Resize, Concat, Add ...), which nested U-shaped networks are full of. And they are not the
/// ratio of two layers' weights but what makes the rounding noise expected at all convolutions least, from measured
/// values: making channels alike in the activations makes them unlike in the weights that read them, and either can
/// cost more.
///
/// `statistics`: of the tensors of `plan`, in the graph as it is given. Channels that lead to anything else (Sigmoid,
/// the output) stay.
onnx::ModelProto equalise(onnx::ModelProto prepared, const QuantizationPlan& plan, const Statistics& statistics);

}  // namespace peel::quantization
