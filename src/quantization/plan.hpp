#pragma once

#include <onnx/onnx_pb.h>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace peel::quantization {

/// Which operators of a graph compute in INT8, and which tensors have a scale in common.
struct QuantizationPlan {
  std::set<std::string> quantised;      ///< nodes, by name
  std::set<std::string> folded_relus;   ///< of those, Relus that become part of the operator before them
  std::map<std::string, int> scale_of;  ///< tensors with a scale; those of one number share it
  int scales = 0;                       ///< numbers given
  std::set<std::string> logits;         ///< tensors with a scale that a Sigmoid alone reads, at once or behind a Resize
};

/// Says of a node, by its name, whether it is to stay in float.
using KeepFloat = std::function<bool(const onnx::NodeProto& node)>;

/// Convolutions whose weights are constant are quantised, and with them what lies between: operators that only move
/// data (MaxPool, Resize, Concat ...) or that ONNX Runtime has in INT8 (Add, Mul, AveragePool ...). What leads to the
/// output alone stays in float.
/// The graph's nodes are in topological order and have unique names; see prepare().
/// Scales are shared where an operator only chooses or averages values, so that the runtime runs it on bytes: of
/// MaxPool and Resize input and output, of Concat all inputs and its output.
QuantizationPlan make_plan(const onnx::GraphProto& graph, const KeepFloat& keep_float);

}  // namespace peel::quantization
