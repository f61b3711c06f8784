#include "quantization/equalise.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <string_view>
#include <unordered_map>

#include "quantization/tensor_data.hpp"

namespace peel::quantization {
namespace {

// Of one input, channel by channel, and f(a x) = a f(x) for positive a.
constexpr std::array<std::string_view, 6> KEEPERS{"Relu",        "LeakyRelu",         "MaxPool",
                                                  "AveragePool", "GlobalAveragePool", "Resize"};

class Equaliser {
 public:
  explicit Equaliser(onnx::ModelProto& model) : graph_(*model.mutable_graph()) {
    for (int i = 0; i < graph_.initializer_size(); ++i) weights_.emplace(graph_.initializer(i).name(), i);
    for (const auto& node : graph_.node()) {
      for (const auto& input : node.input()) ++uses_[input];
    }
    for (const auto& node : graph_.node()) visit(node);
    for (const auto& output : graph_.output()) pin(output.name());
  }

  void run(const Peaks& peaks, double alpha, bool pow2, double floor) {
    std::vector<double> size(parent_.size());
    for (const auto& [tensor, channels] : peaks) {
      const auto found = ids_.find(tensor);
      if (found == ids_.end()) continue;
      if (found->second.size() != channels.size()) {
        pin(tensor);
        continue;
      }
      double most = 0; for (double c : channels) most = std::max(most, c);
      for (std::size_t c = 0; c < channels.size(); ++c) {
        auto& known = size[root(found->second[c])];
        known = std::max({known, channels[c], floor * most});
      }
    }
    std::vector<double> wsize(parent_.size());
    for (const auto& node : graph_.node()) { if (node.op_type() != "Conv") continue; auto in = ids_.find(node.input(0)); auto w = weights_.find(node.input(1)); if (in==ids_.end()||w==weights_.end()) continue;
      auto& t=graph_.initializer(w->second); auto v=float_values(t); size_t I=t.dims(1), O=t.dims(0), sz=v.size()/O/I, groups=in->second.size()/I;
      for(size_t o=0;o<O;++o) for(size_t i=0;i<I;++i) for(size_t k=0;k<sz;++k){ auto& x=wsize[root(in->second[o/(O/groups)*I+i])]; x=std::max<double>(x,std::abs(v[(o*I+i)*sz+k])); } }
    factor_.assign(parent_.size(), 1);
    for (std::size_t i = 0; i < parent_.size(); ++i) {
      const std::size_t r = root(i);
      if (pinned_[r] || size[r] <= 0) continue;
      double f = std::pow(size[r], std::abs(alpha)) / (alpha>0 && alpha<1 && wsize[r]>0 ? std::pow(wsize[r], 1-alpha) : 1);
      factor_[i] = pow2 ? std::exp2(std::nearbyint(std::log2(f))) : f;
    }
    for (const auto& node : graph_.node()) {
      if (node.op_type() == "Conv") scale(node);
    }
  }

 private:
  std::size_t root(std::size_t id) {
    while (parent_[id] != id) id = parent_[id] = parent_[parent_[id]];
    return id;
  }
  void join(std::size_t a, std::size_t b) {
    a = root(a);
    b = root(b);
    const bool stays = pinned_[a] || pinned_[b];
    parent_[std::max(a, b)] = std::min(a, b);
    pinned_[std::min(a, b)] = stays;
  }
  void pin(const std::string& tensor) {
    const auto found = ids_.find(tensor);
    if (found == ids_.end()) return;
    for (const std::size_t id : found->second) pinned_[root(id)] = true;
  }

  bool can_be_scaled(const onnx::NodeProto& conv) const {
    for (int i = 1; i < conv.input_size(); ++i) {
      if (conv.input(i).empty()) continue;
      const auto found = weights_.find(conv.input(i));
      if (found == weights_.end() || uses_.at(conv.input(i)) != 1) return false;
      if (graph_.initializer(found->second).data_type() != onnx::TensorProto::FLOAT) return false;
    }
    return conv.input_size() > 1;
  }

  void visit(const onnx::NodeProto& node) {
    const auto& kind = node.op_type();
    if (kind == "Conv" && can_be_scaled(node)) {
      auto& ids = ids_[node.output(0)];
      ids.resize(static_cast<std::size_t>(graph_.initializer(weights_.at(node.input(1))).dims(0)));
      std::iota(ids.begin(), ids.end(), parent_.size());
      for (const std::size_t id : ids) {
        parent_.push_back(id);
        pinned_.push_back(false);
      }
      return;
    }
    const bool keeps = std::ranges::find(KEEPERS, kind) != KEEPERS.end() && node.output_size() == 1;
    if ((keeps || kind == "Add" || kind == "Concat") && joined(node)) return;
    for (const auto& input : node.input()) pin(input);
  }

  bool joined(const onnx::NodeProto& node) {
    std::vector<const std::vector<std::size_t>*> inputs;
    const bool all = node.op_type() == "Add" || node.op_type() == "Concat";
    for (int i = 0; i < (all ? node.input_size() : 1); ++i) {
      const auto found = ids_.find(node.input(i));
      if (found == ids_.end()) return false;
      inputs.push_back(&found->second);
    }
    if (node.op_type() == "Add" && inputs[0]->size() != inputs[1]->size()) return false;
    if (node.op_type() == "Concat") {
      for (const auto& attribute : node.attribute()) {
        if (attribute.name() == "axis" && attribute.i() != 1 && attribute.i() != -3) return false;
      }
    }
    std::vector<std::size_t> ids;
    for (const auto* input : inputs) {
      if (node.op_type() == "Concat" || ids.empty()) {
        ids.insert(ids.end(), input->begin(), input->end());
      } else {
        for (std::size_t c = 0; c < ids.size(); ++c) join(ids[c], (*input)[c]);
      }
    }
    ids_[node.output(0)] = std::move(ids);
    return true;
  }

  void replace(const std::string& name, std::vector<float> values) {
    auto& tensor = *graph_.mutable_initializer(weights_.at(name));
    const std::vector<std::int64_t> shape(tensor.dims().begin(), tensor.dims().end());
    tensor = tensor_of(name, shape, std::span<const float>(values));
  }

  void scale(const onnx::NodeProto& conv) {
    const auto in = ids_.find(conv.input(0));
    const auto out = ids_.find(conv.output(0));
    if (out == ids_.end()) return;  // then what it reads is pinned
    const auto& tensor = graph_.initializer(weights_.at(conv.input(1)));
    auto values = float_values(tensor);
    const auto outputs = static_cast<std::size_t>(tensor.dims(0));
    const auto channels = static_cast<std::size_t>(tensor.dims(1));
    const std::size_t taps = values.size() / outputs / channels;
    const std::size_t groups = in == ids_.end() ? 1 : in->second.size() / channels;
    for (std::size_t o = 0; o < outputs; ++o) {
      const double divisor = factor_[out->second[o]];
      for (std::size_t i = 0; i < channels; ++i) {
        const double factor =
            (in == ids_.end() ? 1.0 : factor_[in->second[o / (outputs / groups) * channels + i]]) / divisor;
        for (std::size_t k = 0; k < taps; ++k) {
          auto& value = values[(o * channels + i) * taps + k];
          value = static_cast<float>(value * factor);
        }
      }
    }
    replace(conv.input(1), std::move(values));
    if (conv.input_size() < 3 || conv.input(2).empty()) return;
    auto bias = float_values(graph_.initializer(weights_.at(conv.input(2))));
    for (std::size_t o = 0; o < outputs; ++o) bias[o] = static_cast<float>(bias[o] / factor_[out->second[o]]);
    replace(conv.input(2), std::move(bias));
  }

  onnx::GraphProto& graph_;
  std::unordered_map<std::string, int> weights_;
  std::unordered_map<std::string, int> uses_;
  std::unordered_map<std::string, std::vector<std::size_t>> ids_;  // a number for each channel of a tensor
  std::vector<std::size_t> parent_;                                // channels with one factor have one root
  std::vector<bool> pinned_;                                       // of roots
  std::vector<double> factor_;                                     // by id: true value / value in the new graph
};

}  // namespace

onnx::ModelProto equalise(onnx::ModelProto prepared, const Peaks& peaks, double alpha, bool pow2, double floor) {
  Equaliser(prepared).run(peaks, alpha, pow2, floor);
  return prepared;
}

}  // namespace peel::quantization
