#include "inference/graph.hpp"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "peel/error.hpp"

namespace peel {
namespace {

using Names = std::unordered_set<std::string>;

// A node's inputs, and whatever the bodies of If, Loop and Scan take from outside (they may name any outer value).
void add_needs(const onnx::NodeProto& node, Names& needed) {
  for (const auto& input : node.input()) needed.insert(input);
  const auto add_body = [&](const onnx::GraphProto& body) {
    for (const auto& inner : body.node()) add_needs(inner, needed);
    for (const auto& output : body.output()) needed.insert(output.name());
  };
  for (const auto& attribute : node.attribute()) {
    if (attribute.has_g()) add_body(attribute.g());
    for (const auto& body : attribute.graphs()) add_body(body);
  }
}

template <typename Repeated, typename Predicate>
int erase_if(Repeated& items, Predicate unwanted) {
  int kept = 0;
  const int count = items.size();
  for (int i = 0; i < count; ++i) {
    if (unwanted(items.Get(i))) continue;
    if (kept != i) items.SwapElements(kept, i);
    ++kept;
  }
  items.DeleteSubrange(kept, count - kept);
  return count - kept;
}

void keep_first_output(onnx::GraphProto& graph, PreparedGraph& result) {
  result.outputs_removed = graph.output_size() - 1;
  graph.mutable_output()->DeleteSubrange(1, result.outputs_removed);

  // By name, not by position: files exist whose nodes are not in the order the specification asks for, and the runtime
  // sorts them itself.
  std::unordered_map<std::string, int> producer;
  for (int i = 0; i < graph.node_size(); ++i) {
    for (const auto& output : graph.node(i).output()) producer.emplace(output, i);
  }
  Names needed{graph.output(0).name()};
  std::vector<bool> keep(static_cast<std::size_t>(graph.node_size()));
  std::vector<std::string> open(needed.begin(), needed.end());
  while (!open.empty()) {
    const auto found = producer.find(open.back());
    open.pop_back();
    if (found == producer.end() || keep[static_cast<std::size_t>(found->second)]) continue;
    keep[static_cast<std::size_t>(found->second)] = true;
    Names inputs;
    add_needs(graph.node(found->second), inputs);
    open.insert(open.end(), inputs.begin(), inputs.end());
    needed.merge(inputs);
  }
  std::size_t index = 0;
  result.nodes_removed = erase_if(*graph.mutable_node(), [&](const auto&) { return !keep[index++]; });
  erase_if(*graph.mutable_initializer(), [&](const auto& tensor) { return !needed.contains(tensor.name()); });
  // Shapes and types of inner values are the runtime's to infer; those written here may speak of what is gone.
  graph.clear_value_info();
}

// IEEE 754 binary16 to binary32, exact.
float widen(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000u) << 16;
  const std::uint32_t exponent = (half >> 10) & 0x1Fu;
  const std::uint32_t mantissa = half & 0x3FFu;
  if (exponent == 0) {  // zero or subnormal: mantissa * 2^-24
    const float value = static_cast<float>(mantissa) * 0x1p-24f;
    return sign ? -value : value;
  }
  const std::uint32_t wide = exponent == 31 ? 0x7F800000u : (exponent + 112) << 23;
  return std::bit_cast<float>(sign | wide | mantissa << 13);
}

bool is_half(int type) {
  return type == onnx::TensorProto::FLOAT16;
}

void widen(onnx::TensorProto& tensor, PreparedGraph& result) {
  if (!is_half(tensor.data_type())) return;
  std::vector<float> values;
  if (tensor.has_raw_data()) {
    const std::string& raw = tensor.raw_data();
    values.resize(raw.size() / 2);
    for (std::size_t i = 0; i < values.size(); ++i) {
      std::uint16_t half = 0;
      std::memcpy(&half, raw.data() + 2 * i, 2);
      values[i] = widen(half);
    }
  } else {  // ONNX keeps the bits of a half in an int32 each
    for (const auto bits : tensor.int32_data()) values.push_back(widen(static_cast<std::uint16_t>(bits)));
  }
  tensor.clear_int32_data();
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  tensor.set_raw_data(values.data(), values.size() * sizeof(float));
  result.widened = true;
}

void widen(onnx::ValueInfoProto& value) {
  auto* const type = value.mutable_type();
  if (type->has_tensor_type() && is_half(type->tensor_type().elem_type())) {
    type->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
  }
}

// The graph's own inputs and outputs keep their type where they were float32 already; a model that takes or gives
// halves takes and gives floats afterwards. A Cast to float16 becomes one to float32, which the runtime drops.
void widen(onnx::GraphProto& graph, PreparedGraph& result) {
  for (auto& tensor : *graph.mutable_initializer()) widen(tensor, result);
  for (auto& value : *graph.mutable_input()) widen(value);
  for (auto& value : *graph.mutable_output()) widen(value);
  for (auto& value : *graph.mutable_value_info()) widen(value);
  for (auto& node : *graph.mutable_node()) {
    for (auto& attribute : *node.mutable_attribute()) {
      // The attributes of the operators that choose a type: Cast's `to`, RandomNormal's and EyeLike's `dtype`.
      if ((attribute.name() == "to" || attribute.name() == "dtype") && is_half(static_cast<int>(attribute.i()))) {
        attribute.set_i(onnx::TensorProto::FLOAT);
        result.widened = true;
      }
      if (attribute.has_t()) widen(*attribute.mutable_t(), result);
      for (auto& tensor : *attribute.mutable_tensors()) widen(tensor, result);
      if (attribute.has_g()) widen(*attribute.mutable_g(), result);
      for (auto& body : *attribute.mutable_graphs()) widen(body, result);
    }
  }
}

}  // namespace

PreparedGraph prepare_graph(std::span<const std::byte> onnx_file, const std::string& name) {
  onnx::ModelProto model;
  if (onnx_file.size() > std::numeric_limits<int>::max() ||
      !model.ParseFromArray(onnx_file.data(), static_cast<int>(onnx_file.size())) || !model.has_graph() ||
      model.graph().node_size() == 0 || model.graph().output_size() == 0) {
    throw Error(ErrorCode::model, fmt::format("{}: not an ONNX model", name),
                "give a file in ONNX format, or fetch it again with `peel models download`");
  }
  PreparedGraph result;
  keep_first_output(*model.mutable_graph(), result);
  widen(*model.mutable_graph(), result);
  result.model = model.SerializeAsString();
  return result;
}

}  // namespace peel
