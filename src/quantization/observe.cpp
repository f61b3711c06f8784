#include "quantization/observe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <unordered_map>
#include <utility>

#include "inference/runtime.hpp"
#include "peel/error.hpp"

namespace peel::quantization {
namespace {

constexpr const char* DOMAIN_NAME = "peel.observe";
constexpr const char* OPERATOR_NAME = "Observe";

// What a run is looked at by; set for its duration.
struct Watch {
  const Observer* observer = nullptr;
  std::exception_ptr thrown;  // exceptions must not pass through the runtime's C interface
};

struct ObserveKernel {
  Watch* watch;
  std::size_t index;

  void Compute(OrtKernelContext* raw) const {
    const Ort::KernelContext context(raw);
    const auto input = context.GetInput(0);
    const auto info = input.GetTensorTypeAndShapeInfo();
    const auto shape = info.GetShape();
    const std::span values(input.GetTensorData<float>(), info.GetElementCount());
    auto* const out = context.GetOutput(0, shape.data(), shape.size()).GetTensorMutableData<float>();
    if (out != values.data()) std::ranges::copy(values, out);
    if (!watch->observer || watch->thrown) return;
    try {
      (*watch->observer)(index, shape, values);
    } catch (...) {
      watch->thrown = std::current_exception();
    }
  }
};

// The names of the functions are those that CustomOpBase calls.
struct ObserveOperator : Ort::CustomOpBase<ObserveOperator, ObserveKernel> {
  explicit ObserveOperator(Watch& target) : watch(&target) {
    // The output may be the input where it lies: nobody else reads that.
    GetMayInplace = [](int** inputs, int** outputs) -> std::size_t {
      static int input = 0;
      static int output = 0;
      *inputs = &input;
      *outputs = &output;
      return 1;
    };
    ReleaseMayInplace = [](int* /*inputs*/, int* /*outputs*/) {};
  }
  void* CreateKernel(const OrtApi& /*api*/, const OrtKernelInfo* info) const {
    const auto index = Ort::ConstKernelInfo(info).GetAttribute<std::int64_t>("index");
    return new ObserveKernel{watch, static_cast<std::size_t>(index)};
  }
  const char* GetName() const { return OPERATOR_NAME; }
  std::size_t GetInputTypeCount() const { return 1; }
  ONNXTensorElementDataType GetInputType(std::size_t /*index*/) const { return ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT; }
  std::size_t GetOutputTypeCount() const { return 1; }
  ONNXTensorElementDataType GetOutputType(std::size_t /*index*/) const { return ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT; }

  Watch* watch;
};

onnx::NodeProto observer(const std::string& from, const std::string& to, std::size_t index) {
  onnx::NodeProto node;
  node.set_op_type(OPERATOR_NAME);
  node.set_domain(DOMAIN_NAME);
  node.add_input(from);
  node.add_output(to);
  auto* const attribute = node.add_attribute();
  attribute->set_name("index");
  attribute->set_type(onnx::AttributeProto::INT);
  attribute->set_i(static_cast<std::int64_t>(index));
  return node;
}

// Observers stand between what gives a tensor and all nodes that read it: beside, the runtime would be free to run them
// last, with every tensor still there.
void add_observers(onnx::GraphProto& graph, const std::vector<std::string>& tensors) {
  std::unordered_map<std::string, std::size_t> indices;
  for (std::size_t i = 0; i < tensors.size(); ++i) indices.emplace(tensors[i], i);
  const auto nodes = std::move(*graph.mutable_node());
  graph.clear_node();
  std::unordered_map<std::string, std::string> renamed;
  for (const auto& input : graph.input()) {
    const auto found = indices.find(input.name());
    if (found == indices.end()) continue;
    const std::string& name = renamed[input.name()] = fmt::format("{}_observed", input.name());
    *graph.add_node() = observer(input.name(), name, found->second);
  }
  for (const auto& original : nodes) {
    const int place = graph.node_size();
    auto& node = *graph.add_node();
    node = original;
    for (auto& input : *node.mutable_input()) {
      if (const auto found = renamed.find(input); found != renamed.end()) input = found->second;
    }
    for (const auto& output : original.output()) {
      const auto found = indices.find(output);
      if (found == indices.end()) continue;
      const std::string hidden = fmt::format("{}_unobserved", output);
      std::ranges::replace(*graph.mutable_node(place)->mutable_output(), output, hidden);
      *graph.add_node() = observer(hidden, output, found->second);
    }
  }
}

}  // namespace

struct ObservedNetwork::Impl {
  Watch watch;
  ObserveOperator operation{watch};
  Ort::CustomOpDomain domain{DOMAIN_NAME};
  Ort::Session session{nullptr};
  std::string input;
  std::string output;
};

ObservedNetwork::ObservedNetwork(const onnx::ModelProto& model, const std::vector<std::string>& tensors, int threads) {
  open_runtime();
  impl_ = std::make_unique<Impl>();
  impl_->domain.Add(&impl_->operation);
  Ort::SessionOptions options;
  options.Add(impl_->domain);
  options.SetIntraOpNumThreads(threads);
  options.SetExecutionMode(ORT_SEQUENTIAL);
  options.DisableMemPattern();
  options.SetGraphOptimizationLevel(ORT_ENABLE_ALL);
  options.SetLogSeverityLevel(ORT_LOGGING_LEVEL_ERROR);

  onnx::ModelProto watched = model;
  impl_->input = model.graph().input(0).name();
  impl_->output = model.graph().output(0).name();
  auto* const opset = watched.add_opset_import();
  opset->set_domain(DOMAIN_NAME);
  opset->set_version(1);
  add_observers(*watched.mutable_graph(), tensors);
  const std::string bytes = watched.SerializeAsString();
  try {
    impl_->session = Ort::Session(open_runtime().env, bytes.data(), bytes.size(), options);
  } catch (const Ort::Exception& error) {
    throw Error(ErrorCode::model, fmt::format("ONNX Runtime refuses the graph: {}", readable(error)));
  }
}

ObservedNetwork::ObservedNetwork(ObservedNetwork&&) noexcept = default;
ObservedNetwork& ObservedNetwork::operator=(ObservedNetwork&&) noexcept = default;
ObservedNetwork::~ObservedNetwork() = default;

Tensor ObservedNetwork::run(const Tensor& input, const Observer& observer) {
  const auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
  // The interface asks for a pointer it may write through; inputs are only read.
  const auto value = Ort::Value::CreateTensor<float>(memory, const_cast<float*>(input.values.data()),
                                                     input.values.size(), input.shape.data(), input.shape.size());
  const char* const name = impl_->input.c_str();
  const char* const result = impl_->output.c_str();
  impl_->watch = {&observer, nullptr};
  std::vector<Ort::Value> results;
  try {
    results = impl_->session.Run(Ort::RunOptions{nullptr}, &name, &value, 1, &result, 1);
  } catch (const Ort::Exception& error) {
    throw Error(ErrorCode::model, fmt::format("the network fails while it is observed: {}", readable(error)));
  }
  impl_->watch.observer = nullptr;
  if (impl_->watch.thrown) std::rethrow_exception(impl_->watch.thrown);
  Tensor output;
  const auto info = results.front().GetTensorTypeAndShapeInfo();
  output.shape = info.GetShape();
  const float* const values = results.front().GetTensorData<float>();
  output.values.assign(values, values + info.GetElementCount());
  return output;
}

}  // namespace peel::quantization
