#include "quantization/rewrite.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "quantization/rounding.hpp"
#include "quantization/tensor_data.hpp"

namespace peel::quantization {
namespace {

constexpr std::span<const std::int64_t> SCALAR{};

std::string rounded_name(const std::string& tensor) {
  return fmt::format("{}_rounded", tensor);
}

class Rewriter {
 public:
  Rewriter(const onnx::ModelProto& prepared, const QuantizationPlan& plan, const Numbers& numbers)
      : model_(prepared), plan_(plan), numbers_(numbers) {
    for (const auto& tensor : prepared.graph().initializer()) weights_.emplace(tensor.name(), &tensor);
  }

  onnx::ModelProto run(const onnx::GraphProto& original) {
    auto& graph = *model_.mutable_graph();
    graph.clear_node();
    graph.clear_initializer();
    for (const auto& [tensor, number] : plan_.scale_of) add_scale(number);
    for (const auto& input : original.input()) {
      if (has_scale(input.name())) round(input.name(), input.name());
    }
    for (const auto& node : original.node()) add(node, original);
    keep_used_weights(original);
    std::ranges::sort(*graph.mutable_initializer(), {}, &onnx::TensorProto::name);
    return std::move(model_);
  }

 private:
  bool has_scale(const std::string& tensor) const { return plan_.scale_of.contains(tensor); }
  const Scale& scale_of(const std::string& tensor) const {
    return numbers_.scales[static_cast<std::size_t>(plan_.scale_of.at(tensor))];
  }
  static std::string scale_name(int number) { return fmt::format("peel_scale_{}", number); }
  static std::string zero_name(int number) { return fmt::format("peel_zero_{}", number); }

  void add_scale(int number) {
    if (!made_.insert(scale_name(number)).second) return;
    const Scale& scale = numbers_.scales[static_cast<std::size_t>(number)];
    auto& graph = *model_.mutable_graph();
    *graph.add_initializer() = tensor_of(scale_name(number), SCALAR, std::span(&scale.scale, 1));
    if (numbers_.activations == Activations::signed_symmetric) {
      const auto zero = static_cast<std::int8_t>(scale.zero);
      *graph.add_initializer() = tensor_of(zero_name(number), SCALAR, std::span(&zero, 1));
    } else {
      const auto zero = static_cast<std::uint8_t>(scale.zero);
      *graph.add_initializer() = tensor_of(zero_name(number), SCALAR, std::span(&zero, 1));
    }
  }

  onnx::NodeProto* add_node(std::string_view kind, std::string name, std::initializer_list<std::string> inputs,
                            std::string output) {
    auto* const node = model_.mutable_graph()->add_node();
    node->set_op_type(std::string(kind));
    node->set_name(std::move(name));
    for (const auto& input : inputs) node->add_input(input);
    node->add_output(std::move(output));
    return node;
  }

  // Rounds what is computed under the name `computed`. The result of the whole graph keeps its name.
  void round(const std::string& tensor, const std::string& computed, bool is_result = false) {
    const int number = plan_.scale_of.at(tensor);
    const std::string bytes = fmt::format("{}_bytes", tensor);
    add_node("QuantizeLinear", fmt::format("{}_quantize", tensor), {computed, scale_name(number), zero_name(number)},
             bytes);
    add_node("DequantizeLinear", fmt::format("{}_dequantize", tensor), {bytes, scale_name(number), zero_name(number)},
             is_result ? tensor : rounded_name(tensor));
    rounded_.emplace(tensor, is_result ? tensor : rounded_name(tensor));
  }

  void add(const onnx::NodeProto& original, const onnx::GraphProto& graph) {
    const std::string& output = original.output(0);
    const bool is_result = std::ranges::any_of(graph.output(), [&](const auto& o) { return o.name() == output; });
    // Rounding to bytes that begin at zero is the Relu. With a zero elsewhere (TensorRT's) it stays.
    if (plan_.folded_relus.contains(original.name()) && scale_of(output).zero == 0 &&
        numbers_.activations == Activations::unsigned_asymmetric) {
      round(output, original.input(0), is_result);
      return;
    }
    onnx::NodeProto node = original;
    for (int i = 0; i < node.input_size(); ++i) {
      if (const auto found = rounded_.find(node.input(i)); found != rounded_.end()) node.set_input(i, found->second);
    }
    if (plan_.quantised.contains(original.name()) && node.op_type() == "Conv") quantise_weights(original, node);
    const bool rounds = has_scale(output);
    if (rounds && is_result) node.set_output(0, fmt::format("{}_computed", output));
    const std::string computed = node.output(0);
    *model_.mutable_graph()->add_node() = std::move(node);
    if (rounds) round(output, computed, is_result);
  }

  // What rounding the weights adds to the mean of an output channel. Padding is left out of account.
  static double shift_of(std::span<const double> errors, const double* means, std::size_t taps) {
    double shift = 0;
    for (std::size_t i = 0; i < errors.size(); ++i) shift += errors[i] * means[i / taps];
    return shift;
  }

  void quantise_weights(const onnx::NodeProto& original, onnx::NodeProto& node) {
    const auto& tensor = *weights_.at(original.input(1));
    const auto weights = float_values(tensor);
    const auto outputs = static_cast<std::size_t>(tensor.dims(0));
    const auto channels = static_cast<std::size_t>(tensor.dims(1));
    const std::size_t size = weights.size() / outputs;
    std::vector<float> bias(outputs);
    const bool has_bias = original.input_size() > 2 && !original.input(2).empty();
    if (has_bias) bias = float_values(*weights_.at(original.input(2)));
    const double input_scale = scale_of(original.input(0)).scale;
    const auto found = numbers_.means.find(original.input(0));
    const bool correct = found != numbers_.means.end();
    const double* const means = correct ? found->second.data() : nullptr;
    const std::size_t groups = correct ? std::max<std::size_t>(1, found->second.size() / channels) : 1;

    const int most = (1 << (numbers_.weight_bits - 1)) - 1;
    std::vector<std::int8_t> rounded(weights.size());
    std::vector<std::int32_t> rounded_bias(outputs);
    std::vector<float> scales(outputs);
    std::vector<float> bias_scales(outputs);
    std::vector<double> errors(size);
    std::vector<double> exact(size);
    for (std::size_t o = 0; o < outputs; ++o) {
      const std::span<const float> channel(weights.data() + o * size, size);
      double greatest = 0;
      for (const float weight : channel) greatest = std::max(greatest, std::abs(static_cast<double>(weight)));
      // A bias must fit 31 bits in units of both scales: matters only for channels whose weights are all but zero.
      const double least = std::abs(static_cast<double>(bias[o])) / input_scale / (1 << 30);
      const auto scale = static_cast<float>(std::max({greatest / most, least, 1e-20}));
      scales[o] = scale;
      for (std::size_t i = 0; i < size; ++i) exact[i] = channel[i] / static_cast<double>(scale);
      const auto levels = std::span(rounded).subspan(o * size, size);
      round_weights(exact, size / channels, most, levels);
      for (std::size_t i = 0; i < size; ++i) errors[i] = (levels[i] - exact[i]) * static_cast<double>(scale);
      double wanted = bias[o];
      if (correct) {
        const std::size_t first = o / (outputs / groups) * channels;
        wanted -= shift_of(errors, means + first, size / channels);
      }
      bias_scales[o] = static_cast<float>(input_scale * static_cast<double>(scale));
      constexpr double MOST = std::numeric_limits<std::int32_t>::max();
      rounded_bias[o] = static_cast<std::int32_t>(
          std::clamp(std::nearbyint(wanted / static_cast<double>(bias_scales[o])), -MOST, MOST));
    }
    const std::vector<std::int64_t> shape(tensor.dims().begin(), tensor.dims().end());
    const std::vector<std::int64_t> per_channel{tensor.dims(0)};
    const std::string& name = original.name();
    const std::vector<std::int8_t> weight_zeros(outputs);
    node.set_input(1, constant(fmt::format("{}_weight", name), tensor_of({}, shape, std::span(std::as_const(rounded))),
                               scales, tensor_of({}, per_channel, std::span(weight_zeros))));
    if (!has_bias && !correct) return;
    const std::vector<std::int32_t> bias_zeros(outputs);
    if (node.input_size() < 3) node.add_input();
    node.set_input(
        2, constant(fmt::format("{}_bias", name), tensor_of({}, per_channel, std::span(std::as_const(rounded_bias))),
                    bias_scales, tensor_of({}, per_channel, std::span(bias_zeros))));
  }

  // Bytes (or int32) with a scale each along axis 0, as a float value of the graph. Its name.
  std::string constant(const std::string& name, onnx::TensorProto values, const std::vector<float>& scales,
                       onnx::TensorProto zeros) {
    auto& graph = *model_.mutable_graph();
    const std::vector<std::int64_t> shape{static_cast<std::int64_t>(scales.size())};
    values.set_name(fmt::format("{}_quantised", name));
    zeros.set_name(fmt::format("{}_zero", name));
    auto* const node = add_node("DequantizeLinear", fmt::format("{}_dequantize", name),
                                {values.name(), fmt::format("{}_scale", name), zeros.name()}, name);
    auto* const axis = node->add_attribute();
    axis->set_name("axis");
    axis->set_type(onnx::AttributeProto::INT);
    axis->set_i(0);
    *graph.add_initializer() = std::move(values);
    *graph.add_initializer() = tensor_of(fmt::format("{}_scale", name), shape, std::span(scales));
    *graph.add_initializer() = std::move(zeros);
    return name;
  }

  void keep_used_weights(const onnx::GraphProto& original) {
    std::set<std::string> used;
    for (const auto& node : model_.graph().node()) used.insert(node.input().begin(), node.input().end());
    for (const auto& tensor : original.initializer()) {
      if (used.contains(tensor.name())) *model_.mutable_graph()->add_initializer() = tensor;
    }
  }

  onnx::ModelProto model_;
  const QuantizationPlan& plan_;
  const Numbers& numbers_;
  std::unordered_map<std::string, const onnx::TensorProto*> weights_;
  std::unordered_map<std::string, std::string> rounded_;  // tensor to the name of its rounded form
  std::set<std::string> made_;
};

}  // namespace

onnx::ModelProto rewrite(const onnx::ModelProto& prepared, const QuantizationPlan& plan, const Numbers& numbers) {
  return Rewriter(prepared, plan, numbers).run(prepared.graph());
}

}  // namespace peel::quantization
