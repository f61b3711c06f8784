#pragma once

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "inference/session.hpp"
#include "quantization/calibration.hpp"
#include "quantization/observe.hpp"
#include "quantization/plan.hpp"
#include "quantization/tensor_data.hpp"
#include "support/noise.hpp"

namespace peel::quantization::test {

/// A U-shaped network in small, with every operator the quantiser has to deal with: 3 x 16 x 16, Conv + Relu, MaxPool,
/// Conv + Relu, Resize, Concat with the first Relu, Conv, Sigmoid.
class SmallNetwork {
 public:
  SmallNetwork() {
    model_.set_ir_version(7);
    model_.add_opset_import()->set_version(13);
    model_.mutable_graph()->set_name("small");
    add_value(*model_.mutable_graph()->add_input(), "picture", 3);
    convolution("first", "picture", 3, 4);
    node("Relu", "first_relu", {"first"});
    auto* const pool = node("MaxPool", "pooled", {"first_relu"});
    add_pair(*pool, "kernel_shape", 2);
    add_pair(*pool, "strides", 2);
    convolution("second", "pooled", 4, 4);
    node("Relu", "second_relu", {"second"});
    const std::vector<float> scales{1, 1, 2, 2};
    add_weight(tensor_of("scales", std::vector<std::int64_t>{4}, std::span<const float>(scales)));
    node("Resize", "doubled", {"second_relu", "", "scales"});
    auto* const axis = node("Concat", "both", {"first_relu", "doubled"})->add_attribute();
    axis->set_name("axis");
    axis->set_type(onnx::AttributeProto::INT);
    axis->set_i(1);
    convolution("last", "both", 8, 1);
    node("Sigmoid", "saliency", {"last"});
    add_value(*model_.mutable_graph()->add_output(), "saliency", 1);
  }

  onnx::ModelProto& model() { return model_; }
  const onnx::ModelProto& model() const { return model_; }
  const onnx::GraphProto& graph() const { return model_.graph(); }

  /// Reproducible noise between -1 and 1.
  static Tensor input(std::uint32_t seed = 1) {
    Tensor tensor{{1, 3, 16, 16}, {}};
    for (const auto byte : peel::test::noise(std::size_t{3} * 16 * 16, seed)) {
      tensor.values.push_back(static_cast<float>(byte) / 127.5f - 1.0f);
    }
    return tensor;
  }

 private:
  onnx::NodeProto* node(const std::string& kind, const std::string& output, const std::vector<std::string>& inputs) {
    auto* const made = model_.mutable_graph()->add_node();
    made->set_op_type(kind);
    made->set_name(output);
    for (const auto& input : inputs) made->add_input(input);
    made->add_output(output);
    return made;
  }

  void convolution(const std::string& name, const std::string& input, std::int64_t from, std::int64_t to) {
    std::vector<float> weights;
    for (const auto byte : peel::test::noise(static_cast<std::size_t>(from * to * 9), ++seed_)) {
      weights.push_back((static_cast<float>(byte) / 127.5f - 1.0f) / static_cast<float>(from));
    }
    const std::vector<float> bias(static_cast<std::size_t>(to), 0.1f);
    add_weight(tensor_of(name + "_w", std::vector<std::int64_t>{to, from, 3, 3}, std::span<const float>(weights)));
    add_weight(tensor_of(name + "_b", std::vector<std::int64_t>{to}, std::span<const float>(bias)));
    auto* const pads = node("Conv", name, {input, name + "_w", name + "_b"})->add_attribute();
    pads->set_name("pads");
    pads->set_type(onnx::AttributeProto::INTS);
    for (int i = 0; i < 4; ++i) pads->add_ints(1);
  }

  void add_weight(onnx::TensorProto tensor) { *model_.mutable_graph()->add_initializer() = std::move(tensor); }

  static void add_pair(onnx::NodeProto& node, const std::string& name, std::int64_t value) {
    auto* const attribute = node.add_attribute();
    attribute->set_name(name);
    attribute->set_type(onnx::AttributeProto::INTS);
    attribute->add_ints(value);
    attribute->add_ints(value);
  }

  static void add_value(onnx::ValueInfoProto& value, const std::string& name, std::int64_t channels) {
    value.set_name(name);
    auto* const type = value.mutable_type()->mutable_tensor_type();
    type->set_elem_type(onnx::TensorProto::FLOAT);
    for (const std::int64_t size : {std::int64_t{1}, channels, std::int64_t{16}, std::int64_t{16}}) {
      type->mutable_shape()->add_dim()->set_dim_value(size);
    }
  }

  onnx::ModelProto model_;
  std::uint32_t seed_ = 0;
};

inline QuantizationPlan plan_of(const SmallNetwork& network, const std::vector<std::string>& keep_float = {}) {
  return make_plan(network.graph(),
                   [&](const auto& node) { return std::ranges::find(keep_float, node.name()) != keep_float.end(); });
}

/// Over the inputs with seeds 1 to 4.
inline Statistics statistics_of(const SmallNetwork& network, const QuantizationPlan& plan) {
  std::vector<std::string> tensors;
  for (const auto& [tensor, number] : plan.scale_of) tensors.push_back(tensor);
  return calibrate(
      network.model(), tensors, Observed::everything, 4,
      [](std::size_t i) { return SmallNetwork::input(static_cast<std::uint32_t>(i + 1)); }, 1, [](std::size_t) {});
}

inline Tensor result_of(const onnx::ModelProto& model, const Tensor& input) {
  return ObservedNetwork(model, {}, 1).run(input, {});
}

}  // namespace peel::quantization::test
