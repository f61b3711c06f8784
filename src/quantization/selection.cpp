#include "quantization/selection.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

namespace peel::quantization {
namespace {

double ratio(double decibels) {
  return std::pow(10.0, -decibels / 10);
}

}  // namespace

std::vector<LayerCost> layers_by_cost(const onnx::GraphProto& graph, const Plan& plan, const Statistics& statistics,
                                      const std::vector<TensorNoise>& noise) {
  std::unordered_map<std::string, double> noise_of;
  for (const auto& [tensor, decibels] : noise) noise_of.emplace(tensor, ratio(decibels));
  std::unordered_map<std::string, const onnx::TensorProto*> weights;
  for (const auto& tensor : graph.initializer()) weights.emplace(tensor.name(), &tensor);
  std::unordered_map<std::string, std::string> relu_of;  // a convolution's output to that of the Relu it is folded with
  for (const auto& node : graph.node()) {
    if (plan.folded_relus.contains(node.name())) relu_of.emplace(node.input(0), node.output(0));
  }
  std::vector<LayerCost> layers;
  for (const auto& node : graph.node()) {
    if (node.op_type() != "Conv" || !plan.quantised.contains(node.name())) continue;
    const auto relu = relu_of.find(node.output(0));
    const std::string& output = relu == relu_of.end() ? node.output(0) : relu->second;
    const auto found = noise_of.find(output);
    if (found == noise_of.end()) continue;
    const auto before = noise_of.find(node.input(0));
    const double inherited = before == noise_of.end() ? 0 : before->second;
    const auto& weight = *weights.at(node.input(1));
    const auto taps = static_cast<double>(weight.dims(1) * weight.dims(2) * weight.dims(3));
    layers.push_back({node.name(), std::max(0.0, found->second - inherited),
                      taps * static_cast<double>(statistics.at(output).elements)});
  }
  const auto worth = [](const LayerCost& layer) { return layer.noise / std::max(1.0, layer.multiplications); };
  std::ranges::stable_sort(layers, [&](const auto& a, const auto& b) { return worth(a) > worth(b); });
  return layers;
}

bool fits(const std::string& pattern, const std::string& text) {
  return ::fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
}

}  // namespace peel::quantization
