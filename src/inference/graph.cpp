#include "inference/graph.hpp"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "inference/half_precision.hpp"
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

// Files of the format's first three versions list every weight as an input too. A runtime takes those for values that
// may be replaced at each run, and folds nothing into them.
void remove_weights_from_inputs(onnx::ModelProto& model) {
  auto& graph = *model.mutable_graph();
  Names weights;
  for (const auto& tensor : graph.initializer()) weights.insert(tensor.name());
  if (erase_if(*graph.mutable_input(), [&](const auto& input) { return weights.contains(input.name()); }) > 0) {
    model.set_ir_version(std::max<std::int64_t>(model.ir_version(), 4));
  }
}

// Dimensions that hold the number of pictures. A batch of one is often written into the sizes that Resize is given.
void set_batch(onnx::GraphProto& graph, int batch, const std::string& name) {
  Names sizes;
  for (const auto& node : graph.node()) {
    if (node.op_type() == "Resize" && node.input_size() > 3) sizes.insert(node.input(3));
    // A shape that is computed is no concern; one that is written down may mix pictures, and nobody can tell.
    if (node.op_type() == "Reshape" || node.op_type() == "Expand" || node.op_type() == "Loop") {
      throw Error(ErrorCode::model,
                  fmt::format("{}: its operator {} fixes a batch of one picture", name, node.op_type()),
                  "leave the batch at 1");
    }
  }
  const auto set_first = [&](onnx::TensorProto& tensor) {
    if (tensor.data_type() != onnx::TensorProto::INT64 || tensor.dims_size() != 1 || tensor.dims(0) != 4) return;
    const std::int64_t value = batch;
    if (tensor.has_raw_data()) {
      std::memcpy(tensor.mutable_raw_data()->data(), &value, sizeof value);
    } else if (tensor.int64_data_size() > 0) {
      tensor.set_int64_data(0, value);
    }
  };
  for (auto& tensor : *graph.mutable_initializer()) {
    if (sizes.contains(tensor.name())) set_first(tensor);
  }
  for (auto& node : *graph.mutable_node()) {
    if (node.op_type() != "Constant" || !sizes.contains(node.output(0))) continue;
    for (auto& attribute : *node.mutable_attribute()) {
      if (attribute.has_t()) set_first(*attribute.mutable_t());
    }
  }
  const auto set_dimension = [&](onnx::ValueInfoProto& value) {
    auto* const shape = value.mutable_type()->mutable_tensor_type()->mutable_shape();
    if (shape->dim_size() > 0) shape->mutable_dim(0)->set_dim_value(batch);
  };
  for (auto& value : *graph.mutable_input()) set_dimension(value);
  for (auto& value : *graph.mutable_output()) set_dimension(value);
}

bool has_fixed_input(const onnx::GraphProto& graph) {
  for (const auto& input : graph.input()) {
    for (const auto& size : input.type().tensor_type().shape().dim()) {
      if (size.dim_value() <= 0) return false;
    }
  }
  return true;
}

}  // namespace

PreparedGraph prepare_graph(std::span<const std::byte> onnx_file, const std::string& name,
                            const GraphOptions& options) {
  onnx::ModelProto model;
  if (onnx_file.size() > std::numeric_limits<int>::max() ||
      !model.ParseFromArray(onnx_file.data(), static_cast<int>(onnx_file.size())) || !model.has_graph() ||
      model.graph().node_size() == 0 || model.graph().output_size() == 0) {
    throw Error(ErrorCode::model, fmt::format("{}: not an ONNX model", name),
                "give a file in ONNX format, or fetch it again with `peel models download`");
  }
  PreparedGraph result;
  keep_first_output(*model.mutable_graph(), result);
  remove_weights_from_inputs(model);
  result.widened = widen_graph(*model.mutable_graph());
  if (options.batch > 1) set_batch(*model.mutable_graph(), options.batch, name);
  if (options.half) result.half_refused = why_not_half(model.graph());
  if (options.half && result.half_refused.empty()) narrow_graph(*model.mutable_graph());
  result.fixed_input = has_fixed_input(model.graph());
  result.model = model.SerializeAsString();
  return result;
}

}  // namespace peel
