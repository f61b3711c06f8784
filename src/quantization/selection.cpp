#include "quantization/selection.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "quantization/proof.hpp"
namespace peel::quantization {
namespace {

double mean_square(const Mask& a, const Mask& b) {
  const auto level = [](std::byte value) { return static_cast<double>(value); };
  double sum = 0;
  for (std::size_t i = 0; i < a.image.size_bytes(); ++i) {
    const double d = level(a.image.data()[i]) - level(b.image.data()[i]);
    sum += d * d;
  }
  return sum / static_cast<double>(a.image.size_bytes());
}

}  // namespace

Probe::Probe(const std::filesystem::path& float_model, OutputKind output, std::vector<Tensor> inputs, int threads)
    : output_(output), inputs_(std::move(inputs)), threads_(threads) {
  const Session session = open_on_cpu(float_model, Arithmetic::fp32, threads);
  masks_.reserve(inputs_.size());
  for (const auto& input : inputs_) masks_.push_back(saliency_to_mask(session.run(input), output_, false));
}

std::vector<double> Probe::errors(const std::filesystem::path& quantised) const {
  const Session session = open_on_cpu(quantised, Arithmetic::int8, threads_);
  std::vector<double> errors(inputs_.size());
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    errors[i] = mean_square(masks_[i], saliency_to_mask(session.run(inputs_[i]), output_, false));
  }
  return errors;
}

double gain_of(const std::vector<double>& before, const std::vector<double>& after) {
  // A picture without a subject has next to no error, of which any change is a multiple.
  constexpr double NOTHING = 0.01;
  double sum = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    sum += std::clamp((before[i] - after[i]) / (before[i] + NOTHING), -1.0, 1.0);
  }
  return sum / static_cast<double>(before.size());
}

std::vector<LayerWorth> convolutions(const onnx::GraphProto& graph, const QuantizationPlan& plan,
                                     const Statistics& statistics) {
  std::unordered_map<std::string, const onnx::TensorProto*> weights;
  for (const auto& tensor : graph.initializer()) weights.emplace(tensor.name(), &tensor);
  std::unordered_map<std::string, std::string> relu_of;  // a convolution's output to that of the Relu it is folded with
  for (const auto& node : graph.node()) {
    if (plan.folded_relus.contains(node.name())) relu_of.emplace(node.input(0), node.output(0));
  }
  std::vector<LayerWorth> layers;
  for (const auto& node : graph.node()) {
    if (node.op_type() != "Conv" || !plan.quantised.contains(node.name())) continue;
    const auto relu = relu_of.find(node.output(0));
    const auto seen = statistics.find(relu == relu_of.end() ? node.output(0) : relu->second);
    if (seen == statistics.end()) continue;
    const auto& weight = *weights.at(node.input(1));
    const auto taps = static_cast<double>(weight.dims(1) * weight.dims(2) * weight.dims(3));
    layers.push_back({node.name(), 0, taps * static_cast<double>(seen->second.elements)});
  }
  return layers;
}

void sort_by_worth(std::vector<LayerWorth>& layers) {
  std::erase_if(layers, [](const LayerWorth& layer) { return layer.gain <= 0; });
  double all = 0;
  for (const auto& layer : layers) all += layer.multiplications;
  // Even the smallest costs the change between bytes and floats.
  const double least = all / 200;
  const auto worth = [&](const LayerWorth& layer) { return layer.gain / (layer.multiplications + least); };
  std::ranges::stable_sort(layers, [&](const auto& a, const auto& b) { return worth(a) > worth(b); });
}

bool fits(const std::string& pattern, const std::string& text) {
  return ::fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
}

}  // namespace peel::quantization
