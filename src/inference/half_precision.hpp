#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <string>

namespace peel {

/// IEEE 754 binary16 to binary32, exact.
float from_half(std::uint16_t half);
/// binary32 to binary16, to the nearest (ties to even). What is beyond half's range (65504) becomes its greatest value,
/// not infinity, from which a network would never come back; NaN stays NaN.
std::uint16_t to_half(float value);

/// Every float16 weight, input, output and Cast becomes float32. Whether there was any.
bool widen_graph(onnx::GraphProto& graph);

/// What stands against a half-precision form of a graph: If, Loop or Scan, or quantised operators. Empty: nothing.
std::string why_not_half(const onnx::GraphProto& graph);

/// The other way, for a graph that nothing stands against: weights and arithmetic in float16, the graph's inputs and
/// outputs in float32 as before, behind Casts. What an operator takes only in float32 (the scales of Resize) stays so.
void narrow_graph(onnx::GraphProto& graph);

}  // namespace peel
