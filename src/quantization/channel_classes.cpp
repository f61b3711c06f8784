#include "quantization/channel_classes.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <string_view>

namespace peel::quantization {
namespace {

// Of one input, channel by channel, with f(a x) = a f(x) for positive a.
constexpr std::array<std::string_view, 6> KEEPERS{"Relu",        "LeakyRelu",         "MaxPool",
                                                  "AveragePool", "GlobalAveragePool", "Resize"};

bool joins_channels(const onnx::NodeProto& concat) {
  for (const auto& attribute : concat.attribute()) {
    if (attribute.name() == "axis") return attribute.i() == 1 || attribute.i() == -3;
  }
  return false;
}

}  // namespace

ChannelClasses::ChannelClasses(const onnx::GraphProto& graph) {
  for (const auto& tensor : graph.initializer()) weights_.emplace(tensor.name(), &tensor);
  for (const auto& node : graph.node()) {
    for (const auto& input : node.input()) ++uses_[input];
  }
  for (const auto& node : graph.node()) visit(node);
  for (const auto& output : graph.output()) fix(output.name());
  for (auto& [tensor, classes] : classes_) {
    for (auto& number : classes) number = root(number);
  }
}

const std::vector<std::size_t>* ChannelClasses::of(const std::string& tensor) const {
  const auto found = classes_.find(tensor);
  return found == classes_.end() ? nullptr : &found->second;
}

std::size_t ChannelClasses::root(std::size_t number) {
  while (parent_[number] != number) number = parent_[number] = parent_[parent_[number]];
  return number;
}

void ChannelClasses::join(std::size_t a, std::size_t b) {
  a = root(a);
  b = root(b);
  const bool fixed = fixed_[a] || fixed_[b];
  parent_[std::max(a, b)] = std::min(a, b);
  fixed_[std::min(a, b)] = fixed;
}

void ChannelClasses::fix(const std::string& tensor) {
  const auto found = classes_.find(tensor);
  if (found == classes_.end()) return;
  for (const std::size_t number : found->second) fixed_[root(number)] = true;
}

// Its weights are its own: those that two convolutions share would have to fit both.
bool ChannelClasses::can_be_scaled(const onnx::NodeProto& conv) const {
  for (int i = 1; i < conv.input_size(); ++i) {
    if (conv.input(i).empty()) continue;
    const auto found = weights_.find(conv.input(i));
    if (found == weights_.end() || uses_.at(conv.input(i)) != 1 ||
        found->second->data_type() != onnx::TensorProto::FLOAT || found->second->dims_size() < 1) {
      return false;
    }
  }
  return conv.input_size() > 1 && weights_.at(conv.input(1))->dims_size() == 4;
}

void ChannelClasses::visit(const onnx::NodeProto& node) {
  const auto& kind = node.op_type();
  if (kind == "Conv" && can_be_scaled(node)) {
    auto& classes = classes_[node.output(0)];
    classes.resize(static_cast<std::size_t>(weights_.at(node.input(1))->dims(0)));
    std::iota(classes.begin(), classes.end(), parent_.size());
    parent_.insert(parent_.end(), classes.begin(), classes.end());
    fixed_.resize(parent_.size());
    return;
  }
  if (passes(node)) return;
  for (const auto& input : node.input()) fix(input);
}

// Gives the output its classes, where the operator lets factors through.
bool ChannelClasses::passes(const onnx::NodeProto& node) {
  const auto& kind = node.op_type();
  const bool adds = kind == "Add" && node.input_size() == 2;
  const bool concatenates = kind == "Concat" && joins_channels(node);
  const bool keeps = std::ranges::find(KEEPERS, kind) != KEEPERS.end() && node.output_size() == 1;
  if (!adds && !concatenates && !keeps) return false;
  std::vector<std::size_t> classes;
  for (int i = 0; i < (keeps ? 1 : node.input_size()); ++i) {
    const auto* const input = of(node.input(i));
    if (input == nullptr || (adds && i == 1 && input->size() != classes.size())) return false;
    if (adds && i == 1) {
      for (std::size_t c = 0; c < classes.size(); ++c) join(classes[c], (*input)[c]);
    } else {
      classes.insert(classes.end(), input->begin(), input->end());
    }
  }
  classes_[node.output(0)] = std::move(classes);
  return true;
}

}  // namespace peel::quantization
