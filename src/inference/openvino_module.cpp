#include "inference/openvino_module.hpp"

#include <dlfcn.h>

#include <filesystem>
#include <mutex>
#include <openvino/openvino.hpp>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

namespace peel {
namespace {

// Never destroyed: networks in other static objects may outlive any order of destruction.
ov::Core& core() {
  static auto* const all = new ov::Core;
  return *all;
}

// - The precision is said: on processors that have bf16 OpenVINO would take it by itself.
// - No pinning: beside peel's own threads two would be bound to one core while another idles.
ov::AnyMap properties(const CompileOptions& options) {
  return {ov::hint::inference_precision(ov::element::f32), ov::num_streams(ov::streams::Num(options.runs)),
          ov::inference_num_threads(options.threads * options.runs), ov::hint::enable_cpu_pinning(false)};
}

std::vector<std::int64_t> shape_of(const ov::Output<const ov::Node>& port) {
  const ov::Shape& shape = port.get_shape();
  return {shape.begin(), shape.end()};
}

class Compiled : public CompiledNetwork {
 public:
  explicit Compiled(ov::CompiledModel model)
      : model_(std::move(model)), input_shape_(shape_of(model_.input())), output_shape_(shape_of(model_.output())) {}

  const std::vector<std::int64_t>& input_shape() const override { return input_shape_; }
  const std::vector<std::int64_t>& output_shape() const override { return output_shape_; }
  void save(std::ostream& to) const override { model_.export_model(to); }

  // By a stream of OpenVINO's, not in the caller's thread: streams have the threads they were given, while callers
  // would bring theirs along, and two of them might be led to one stream while another idles.
  void run(const float* input, float* output) const override {
    ov::InferRequest request = take();
    // OpenVINO asks for a pointer it may write through; inputs are only read.
    request.set_input_tensor({ov::element::f32, model_.input().get_shape(), const_cast<float*>(input)});
    request.set_output_tensor({ov::element::f32, model_.output().get_shape(), output});
    request.start_async();
    request.wait();
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(request));
  }

 private:
  // One that failed is not used again.
  ov::InferRequest take() const {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return model_.create_infer_request();
    ov::InferRequest request = std::move(idle_.back());
    idle_.pop_back();
    return request;
  }

  mutable ov::CompiledModel model_;  // what it offers is not const, though safe to call from several threads
  std::vector<std::int64_t> input_shape_;
  std::vector<std::int64_t> output_shape_;
  mutable std::mutex mutex_;
  mutable std::vector<ov::InferRequest> idle_;
};

void check_ports(const ov::Model& model) {
  if (model.inputs().size() != 1) throw std::runtime_error("it has not one input");
  for (const auto& port : {model.input(), model.output(0)}) {
    if (port.get_element_type() != ov::element::f32) throw std::runtime_error("it takes or gives no float32");
    if (port.get_partial_shape().is_dynamic()) {
      throw std::runtime_error("a size of its input or output is open, and would be compiled for at every picture");
    }
  }
}

std::unique_ptr<CompiledNetwork> compile(const std::string& onnx, const CompileOptions& options) {
  const auto model = core().read_model(onnx, ov::Tensor());
  check_ports(*model);
  return std::make_unique<Compiled>(core().compile_model(model, "CPU", properties(options)));
}

std::unique_ptr<CompiledNetwork> load(std::span<const std::byte> saved, const CompileOptions& options) {
  const ov::Tensor blob(ov::element::u8, {saved.size()}, const_cast<std::byte*>(saved.data()));
  return std::make_unique<Compiled>(core().import_model(blob, "CPU", properties(options)));
}

// "2026.4.1" of "2026.4.1-22982-e213a147257-releases/2026/4".
std::string version() {
  const std::string_view build = ov::get_openvino_version().buildNumber;
  return std::string(build.substr(0, build.find('-')));
}

std::string library() {
  Dl_info info{};
  const bool known = dladdr(reinterpret_cast<void*>(&ov::get_openvino_version), &info) != 0 && info.dli_fname;
  if (!known) return "";
  std::error_code unresolved;
  const auto whole = std::filesystem::canonical(info.dli_fname, unresolved);
  return unresolved ? info.dli_fname : whole.string();
}

}  // namespace
}  // namespace peel

extern "C" __attribute__((visibility("default"))) const peel::OpenVinoModule* peel_openvino_module() {
  static const peel::OpenVinoModule module{peel::OpenVinoModule::INTERFACE, peel::version(), peel::library(),
                                           peel::compile, peel::load};
  return &module;
}
