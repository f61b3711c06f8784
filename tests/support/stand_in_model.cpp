#include "support/stand_in_model.hpp"

#include <onnx/onnx_pb.h>

#include <cstddef>
#include <fstream>
#include <initializer_list>
#include <span>
#include <utility>

namespace peel::test {
namespace {

constexpr int FLOAT = onnx::TensorProto::FLOAT;
constexpr int HALF = onnx::TensorProto::FLOAT16;

// Exact for the few values used here: normal numbers whose mantissa fits ten bits.
std::int32_t to_half(float value) {
  std::uint32_t bits = 0;
  static_assert(sizeof bits == sizeof value);
  __builtin_memcpy(&bits, &value, sizeof bits);
  if (value == 0) return 0;
  const auto exponent = static_cast<std::int32_t>(bits >> 23 & 0xFF) - 127 + 15;
  return static_cast<std::int32_t>(bits >> 16 & 0x8000) | exponent << 10 |
         static_cast<std::int32_t>(bits >> 13 & 0x3FF);
}

void add_value(onnx::ValueInfoProto* value, const std::string& name, std::initializer_list<std::int64_t> shape) {
  value->set_name(name);
  auto* const type = value->mutable_type()->mutable_tensor_type();
  type->set_elem_type(FLOAT);
  int index = 0;
  for (const auto size : shape) {
    auto* const dimension = type->mutable_shape()->add_dim();
    if (size > 0) {
      dimension->set_dim_value(size);
    } else {
      dimension->set_dim_param("open" + std::to_string(index));
    }
    ++index;
  }
}

class Builder {
 public:
  explicit Builder(const StandIn& model) : options_(model) {
    model_.set_ir_version(6);
    model_.add_opset_import()->set_version(11);
    graph_ = model_.mutable_graph();
    graph_->set_name("stand_in");
  }

  onnx::NodeProto* node(const std::string& kind, const std::vector<std::string>& inputs, const std::string& output) {
    auto* const made = graph_->add_node();
    made->set_op_type(kind);
    for (const auto& input : inputs) made->add_input(input);
    made->add_output(output);
    return made;
  }

  void cast(const std::string& input, const std::string& output, int type) {
    auto* const attribute = node("Cast", {input}, output)->add_attribute();
    attribute->set_name("to");
    attribute->set_type(onnx::AttributeProto::INT);
    attribute->set_i(type);
  }

  std::string weights(const std::string& name, std::initializer_list<std::int64_t> shape,
                      const std::vector<float>& values) {
    auto* const tensor = graph_->add_initializer();
    tensor->set_name(name);
    for (const auto size : shape) tensor->add_dims(size);
    tensor->set_data_type(options_.half ? HALF : FLOAT);
    for (const float value : values) {
      if (options_.half) {
        tensor->add_int32_data(to_half(value));
      } else {
        tensor->add_float_data(value);
      }
    }
    return name;
  }

  std::string halved_and_doubled(const std::string& x, std::int64_t height, std::int64_t width) {
    auto* const scales = graph_->add_initializer();
    scales->set_name("scales");
    scales->add_dims(4);
    scales->set_data_type(FLOAT);
    for (const float scale : {1.0f, 1.0f, 0.5f, 0.5f}) scales->add_float_data(scale);
    auto* const sizes = graph_->add_initializer();
    sizes->set_name("sizes");
    sizes->add_dims(4);
    sizes->set_data_type(onnx::TensorProto::INT64);
    for (const std::int64_t size : {std::int64_t{1}, std::int64_t{3}, height, width}) sizes->add_int64_data(size);
    auto* const none = graph_->add_initializer();
    none->set_name("none");
    none->add_dims(0);
    none->set_data_type(FLOAT);
    node("Resize", {x, "none", "scales"}, "halved");
    node("Resize", {"halved", "none", "none", "sizes"}, "doubled");
    return "doubled";
  }

  std::string build() {
    const std::int64_t h = options_.height;
    const std::int64_t w = options_.width;
    add_value(graph_->add_input(), options_.input_name, {1, 3, h, w});
    std::string x = options_.input_name;
    if (options_.half) {
      cast(x, "x16", HALF);
      x = "x16";
    }
    std::vector<float> weight;
    std::vector<float> bias;
    for (int k = 1; k <= options_.channels; ++k) {
      for (int c = 0; c < 3; ++c) weight.push_back(options_.scale * static_cast<float>(k) * (c == 1 ? 0.5f : 0.25f));
      bias.push_back(options_.shift * static_cast<float>(k));
    }
    if (options_.resize && h > 0) x = halved_and_doubled(x, h, w);
    node("Conv", {x, weights("w", {options_.channels, 3, 1, 1}, weight), weights("b", {options_.channels}, bias)},
         "conv");
    std::string last = "conv";
    if (options_.sigmoid) {
      node("Sigmoid", {last}, "sigmoid");
      last = "sigmoid";
    }
    if (options_.half) {
      cast(last, "saliency", FLOAT);
    } else {
      node("Identity", {last}, "saliency");
    }
    add_value(graph_->add_output(), "saliency", {1, options_.channels, h, w});
    for (int i = 0; i < options_.side_outputs; ++i) {
      const auto tag = std::to_string(i);
      node("Mul", {last, weights("side_w" + tag, {1}, {2.0f})}, "side_inner" + tag);
      if (options_.half) {
        cast("side_inner" + tag, "side" + tag, FLOAT);
      } else {
        node("Identity", {"side_inner" + tag}, "side" + tag);
      }
      add_value(graph_->add_output(), "side" + tag, {1, options_.channels, h, w});
    }
    if (options_.unsorted) {
      for (int i = 0, j = graph_->node_size() - 1; i < j; ++i, --j) graph_->mutable_node()->SwapElements(i, j);
    }
    return model_.SerializeAsString();
  }

 private:
  StandIn options_;
  onnx::ModelProto model_;
  onnx::GraphProto* graph_ = nullptr;
};

}  // namespace

std::string stand_in_model(const StandIn& model) {
  return Builder(model).build();
}

void write_stand_in(const std::filesystem::path& file, const StandIn& model) {
  std::ofstream(file, std::ios::binary) << stand_in_model(model);
}

}  // namespace peel::test
