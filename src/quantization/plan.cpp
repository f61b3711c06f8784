#include "quantization/plan.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace peel::quantization {
namespace {

constexpr std::array<std::string_view, 7> MOVERS{"MaxPool", "Resize",  "Concat",   "Transpose",
                                                 "Reshape", "Squeeze", "Unsqueeze"};
constexpr std::array<std::string_view, 4> ELEMENTWISE{"Add", "Mul", "AveragePool", "GlobalAveragePool"};

template <typename List>
bool is_one_of(const std::string& kind, const List& list) {
  return std::ranges::find(list, kind) != list.end();
}

class QuantizationPlanner {
 public:
  QuantizationPlanner(const onnx::GraphProto& graph, const KeepFloat& keep_float) : graph_(graph) {
    for (const auto& tensor : graph.initializer()) weights_.emplace(tensor.name(), &tensor);
    for (int i = 0; i < graph.node_size(); ++i) {
      for (const auto& output : graph.node(i).output()) producer_.emplace(output, i);
      for (const auto& input : graph.node(i).input()) consumers_[input].push_back(i);
    }
    chosen_.resize(static_cast<std::size_t>(graph.node_size()));
    for (int i = 0; i < graph.node_size(); ++i) {
      chosen_[static_cast<std::size_t>(i)] = can_be_quantised(graph.node(i)) && !keep_float(graph.node(i));
    }
  }

  QuantizationPlan plan() {
    drop_what_gains_nothing();
    QuantizationPlan plan;
    for (int i = 0; i < graph_.node_size(); ++i) {
      if (!chosen(i)) continue;
      plan.quantised.insert(graph_.node(i).name());
      if (is_folded_relu(i)) plan.folded_relus.insert(graph_.node(i).name());
    }
    give_scales(plan);
    for (const auto& [tensor, number] : plan.scale_of) {
      if (ends_in_sigmoid(tensor)) plan.logits.insert(tensor);
    }
    return plan;
  }

 private:
  bool chosen(int node) const { return chosen_[static_cast<std::size_t>(node)]; }
  bool is_output(const std::string& name) const {
    return std::ranges::any_of(graph_.output(), [&](const auto& output) { return output.name() == name; });
  }

  bool can_be_quantised(const onnx::NodeProto& node) const {
    if (!node.domain().empty() && node.domain() != "ai.onnx") return false;
    if (node.op_type() == "Conv") {
      const auto weight = node.input_size() > 1 ? weights_.find(node.input(1)) : weights_.end();
      if (weight == weights_.end() || weight->second->data_type() != onnx::TensorProto::FLOAT ||
          weight->second->dims_size() != 4) {
        return false;
      }
      return node.input_size() < 3 || node.input(2).empty() || weights_.contains(node.input(2));
    }
    if (node.op_type() == "MaxPool" && node.output_size() > 1) return false;
    return node.op_type() == "Relu" || is_one_of(node.op_type(), MOVERS) || is_one_of(node.op_type(), ELEMENTWISE);
  }

  // The inputs that carry data, not weights, sizes or axes.
  std::vector<std::string> data_inputs(const onnx::NodeProto& node) const {
    std::vector<std::string> names;
    const bool all = node.op_type() == "Concat" || is_one_of(node.op_type(), ELEMENTWISE);
    for (const auto& input : node.input()) {
      if (names.empty() || all) names.push_back(input);
    }
    return names;
  }

  bool has_constant_data(const onnx::NodeProto& node) const {
    const auto names = data_inputs(node);
    return std::ranges::any_of(names, [&](const auto& name) { return weights_.contains(name); });
  }

  // An operator that is no convolution is quantised to keep data in bytes between those that are; at the border of the
  // INT8 part it would cost precision and save nothing.
  void drop_what_gains_nothing() {
    const auto gains = [&](int i) {
      const auto& node = graph_.node(i);
      if (has_constant_data(node) || is_output(node.output(0))) return false;
      const auto inputs = data_inputs(node);
      const bool from_bytes = std::ranges::any_of(inputs, [&](const auto& name) {
        const auto found = producer_.find(name);
        return found != producer_.end() && chosen(found->second);
      });
      const auto users = consumers_.find(node.output(0));
      return from_bytes && users != consumers_.end() &&
             std::ranges::any_of(users->second, [&](int user) { return chosen(user); });
    };
    for (bool changed = true; changed;) {
      changed = false;
      for (int i = 0; i < graph_.node_size(); ++i) {
        const auto& node = graph_.node(i);
        if (!chosen(i) || node.op_type() == "Conv" || (node.op_type() == "Relu" && follows_alone(i)) || gains(i))
          continue;
        chosen_[static_cast<std::size_t>(i)] = false;
        changed = true;
      }
    }
  }

  // A Relu that is the only one to read what a quantised operator gives. Rounding to bytes that begin at 0 cuts off
  // what is below as Relu does, so it costs nothing there.
  bool follows_alone(int relu) const {
    const std::string& input = graph_.node(relu).input(0);
    const auto before = producer_.find(input);
    return before != producer_.end() && chosen(before->second) && graph_.node(before->second).op_type() != "Relu" &&
           !is_one_of(graph_.node(before->second).op_type(), MOVERS) && consumers_.at(input).size() == 1 &&
           !is_output(input);
  }
  bool is_folded_relu(int node) const { return graph_.node(node).op_type() == "Relu" && follows_alone(node); }

  bool ends_in_sigmoid(const std::string& tensor) const {
    const auto users = consumers_.find(tensor);
    return users != consumers_.end() && !is_output(tensor) && std::ranges::all_of(users->second, [&](int user) {
             const auto& node = graph_.node(user);
             return node.op_type() == "Sigmoid" || (node.op_type() == "Resize" && ends_in_sigmoid(node.output(0)));
           });
  }

  void give_scales(QuantizationPlan& plan) {
    std::vector<std::string> tensors;
    std::unordered_map<std::string, std::size_t> place;
    const auto add = [&](const std::string& name) {
      if (place.emplace(name, tensors.size()).second) tensors.push_back(name);
    };
    std::unordered_set<std::string> inside;  // between an operator and its Relu: never rounded
    for (int i = 0; i < graph_.node_size(); ++i) {
      if (chosen(i) && is_folded_relu(i)) inside.insert(graph_.node(i).input(0));
    }
    for (int i = 0; i < graph_.node_size(); ++i) {
      if (!chosen(i)) continue;
      const auto& node = graph_.node(i);
      if (!is_folded_relu(i)) {
        for (const auto& input : data_inputs(node)) add(input);
      }
      if (!inside.contains(node.output(0))) add(node.output(0));
    }
    std::vector<std::size_t> parent(tensors.size());
    std::iota(parent.begin(), parent.end(), std::size_t{0});
    const auto root = [&](std::size_t i) {
      while (parent[i] != i) i = parent[i] = parent[parent[i]];
      return i;
    };
    for (int i = 0; i < graph_.node_size(); ++i) {
      const auto& node = graph_.node(i);
      if (!chosen(i) || !is_one_of(node.op_type(), MOVERS)) continue;
      for (const auto& input : data_inputs(node)) {
        const auto a = root(place.at(input));
        const auto b = root(place.at(node.output(0)));
        parent[std::max(a, b)] = std::min(a, b);
      }
    }
    std::unordered_map<std::size_t, int> numbers;
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      const auto [found, made] = numbers.emplace(root(i), plan.scales);
      if (made) ++plan.scales;
      plan.scale_of.emplace(tensors[i], found->second);
    }
  }

  const onnx::GraphProto& graph_;
  std::unordered_map<std::string, const onnx::TensorProto*> weights_;
  std::unordered_map<std::string, int> producer_;
  std::unordered_map<std::string, std::vector<int>> consumers_;
  std::vector<bool> chosen_;
};

}  // namespace

QuantizationPlan make_plan(const onnx::GraphProto& graph, const KeepFloat& keep_float) {
  return QuantizationPlanner(graph, keep_float).plan();
}

}  // namespace peel::quantization
