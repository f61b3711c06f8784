#include "quantization/observe.hpp"

#include <fmt/format.h>

#include <array>
#include <exception>
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
    const std::int64_t one = 1;
    *context.GetOutput(0, &one, 1).GetTensorMutableData<float>() = 0;
    if (!watch->observer || watch->thrown) return;
    try {
      (*watch->observer)(index, shape, std::span(input.GetTensorData<float>(), info.GetElementCount()));
    } catch (...) {
      watch->thrown = std::current_exception();
    }
  }
};

// The names of the functions are those that CustomOpBase calls.
struct ObserveOperator : Ort::CustomOpBase<ObserveOperator, ObserveKernel> {
  explicit ObserveOperator(Watch& target) : watch(&target) {}
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

void add_observer(onnx::ModelProto& model, const std::string& tensor, std::size_t index) {
  auto& graph = *model.mutable_graph();
  auto* const node = graph.add_node();
  node->set_op_type(OPERATOR_NAME);
  node->set_domain(DOMAIN_NAME);
  node->add_input(tensor);
  node->add_output(fmt::format("peel_observed_{}", index));
  auto* const attribute = node->add_attribute();
  attribute->set_name("index");
  attribute->set_type(onnx::AttributeProto::INT);
  attribute->set_i(static_cast<std::int64_t>(index));
  // Only what an output needs is computed.
  auto* const output = graph.add_output();
  output->set_name(node->output(0));
  auto* const type = output->mutable_type()->mutable_tensor_type();
  type->set_elem_type(onnx::TensorProto::FLOAT);
  type->mutable_shape()->add_dim()->set_dim_value(1);
}

}  // namespace

struct ObservedNetwork::Impl {
  Watch watch;
  ObserveOperator operation{watch};
  Ort::CustomOpDomain domain{DOMAIN_NAME};
  Ort::Session session{nullptr};
  std::string input;
  std::string output;
  std::vector<std::string> outputs;
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
  impl_->outputs.push_back(model.graph().output(0).name());
  auto* const opset = watched.add_opset_import();
  opset->set_domain(DOMAIN_NAME);
  opset->set_version(1);
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    add_observer(watched, tensors[i], i);
    impl_->outputs.push_back(watched.graph().output(watched.graph().output_size() - 1).name());
  }
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
  std::vector<const char*> names;
  names.reserve(impl_->outputs.size());
  for (const auto& output : impl_->outputs) names.push_back(output.c_str());
  impl_->watch = {&observer, nullptr};
  std::vector<Ort::Value> results;
  try {
    results = impl_->session.Run(Ort::RunOptions{nullptr}, &name, &value, 1, names.data(), names.size());
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
