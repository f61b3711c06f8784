#include "support/random_network.hpp"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <utility>
#include <vector>

namespace peel::test {
namespace {

struct Map {
  std::string name;
  int channels = 0;
  int side = 0;
};

class RandomNetwork {
 public:
  explicit RandomNetwork(const std::function<int(int)>& choose) : choose_(choose) {
    model_.set_ir_version(6);
    model_.add_opset_import()->set_version(13);
    graph_ = model_.mutable_graph();
    graph_->set_name("random");
    const int side = 16 + choose_(17);
    describe(*graph_->add_input(), "x", 3, side);
    maps_.push_back({"x", 3, side});
  }

  std::string make() {
    for (int left = 3 + choose_(8); left > 0; --left) add_one();
    const Map last = convolution(maps_.back(), 1, 3, 1, 1);
    node("Sigmoid", {last.name}, "y");
    describe(*graph_->add_output(), "y", 1, last.side);
    return model_.SerializeAsString();
  }

 private:
  void add_one() {
    const Map from = maps_[static_cast<std::size_t>(choose_(static_cast<int>(maps_.size())))];
    const std::string name = fmt::format("m{}", maps_.size());
    switch (choose_(6)) {
      case 0:
        return add_resize(from, name);
      case 1:
        if (from.side < 4) break;
        return add_pool(from, name);
      case 2:
        return join("Concat", from, name);
      case 3:
        return join("Add", from, name);
      default:
        break;
    }
    const int stride = from.side >= 8 && choose_(4) == 0 ? 2 : 1;
    Map made = convolution(from, 2 + choose_(7), choose_(3) == 0 ? 1 : 3, 1 + choose_(2), stride);
    if (choose_(2) == 0) made = normalised(made);
    node("Relu", {made.name}, name);
    maps_.push_back({name, made.channels, made.side});
  }

  Map convolution(const Map& from, int channels, int kernel, int dilation, int stride) {
    const std::string name = fresh("c");
    const int pad = kernel / 2 * dilation;
    auto& made =
        node("Conv", {from.name, weights({channels, from.channels, kernel, kernel}), weights({channels})}, name);
    set(made, "kernel_shape", {kernel, kernel});
    set(made, "dilations", {dilation, dilation});
    set(made, "pads", {pad, pad, pad, pad});
    set(made, "strides", {stride, stride});
    return {name, channels, (from.side + 2 * pad - dilation * (kernel - 1) - 1) / stride + 1};
  }

  Map normalised(const Map& from) {
    const std::string name = fresh("b");
    const auto one = [&](float base) { return weights({from.channels}, base); };
    node("BatchNormalization", {from.name, one(1), one(0), one(0), one(1)}, name);
    return {name, from.channels, from.side};
  }

  void add_pool(const Map& from, const std::string& name) {
    auto& made = node("MaxPool", {from.name}, name);
    set(made, "kernel_shape", {2, 2});
    set(made, "strides", {2, 2});
    auto& ceiling = *made.add_attribute();
    ceiling.set_name("ceil_mode");
    ceiling.set_type(onnx::AttributeProto::INT);
    ceiling.set_i(1);
    maps_.push_back({name, from.channels, (from.side + 1) / 2});
  }

  void add_resize(const Map& from, const std::string& name) {
    const int side = 8 + choose_(25);
    maps_.push_back({name, from.channels, side});
    resize(from, name, side);
  }

  void resize(const Map& from, const std::string& name, int side) {
    auto& sizes = *graph_->add_initializer();
    sizes.set_name(fresh("s"));
    sizes.set_data_type(onnx::TensorProto::INT64);
    sizes.add_dims(4);
    for (const int size : {1, from.channels, side, side}) sizes.add_int64_data(size);
    auto& made = node("Resize", {from.name, "", "", sizes.name()}, name);
    for (const auto& [key, value] : {std::pair("mode", "linear"), {"coordinate_transformation_mode", "half_pixel"}}) {
      auto& attribute = *made.add_attribute();
      attribute.set_name(key);
      attribute.set_type(onnx::AttributeProto::STRING);
      attribute.set_s(value);
    }
  }

  // With the last map, brought to the same shape first.
  void join(const std::string& kind, const Map& from, const std::string& name) {
    Map other = maps_.back();
    if (other.side != from.side) {
      const std::string resized = fresh("r");
      resize(other, resized, from.side);
      other = {resized, other.channels, from.side};
    }
    if (kind == "Add" && other.channels != from.channels) other = convolution(other, from.channels, 1, 1, 1);
    auto& made = node(kind, {from.name, other.name}, name);
    const bool concat = kind == "Concat";
    if (concat) {
      auto& axis = *made.add_attribute();
      axis.set_name("axis");
      axis.set_type(onnx::AttributeProto::INT);
      axis.set_i(1);
    }
    maps_.push_back({name, from.channels + (concat ? other.channels : 0), from.side});
  }

  onnx::NodeProto& node(const std::string& kind, const std::vector<std::string>& inputs, const std::string& output) {
    auto& made = *graph_->add_node();
    made.set_op_type(kind);
    for (const auto& input : inputs) made.add_input(input);
    made.add_output(output);
    return made;
  }

  static void set(onnx::NodeProto& node, const char* name, std::initializer_list<int> values) {
    auto& attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::INTS);
    for (const int value : values) attribute.add_ints(value);
  }

  // Around `base`, of a size that keeps the maps' values about as large from layer to layer.
  std::string weights(const std::vector<int>& shape, float base = 0) {
    auto& tensor = *graph_->add_initializer();
    tensor.set_name(fresh("w"));
    tensor.set_data_type(onnx::TensorProto::FLOAT);
    int count = 1;
    for (const int size : shape) {
      tensor.add_dims(size);
      count *= size;
    }
    const float range = shape.size() == 1 ? 0.2f : 1.5f * static_cast<float>(shape[0]) / static_cast<float>(count);
    for (int i = 0; i < count; ++i) {
      tensor.add_float_data(base + range * (static_cast<float>(choose_(201)) / 100 - 1));
    }
    return tensor.name();
  }

  static void describe(onnx::ValueInfoProto& value, const char* name, int channels, int side) {
    value.set_name(name);
    auto& type = *value.mutable_type()->mutable_tensor_type();
    type.set_elem_type(onnx::TensorProto::FLOAT);
    for (const int size : {1, channels, side, side}) type.mutable_shape()->add_dim()->set_dim_value(size);
  }

  std::string fresh(const char* kind) { return fmt::format("{}{}", kind, names_++); }

  const std::function<int(int)>& choose_;
  onnx::ModelProto model_;
  onnx::GraphProto* graph_ = nullptr;
  std::vector<Map> maps_;
  int names_ = 0;
};

}  // namespace

std::string random_network(const std::function<int(int)>& choose) {
  return RandomNetwork(choose).make();
}

}  // namespace peel::test
