#include "inference/half_precision.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace peel {
namespace {

constexpr int SINGLE = onnx::TensorProto::FLOAT;
constexpr int HALF = onnx::TensorProto::FLOAT16;

bool widen(onnx::TensorProto& tensor) {
  if (tensor.data_type() != HALF) return false;
  std::vector<float> values;
  if (tensor.has_raw_data()) {
    const std::string& raw = tensor.raw_data();
    values.resize(raw.size() / 2);
    for (std::size_t i = 0; i < values.size(); ++i) {
      std::uint16_t half = 0;
      std::memcpy(&half, raw.data() + 2 * i, 2);
      values[i] = from_half(half);
    }
  } else {  // ONNX keeps the bits of a half in an int32 each
    for (const auto bits : tensor.int32_data()) values.push_back(from_half(static_cast<std::uint16_t>(bits)));
  }
  tensor.clear_int32_data();
  tensor.set_data_type(SINGLE);
  tensor.set_raw_data(values.data(), values.size() * sizeof(float));
  return true;
}

void widen(onnx::ValueInfoProto& value) {
  auto* const type = value.mutable_type();
  if (type->has_tensor_type() && type->tensor_type().elem_type() == HALF) {
    type->mutable_tensor_type()->set_elem_type(SINGLE);
  }
}

void narrow(onnx::TensorProto& tensor) {
  if (tensor.data_type() != SINGLE) return;
  std::vector<float> values(tensor.float_data().begin(), tensor.float_data().end());
  if (tensor.has_raw_data()) {
    values.resize(tensor.raw_data().size() / sizeof(float));
    std::memcpy(values.data(), tensor.raw_data().data(), values.size() * sizeof(float));
  }
  std::vector<std::uint16_t> halves;
  halves.reserve(values.size());
  for (const float value : values) halves.push_back(to_half(value));
  tensor.clear_float_data();
  tensor.set_data_type(HALF);
  tensor.set_raw_data(halves.data(), halves.size() * sizeof(std::uint16_t));
}

// Inputs that the ONNX specification gives type float32 whatever the type of the data: Resize's roi may be any float,
// but runtimes know it only as float32.
bool is_single_only(const onnx::NodeProto& node, int input) {
  if (node.op_type() == "Resize") return input == 1 || input == 2;
  return node.op_type() == "Upsample" && input == 1;
}

// The operators choose a type by these attributes: Cast's `to`, RandomNormal's and EyeLike's `dtype`.
bool chooses_type(const onnx::AttributeProto& attribute) {
  return attribute.name() == "to" || attribute.name() == "dtype";
}

onnx::NodeProto cast_node(const std::string& input, const std::string& output, int type) {
  onnx::NodeProto node;
  node.set_op_type("Cast");
  node.set_name(fmt::format("peel_cast_{}", output));
  node.add_input(input);
  node.add_output(output);
  auto* const to = node.add_attribute();
  to->set_name("to");
  to->set_type(onnx::AttributeProto::INT);
  to->set_i(type);
  return node;
}

// Constant nodes become initializers, so that all weights are in one place.
void lift_constants(onnx::GraphProto& graph) {
  std::vector<onnx::NodeProto> kept;
  for (const auto& node : graph.node()) {
    if (node.op_type() == "Constant" && node.attribute_size() == 1 && node.attribute(0).has_t()) {
      auto* const tensor = graph.add_initializer();
      *tensor = node.attribute(0).t();
      tensor->set_name(node.output(0));
    } else {
      kept.push_back(node);
    }
  }
  graph.clear_node();
  for (auto& node : kept) *graph.add_node() = std::move(node);
}

// Every float32-only input gets a value of its own in float32: weights are kept beside their half form, a computed
// value is cast.
class SingleInputs {
 public:
  explicit SingleInputs(onnx::GraphProto& graph) : graph_(graph) {
    for (const auto& tensor : graph.initializer()) {
      if (tensor.data_type() == SINGLE) weights_.emplace(tensor.name(), tensor);
      constants_.insert(tensor.name());
    }
  }

  // The casts that must come before `node`.
  std::vector<onnx::NodeProto> protect(onnx::NodeProto& node) {
    std::vector<onnx::NodeProto> casts;
    for (int i = 0; i < node.input_size(); ++i) {
      if (!is_single_only(node, i) || node.input(i).empty()) continue;
      const std::string original = node.input(i);
      const std::string single = original + "_single";
      node.set_input(i, single);
      if (!made_.insert(single).second) continue;
      if (const auto weight = weights_.find(original); weight != weights_.end()) {
        singles_.push_back(weight->second);
        singles_.back().set_name(single);
      } else if (constants_.contains(original)) {
        node.set_input(i, original);
        made_.erase(single);
      } else {
        casts.push_back(cast_node(original, single, SINGLE));
      }
    }
    return casts;
  }

  void add_weights() {
    for (auto& tensor : singles_) *graph_.add_initializer() = std::move(tensor);
  }

 private:
  onnx::GraphProto& graph_;
  std::unordered_map<std::string, onnx::TensorProto> weights_;
  std::unordered_set<std::string> constants_;
  std::unordered_set<std::string> made_;
  std::vector<onnx::TensorProto> singles_;
};

}  // namespace

float from_half(std::uint16_t half) {
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

std::uint16_t to_half(float value) {
  constexpr float GREATEST = 65504;
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = bits >> 16 & 0x8000u;
  if (std::isnan(value)) return static_cast<std::uint16_t>(sign | 0x7E00u);
  const float size = std::min(std::abs(value), GREATEST);
  // Below 2^-14 halves are multiples of 2^-24; nearbyint rounds to even.
  if (size < 0x1p-14f)
    return static_cast<std::uint16_t>(sign | static_cast<std::uint32_t>(std::nearbyint(size * 0x1p24f)));
  const auto wide = std::bit_cast<std::uint32_t>(size);
  // Half of the last place kept, less one where that place is even; a carry runs into the exponent, as it should.
  const std::uint32_t rounded = wide + 0xFFFu + (wide >> 13 & 1u);
  return static_cast<std::uint16_t>(sign | ((rounded >> 13) - (112u << 10)));
}

bool widen_graph(onnx::GraphProto& graph) {
  bool changed = false;
  for (auto& tensor : *graph.mutable_initializer()) changed |= widen(tensor);
  // The graph's own inputs and outputs keep their type where they were float32 already; a model that takes or gives
  // halves takes and gives floats afterwards. A Cast to float16 becomes one to float32, which the runtime drops.
  for (auto& value : *graph.mutable_input()) widen(value);
  for (auto& value : *graph.mutable_output()) widen(value);
  for (auto& value : *graph.mutable_value_info()) widen(value);
  for (auto& node : *graph.mutable_node()) {
    for (auto& attribute : *node.mutable_attribute()) {
      if (chooses_type(attribute) && attribute.i() == HALF) {
        attribute.set_i(SINGLE);
        changed = true;
      }
      if (attribute.has_t()) changed |= widen(*attribute.mutable_t());
      for (auto& tensor : *attribute.mutable_tensors()) changed |= widen(tensor);
      if (attribute.has_g()) changed |= widen_graph(*attribute.mutable_g());
      for (auto& body : *attribute.mutable_graphs()) changed |= widen_graph(body);
    }
  }
  return changed;
}

std::string why_not_half(const onnx::GraphProto& graph) {
  for (const auto& node : graph.node()) {
    const std::string_view kind = node.op_type();
    const bool quantised =
        kind.find("Quantize") != kind.npos || kind.starts_with("QLinear") || kind.ends_with("Integer");
    bool body = false;
    for (const auto& attribute : node.attribute()) body = body || attribute.has_g() || attribute.graphs_size() > 0;
    if (quantised || body) return fmt::format("its operator {} has no half-precision form", kind);
  }
  return {};
}

void narrow_graph(onnx::GraphProto& graph) {
  lift_constants(graph);
  SingleInputs singles(graph);
  std::vector<onnx::NodeProto> nodes;
  // Behind a Cast the graph's input has a new name.
  std::unordered_map<std::string, std::string> renamed;
  for (const auto& input : graph.input()) {
    if (input.type().tensor_type().elem_type() != SINGLE) continue;
    renamed[input.name()] = input.name() + "_half";
    nodes.push_back(cast_node(input.name(), renamed[input.name()], HALF));
  }
  std::unordered_set<std::string> outputs;
  for (const auto& output : graph.output()) {
    if (output.type().tensor_type().elem_type() == SINGLE) outputs.insert(output.name());
  }
  const auto half_name = [&](const std::string& value) {
    if (const auto input = renamed.find(value); input != renamed.end()) return input->second;
    return outputs.contains(value) ? value + "_half" : value;
  };
  for (auto& node : *graph.mutable_node()) {
    for (auto& input : *node.mutable_input()) input = half_name(input);
    for (auto& output : *node.mutable_output()) output = half_name(output);
    for (auto& attribute : *node.mutable_attribute()) {
      if (chooses_type(attribute) && attribute.i() == SINGLE) attribute.set_i(HALF);
      if (attribute.has_t()) narrow(*attribute.mutable_t());
    }
    for (auto& cast : singles.protect(node)) nodes.push_back(std::move(cast));
    nodes.push_back(std::move(node));
  }
  for (const auto& output : outputs) nodes.push_back(cast_node(output + "_half", output, SINGLE));
  for (auto& tensor : *graph.mutable_initializer()) narrow(tensor);
  singles.add_weights();
  graph.clear_node();
  for (auto& node : nodes) *graph.add_node() = std::move(node);
}

}  // namespace peel
