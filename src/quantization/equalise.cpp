#include "quantization/equalise.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "quantization/channel_classes.hpp"
#include "quantization/tensor_data.hpp"

namespace peel::quantization {
namespace {

// A greatest value as a sum that can be kept up to date: the norm of this order. With the maximum itself no step by a
// single channel would help where two are greatest.
constexpr double ORDER = 8;
constexpr int MOST_ROUNDS = 30;
constexpr int LARGEST_EXPONENT = 12;

double power(double value) {
  const double squared = value * value;
  return squared * squared * squared * squared;
}
double root(double sum) {
  return std::pow(sum, 1 / ORDER);
}

// A rounded tensor, read by a convolution or by an Add.
struct Reader {
  std::size_t group = 0;          // of the tensor's scale
  std::size_t outputs = 0;        // 0: an Add
  double output_power = 1;        // of all its outputs
  std::vector<double> gain;       // by input channel: sum of squared weights
  std::vector<double> variance;   // by input channel, times the taps of a kernel
  std::vector<double> magnitude;  // outputs x channels: greatest weight
  // Sums over the channels with the present factors:
  double gains = 0;
  double variances = 0;
  std::vector<double> peaks;  // by output
  double widths = 0;          // sum over the outputs of the squared greatest weight
};

// A channel of a class in a tensor of a group, or at a reader.
struct Place {
  std::size_t index = 0;
  std::size_t channel = 0;
};

struct ClassUse {
  std::vector<std::pair<std::size_t, double>> tensors;  // group, peak
  std::vector<Place> readers;
};

class Equaliser {
 public:
  Equaliser(onnx::GraphProto& graph, const QuantizationPlan& plan, const Statistics& statistics)
      : graph_(graph),
        plan_(plan),
        statistics_(statistics),
        classes_(graph),
        exponent_(classes_.count()),
        uses_(classes_.count()),
        peaks_(static_cast<std::size_t>(plan.scales)),
        readers_of_(static_cast<std::size_t>(plan.scales)) {
    for (int i = 0; i < graph.initializer_size(); ++i) weights_.emplace(graph.initializer(i).name(), i);
    for (const auto& [tensor, number] : plan.scale_of) add_tensor(tensor, static_cast<std::size_t>(number));
    for (const auto& node : graph.node()) {
      if (plan.quantised.contains(node.name())) add_reader(node);
    }
  }

  void run() {
    for (int round = 0; round < MOST_ROUNDS; ++round) {
      bool changed = false;
      for (std::size_t number = 0; number < classes_.count(); ++number) {
        if (classes_.is_fixed(number) || uses_[number].readers.empty()) continue;
        changed = improve(number) || changed;
      }
      if (!changed) break;
    }
    for (const auto& node : graph_.node()) {
      if (node.op_type() == "Conv") rescale(node);
    }
  }

 private:
  const std::vector<std::size_t>* classes_of(const std::string& tensor) const {
    const auto* const classes = classes_.of(tensor);
    const auto seen = statistics_.find(tensor);
    if (classes == nullptr || seen == statistics_.end()) return nullptr;
    return seen->second.channel_peaks.size() == classes->size() ? classes : nullptr;
  }

  void add_tensor(const std::string& tensor, std::size_t group) {
    const auto* const classes = classes_of(tensor);
    const auto& peaks = statistics_.at(tensor).channel_peaks;
    for (std::size_t c = 0; c < peaks.size(); ++c) {
      peaks_[group] += power(peaks[c]);
      if (classes != nullptr) uses_[(*classes)[c]].tensors.emplace_back(group, peaks[c]);
    }
  }

  void add_reader(const onnx::NodeProto& node) {
    const bool conv = node.op_type() == "Conv";
    if (!conv && node.op_type() != "Add") return;
    for (int i = 0; i < (conv ? 1 : node.input_size()); ++i) {
      const auto* const classes = classes_of(node.input(i));
      if (classes == nullptr || !plan_.scale_of.contains(node.input(i))) continue;
      Reader reader;
      reader.group = static_cast<std::size_t>(plan_.scale_of.at(node.input(i)));
      reader.output_power = output_power(node);
      if (reader.output_power <= 0) continue;
      if (!conv) {
        reader.gain.assign(classes->size(), 1);
        reader.variance.assign(classes->size(), 0);
      } else if (!look_at_weights(reader, node, classes->size())) {
        continue;
      }
      for (std::size_t c = 0; c < classes->size(); ++c) uses_[(*classes)[c]].readers.push_back({readers_.size(), c});
      readers_of_[reader.group].push_back(readers_.size());
      sum(reader);
      readers_.push_back(std::move(reader));
    }
  }

  double output_power(const onnx::NodeProto& node) const {
    std::string tensor = node.output(0);
    if (!statistics_.contains(tensor)) {  // between an operator and its Relu
      for (const auto& next : graph_.node()) {
        if (plan_.folded_relus.contains(next.name()) && next.input(0) == tensor) tensor = next.output(0);
      }
    }
    const auto seen = statistics_.find(tensor);
    if (seen == statistics_.end()) return 0;
    double all = 0;
    for (const double value : seen->second.channel_powers) all += value;
    return all;
  }

  // Of convolutions without groups; in others a channel is read by few.
  bool look_at_weights(Reader& reader, const onnx::NodeProto& conv, std::size_t channels) const {
    const auto found = weights_.find(conv.input(1));
    if (found == weights_.end()) return false;
    const auto& tensor = graph_.initializer(found->second);
    if (tensor.dims_size() != 4 || static_cast<std::size_t>(tensor.dims(1)) != channels) return false;
    const auto values = float_values(tensor);
    const auto outputs = static_cast<std::size_t>(tensor.dims(0));
    const std::size_t taps = values.size() / outputs / channels;
    const auto& seen = statistics_.at(conv.input(0));
    reader.outputs = outputs;
    reader.gain.assign(channels, 0);
    reader.magnitude.assign(outputs * channels, 0);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double value = values[i];
      const std::size_t channel = i / taps % channels;
      reader.gain[channel] += value * value;
      auto& magnitude = reader.magnitude[i / (taps * channels) * channels + channel];
      magnitude = std::max(magnitude, std::abs(value));
    }
    reader.variance.resize(channels);
    for (std::size_t c = 0; c < channels; ++c) {
      // The mean's share is what the correction of biases makes up for.
      const double variance = seen.channel_powers[c] - seen.channel_means[c] * seen.channel_means[c];
      reader.variance[c] = static_cast<double>(taps) * std::max(variance, 0.0);
    }
    return true;
  }

  static void sum(Reader& reader) {
    const std::size_t channels = reader.gain.size();
    reader.peaks.assign(reader.outputs, 0);
    for (std::size_t c = 0; c < channels; ++c) {
      reader.gains += reader.gain[c];
      reader.variances += reader.variance[c];
      for (std::size_t o = 0; o < reader.outputs; ++o) reader.peaks[o] += power(reader.magnitude[o * channels + c]);
    }
    reader.widths = widths(reader.peaks);
  }
  static double widths(std::span<const double> peaks) {
    double all = 0;
    for (const double peak : peaks) all += std::sqrt(std::sqrt(std::max(peak, 0.0)));
    return all;
  }

  // Rounding noise at a reader's output, of its signal: of uniform steps, their square / 12.
  double noise(const Reader& reader, double group_peaks) const {
    const double step = root(group_peaks) / 255;
    return (step * step * reader.gains + reader.widths / (127.0 * 127.0) * reader.variances) / 12 / reader.output_power;
  }

  double noise_around(const ClassUse& use) const {
    double all = 0;
    for (const std::size_t group : groups_of(use)) {
      for (const std::size_t reader : readers_of_[group]) all += noise(readers_[reader], peaks_[group]);
    }
    return all;
  }

  static std::vector<std::size_t> groups_of(const ClassUse& use) {
    std::vector<std::size_t> groups;
    for (const auto& [group, peak] : use.tensors) groups.push_back(group);
    std::ranges::sort(groups);
    groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
    return groups;
  }

  // Changes the factor 2^exponent of a class: its values become smaller by it, weights that read them greater.
  void set(std::size_t number, int exponent) {
    const ClassUse& use = uses_[number];
    const double before = std::ldexp(1.0, exponent_[number]);
    const double after = std::ldexp(1.0, exponent);
    for (const auto& [group, peak] : use.tensors) peaks_[group] += power(peak / after) - power(peak / before);
    for (const auto& place : use.readers) {
      Reader& reader = readers_[place.index];
      reader.gains += reader.gain[place.channel] * (after * after - before * before);
      reader.variances += reader.variance[place.channel] * (1 / (after * after) - 1 / (before * before));
      if (reader.outputs == 0) continue;
      const std::size_t channels = reader.gain.size();
      for (std::size_t o = 0; o < reader.outputs; ++o) {
        const double weight = power(reader.magnitude[o * channels + place.channel]);
        reader.peaks[o] += weight * (power(after) - power(before));
      }
      reader.widths = widths(reader.peaks);
    }
    exponent_[number] = exponent;
  }

  bool improve(std::size_t number) {
    const ClassUse& use = uses_[number];
    const int now = exponent_[number];
    double least = noise_around(use);
    int best = now;
    for (const int tried : {now - 1, now + 1}) {
      if (std::abs(tried) > LARGEST_EXPONENT) continue;
      set(number, tried);
      const double found = noise_around(use);
      // What is gained must be more than the sums have lost to rounding.
      if (found < least * (1 - 1e-6)) {
        least = found;
        best = tried;
      }
    }
    set(number, best);
    return best != now;
  }

  double factor(const std::vector<std::size_t>* classes, std::size_t channel) const {
    return classes == nullptr ? 1 : std::ldexp(1.0, exponent_[(*classes)[channel]]);
  }

  void replace(const std::string& name, const std::vector<float>& values) {
    auto& tensor = *graph_.mutable_initializer(weights_.at(name));
    const std::vector<std::int64_t> shape(tensor.dims().begin(), tensor.dims().end());
    tensor = tensor_of(name, shape, std::span(values));
  }

  void rescale(const onnx::NodeProto& conv) {
    const auto* const out = classes_.of(conv.output(0));
    if (out == nullptr) return;  // what it reads is fixed then
    const auto* const in = classes_.of(conv.input(0));
    const auto& tensor = graph_.initializer(weights_.at(conv.input(1)));
    auto values = float_values(tensor);
    const auto outputs = static_cast<std::size_t>(tensor.dims(0));
    const auto channels = static_cast<std::size_t>(tensor.dims(1));
    const std::size_t taps = values.size() / outputs / channels;
    const std::size_t groups = in == nullptr ? 1 : in->size() / channels;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::size_t output = i / (taps * channels);
      const std::size_t input = output / (outputs / groups) * channels + i / taps % channels;
      values[i] = static_cast<float>(values[i] * factor(in, input) / factor(out, output));
    }
    replace(conv.input(1), values);
    if (conv.input_size() < 3 || conv.input(2).empty()) return;
    auto bias = float_values(graph_.initializer(weights_.at(conv.input(2))));
    for (std::size_t o = 0; o < outputs; ++o) bias[o] = static_cast<float>(bias[o] / factor(out, o));
    replace(conv.input(2), bias);
  }

  onnx::GraphProto& graph_;
  const QuantizationPlan& plan_;
  const Statistics& statistics_;
  ChannelClasses classes_;
  std::unordered_map<std::string, int> weights_;
  std::vector<int> exponent_;  // by class: true value / value in the new graph is 2 to this
  std::vector<ClassUse> uses_;
  std::vector<double> peaks_;  // by scale: sum of the channels' peaks to ORDER
  std::vector<std::vector<std::size_t>> readers_of_;
  std::vector<Reader> readers_;
};

}  // namespace

onnx::ModelProto equalise(onnx::ModelProto prepared, const QuantizationPlan& plan, const Statistics& statistics) {
  Equaliser(*prepared.mutable_graph(), plan, statistics).run();
  return prepared;
}

}  // namespace peel::quantization
