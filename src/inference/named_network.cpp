#include "inference/named_network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stop_token>

#include "base/control.hpp"
#include "inference/values.hpp"
#include "peel/error.hpp"

namespace peel {

struct NamedNetwork::Impl {
  std::filesystem::path file;
  // Session::Run is not const in the C++ wrapper, though safe to call from several threads.
  mutable Ort::Session session{nullptr};
  std::vector<Port> inputs;
  std::vector<Port> outputs;
};

namespace {

std::vector<std::int64_t> shape_of(const Ort::TypeInfo& type) {
  if (type.GetONNXType() != ONNX_TYPE_TENSOR) return {};
  return type.GetTensorTypeAndShapeInfo().GetShape();
}

}  // namespace

NamedNetwork::NamedNetwork(const std::filesystem::path& file, int threads) {
  // First: without the runtime not even an empty Ort::Session could be destroyed.
  const Runtime& runtime = open_runtime();
  impl_ = std::make_unique<Impl>();
  impl_->file = file;
  try {
    impl_->session = Ort::Session(runtime.env, file.c_str(), session_options(threads));
    const Ort::AllocatorWithDefaultOptions allocator;
    for (std::size_t i = 0; i < impl_->session.GetInputCount(); ++i) {
      impl_->inputs.push_back(
          {impl_->session.GetInputNameAllocated(i, allocator).get(), shape_of(impl_->session.GetInputTypeInfo(i))});
    }
    for (std::size_t i = 0; i < impl_->session.GetOutputCount(); ++i) {
      impl_->outputs.push_back(
          {impl_->session.GetOutputNameAllocated(i, allocator).get(), shape_of(impl_->session.GetOutputTypeInfo(i))});
    }
  } catch (const Ort::Exception& error) {
    throw cannot_load(file, error);
  }
}

NamedNetwork::NamedNetwork(NamedNetwork&&) noexcept = default;
NamedNetwork& NamedNetwork::operator=(NamedNetwork&&) noexcept = default;
NamedNetwork::~NamedNetwork() = default;

const std::vector<NamedNetwork::Port>& NamedNetwork::inputs() const noexcept {
  return impl_->inputs;
}
const std::vector<NamedNetwork::Port>& NamedNetwork::outputs() const noexcept {
  return impl_->outputs;
}
bool NamedNetwork::has_output(std::string_view name) const noexcept {
  return std::ranges::find(impl_->outputs, name, &Port::name) != impl_->outputs.end();
}

std::vector<Tensor> NamedNetwork::run(const Inputs& inputs, const std::vector<std::string>& outputs) const {
  // The runtime itself would begin, and fail at the node that wants it.
  for (const Port& port : impl_->inputs) {
    const bool given = std::ranges::any_of(inputs, [&](const auto& input) { return input.first == port.name; });
    if (!given) {
      throw Error(ErrorCode::model, fmt::format("{}: it has an input \"{}\", which peel knows nothing for",
                                                impl_->file.string(), port.name));
    }
  }
  std::vector<const char*> input_names;
  std::vector<const char*> output_names;
  std::vector<Ort::Value> values;
  for (const auto& [name, tensor] : inputs) {
    input_names.push_back(name.c_str());
    values.push_back(view_of(*tensor));
  }
  output_names.reserve(outputs.size());
  for (const std::string& name : outputs) output_names.push_back(name.c_str());
  std::vector<Ort::Value> results;
  check_stopped();
  Ort::RunOptions options;
  const std::stop_callback end(current_stop(), [&] { options.SetTerminate(); });
  try {
    results = impl_->session.Run(options, input_names.data(), values.data(), values.size(), output_names.data(),
                                 output_names.size());
  } catch (const Ort::Exception& error) {
    check_stopped();
    throw Error(error.GetOrtErrorCode() == ORT_INVALID_ARGUMENT ? ErrorCode::model : ErrorCode::device,
                fmt::format("{} fails: {}", impl_->file.string(), readable(error)));
  }
  std::vector<Tensor> tensors;
  tensors.reserve(results.size());
  for (std::size_t i = 0; i < results.size(); ++i) {
    tensors.push_back(tensor_of(results[i], fmt::format("{}: its output {}", impl_->file.string(), outputs[i])));
  }
  return tensors;
}

}  // namespace peel
