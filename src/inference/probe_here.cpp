#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "inference/cuda_driver.hpp"
#include "inference/probe.hpp"
#include "inference/vulkan.hpp"
#include "peel/error.hpp"

namespace peel {
namespace {

constexpr int SIDE = 32;
constexpr int CHANNELS = 8;

void describe(onnx::ValueInfoProto& value, const char* name, std::initializer_list<std::int64_t> shape) {
  value.set_name(name);
  auto& type = *value.mutable_type()->mutable_tensor_type();
  type.set_elem_type(onnx::TensorProto::FLOAT);
  for (const auto size : shape) type.mutable_shape()->add_dim()->set_dim_value(size);
}

void add_weights(onnx::GraphProto& graph, const char* name, std::initializer_list<std::int64_t> shape) {
  auto& tensor = *graph.add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  std::int64_t count = 1;
  for (const auto size : shape) {
    tensor.add_dims(size);
    count *= size;
  }
  for (std::int64_t i = 0; i < count; ++i)
    tensor.add_float_data(0.4f * static_cast<float>(std::sin(1.7 * static_cast<double>(i))));
}

onnx::NodeProto& add_node(onnx::GraphProto& graph, const char* kind, std::initializer_list<const char*> inputs,
                          const char* output) {
  auto& node = *graph.add_node();
  node.set_op_type(kind);
  for (const char* input : inputs) node.add_input(input);
  node.add_output(output);
  return node;
}

void set_ints(onnx::NodeProto& node, const char* name, std::initializer_list<std::int64_t> values) {
  auto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INTS);
  for (const auto value : values) attribute.add_ints(value);
}

// The operators that the networks are made of: two convolutions with all that lies between them.
std::string small_network() {
  onnx::ModelProto model;
  model.set_ir_version(6);
  model.add_opset_import()->set_version(13);
  auto& graph = *model.mutable_graph();
  graph.set_name("probe");
  describe(*graph.add_input(), "x", {1, 3, SIDE, SIDE});
  describe(*graph.add_output(), "y", {1, 1, SIDE / 2, SIDE / 2});
  add_weights(graph, "w1", {CHANNELS, 3, 3, 3});
  add_weights(graph, "w2", {1, 2 * CHANNELS, 3, 3});
  set_ints(add_node(graph, "Conv", {"x", "w1"}, "conv"), "pads", {1, 1, 1, 1});
  add_node(graph, "Relu", {"conv"}, "relu");
  auto& pool = add_node(graph, "MaxPool", {"relu"}, "pool");
  set_ints(pool, "kernel_shape", {2, 2});
  set_ints(pool, "strides", {2, 2});
  auto& axis = *add_node(graph, "Concat", {"pool", "pool"}, "both").add_attribute();
  axis.set_name("axis");
  axis.set_type(onnx::AttributeProto::INT);
  axis.set_i(1);
  set_ints(add_node(graph, "Conv", {"both", "w2"}, "last"), "pads", {1, 1, 1, 1});
  add_node(graph, "Sigmoid", {"last"}, "y");
  return model.SerializeAsString();
}

std::vector<float> run_small_network(const Provider& wanted) {
  Ort::SessionOptions options;
  options.SetIntraOpNumThreads(1);
  options.SetLogSeverityLevel(ORT_LOGGING_LEVEL_ERROR);
  append(wanted, {}, options);
  const std::string network = small_network();
  Ort::Session session(open_runtime().env, network.data(), network.size(), options);
  std::vector<float> input(static_cast<std::size_t>(3 * SIDE * SIDE));
  for (std::size_t i = 0; i < input.size(); ++i) input[i] = static_cast<float>(i % 29) / 29.0f;
  const std::array<std::int64_t, 4> shape{1, 3, SIDE, SIDE};
  const auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
  const auto value = Ort::Value::CreateTensor<float>(memory, input.data(), input.size(), shape.data(), shape.size());
  const char* const in = "x";
  const char* const out = "y";
  const auto results = session.Run(Ort::RunOptions{nullptr}, &in, &value, 1, &out, 1);
  const float* const values = results.front().GetTensorData<float>();
  return {values, values + results.front().GetTensorTypeAndShapeInfo().GetElementCount()};
}

void try_small_network(const Provider& wanted) {
  try {
    const auto right = run_small_network(provider(Device::cpu));
    const auto result = run_small_network(wanted);
    float largest = result.size() == right.size() ? 0.0f : INFINITY;
    for (std::size_t i = 0; i < std::min(result.size(), right.size()); ++i) {
      const float difference = std::abs(result[i] - right[i]);
      if (!(difference <= largest)) largest = difference;
    }
    // Tensor cores round float32 to 10 bits of mantissa (TF32).
    if (!(largest < 0.02f)) {
      throw Error(ErrorCode::device, fmt::format("its numbers differ from the CPU's by up to {:.2g}", largest),
                  "update its driver");
    }
  } catch (const Ort::Exception& error) {
    throw Error(ErrorCode::device, readable(error));
  }
}

}  // namespace

std::string probe_here(const Provider& wanted) {
  std::vector<Hardware> hardware;
  std::string reason;
  std::string advice;
  const auto attempt = [&](const auto& step) {
    try {
      step();
    } catch (const Error& error) {
      if (reason.empty()) {
        reason = error.message();
        advice = error.hint();
      }
    }
  };
  attempt([&] { check_requirements(wanted, true); });
  if (wanted.device == Device::cuda || wanted.device == Device::tensorrt) {
    attempt([&] { hardware = CudaDriver::open().hardware(); });
  }
  if (wanted.device == Device::webgpu) {
    attempt([&] { hardware = vulkan_devices(); });
  }
  if (reason.empty()) attempt([&] { try_small_network(wanted); });
  // All it needs is there, and it fails for a reason of its own.
  if (!reason.empty() && advice.empty()) advice = "update its driver";

  nlohmann::json object{
      {"usable", reason.empty()}, {"reason", reason}, {"advice", advice}, {"hardware", nlohmann::json::array()}};
  for (const auto& item : hardware) {
    object["hardware"].push_back({{"name", item.name},
                                  {"memory_bytes", item.memory_bytes},
                                  {"compute_capability", item.compute_capability},
                                  {"driver", item.driver},
                                  {"software", item.software}});
  }
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace peel
