#include "inference/network.hpp"

#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <stop_token>
#include <system_error>
#include <utility>

#include "base/control.hpp"
#include "base/log.hpp"
#include "inference/engine.hpp"
#include "inference/graph.hpp"
#include "inference/graph_cache.hpp"
#include "inference/values.hpp"
#include "options/limits.hpp"
#include "peel/error.hpp"

namespace peel {
namespace {

Ort::SessionOptions common_options(const NetworkOptions& wanted) {
  Ort::SessionOptions options = session_options(wanted.threads);
  if (wanted.profile_prefix) options.EnableProfiling(wanted.profile_prefix->c_str());
  return options;
}

// Removed at the end.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::filesystem::path path) : path_(std::move(path)) {}
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

PreparedGraph prepare(const std::filesystem::path& model, const NetworkOptions& wanted) {
  const bool half = wanted.candidate.arithmetic == Arithmetic::fp16 && wanted.candidate.device != Device::tensorrt;
  auto prepared = prepare_graph(MappedFile(model).bytes(), model.string(), {wanted.batch, half});
  log(LogLevel::debug, "{}: {} side outputs and {} nodes removed{}", model.string(), prepared.outputs_removed,
      prepared.nodes_removed, prepared.widened ? ", half precision widened" : "");
  return prepared;
}

// Optimises a model's graph and saves it as `file` in the runtime's own format, which can be used where it lies in
// memory, without being parsed or copied. A session made for saving alone: what it allocates is gone before the one
// that stays is made. The graph is handed over in a file, since from memory the runtime would hold it twice.
void save_optimised(const std::filesystem::path& model, const NetworkOptions& wanted, const Ort::SessionOptions& base,
                    const std::filesystem::path& file) {
  make_kept_graph(model, file, [&](const std::filesystem::path& optimised) {
    const TemporaryFile plain(file.parent_path() / "graph.onnx.tmp");
    {
      const PreparedGraph prepared = prepare(model, wanted);
      std::ofstream out(plain.path(), std::ios::binary);
      out.write(prepared.model.data(), static_cast<std::streamsize>(prepared.model.size()));
      if (!out.flush()) throw Error(ErrorCode::output, fmt::format("cannot write {}", plain.path().string()));
    }
    ::malloc_trim(0);
    Ort::SessionOptions options = base.Clone();
    options.AddConfigEntry("session.save_model_format", "ORT");
    options.SetOptimizedModelFilePath(optimised.c_str());
    const Ort::Session saved(open_runtime().env, plain.path().c_str(), options);
  });
}

}  // namespace

Error not_a_network(const std::filesystem::path& model, const std::string& why) {
  return Error(ErrorCode::model, fmt::format("{}: not a network peel can run: {}", model.string(), why),
               "it must take one picture as 1 x 3 x height x width floats");
}

Network::Network(const std::filesystem::path& file, const NetworkOptions& options)
    : file_(file), cuda_graph_(options.cuda_graph) {
  create(options);
  inspect(options.batch);
}

void Network::create(const NetworkOptions& options) {
  const Ort::SessionOptions base = common_options(options);
  switch (options.candidate.device) {
    case Device::cpu:
    case Device::automatic:
      return create_for_cpu(options, base);
    case Device::tensorrt:
      return create_with_engine(options, base);
    case Device::cuda:
    case Device::webgpu:
      break;
  }
  Ort::SessionOptions with_device = base.Clone();
  append(provider(options.candidate.device), {options.candidate.arithmetic, options.cuda_graph, {}}, with_device);
  create_from_model(options, with_device);
}

void Network::create_from_model(const NetworkOptions& options, const Ort::SessionOptions& base) {
  const auto prepared = prepare(file_, options);
  half_refused_ = prepared.half_refused;
  session_ = Ort::Session(open_runtime().env, prepared.model.data(), prepared.model.size(), base);
}

void Network::create_from_cache(const std::filesystem::path& cached, const Ort::SessionOptions& base) {
  graph_.emplace(cached);
  Ort::SessionOptions options = base.Clone();
  options.AddConfigEntry("session.load_model_format", "ORT");
  options.AddConfigEntry("session.use_ort_model_bytes_directly", "1");
  options.AddConfigEntry("session.use_ort_model_bytes_for_initializers", "1");
  session_ = Ort::Session(open_runtime().env, graph_->bytes().data(), graph_->bytes().size(), options);
}

void Network::create_for_cpu(const NetworkOptions& options, const Ort::SessionOptions& base) {
  const std::string& version = open_runtime().version;
  std::optional<std::filesystem::path> cached;
  if (options.sha256) cached = graph_cache_file(file_, *options.sha256, version, options.batch);
  if (std::error_code ignored; cached && std::filesystem::exists(*cached, ignored)) {
    try {
      return create_from_cache(*cached, base);
    } catch (const std::exception& error) {
      log(LogLevel::info, "{} is damaged and made again: {}", cached->string(), error.what());
      graph_.reset();
      std::filesystem::remove(*cached, ignored);
    }
  }
  if (cached) {
    try {
      save_optimised(file_, options, base, *cached);
      remove_stale_graphs(file_, *options.sha256, version, *cached);
      ::malloc_trim(0);  // hundreds of megabytes were used to make the file; the C library would keep them
      return create_from_cache(*cached, base);
    } catch (const std::exception& error) {
      if (const auto* ours = dynamic_cast<const Error*>(&error); ours && ours->code() == ErrorCode::model) throw;
      // A full disk, say. The picture at hand can still be done.
      log(LogLevel::info, "the optimised graph cannot be kept as {}: {}", cached->string(), error.what());
    }
    graph_.reset();
  }
  create_from_model(options, base);
}

// What TensorRT does not take CUDA does, where that can be had.
void Network::create_with_engine(const NetworkOptions& options, const Ort::SessionOptions& base) {
  const auto prepared = prepare(file_, options);
  if (!prepared.fixed_input) {
    throw Error(ErrorCode::device,
                "this network leaves its input's size open: an engine would be built for every size");
  }
  std::optional<std::filesystem::path> folder;
  if (options.sha256) {
    folder = engine_folder(file_, *options.sha256, engine_machine(options.candidate.arithmetic, options.batch));
    if (folder) remove_stale_graphs(file_, *options.sha256, open_runtime().version, *folder);
  }
  with_engine(file_, folder, [&](const std::optional<std::filesystem::path>& place) {
    Ort::SessionOptions with_device = base.Clone();
    append(provider(Device::tensorrt), {options.candidate.arithmetic, false, place}, with_device);
    try {
      append(provider(Device::cuda), {options.candidate.arithmetic, false, {}}, with_device);
    } catch (const Error& error) {
      log(LogLevel::info, "what TensorRT leaves over goes to the CPU, as CUDA cannot be used: {}", error.what());
    }
    session_ = Ort::Session(open_runtime().env, prepared.model.data(), prepared.model.size(), with_device);
  });
}

void Network::inspect(int batch) {
  if (session_.GetInputCount() != 1) {
    throw not_a_network(file_, fmt::format("it has {} inputs", session_.GetInputCount()));
  }
  const Ort::AllocatorWithDefaultOptions allocator;
  input_name_ = session_.GetInputNameAllocated(0, allocator).get();
  output_name_ = session_.GetOutputNameAllocated(0, allocator).get();
  const auto type = session_.GetInputTypeInfo(0);
  if (type.GetONNXType() != ONNX_TYPE_TENSOR) throw not_a_network(file_, "its input is no tensor");
  const auto info = type.GetTensorTypeAndShapeInfo();
  if (info.GetElementType() != ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT)
    throw not_a_network(file_, "its input is not float32");
  input_shape_ = info.GetShape();
  if (input_shape_.size() != 4 || (input_shape_[1] != 3 && input_shape_[1] > 0)) {
    throw not_a_network(file_, fmt::format("its input has shape {}", fmt::join(input_shape_, " x ")));
  }
  if (std::ranges::any_of(input_shape_, [](std::int64_t size) { return size > options::LARGEST_INPUT_SIDE; })) {
    throw not_a_network(file_, fmt::format("its input of {} is too large", fmt::join(input_shape_, " x ")));
  }
  for (auto& size : input_shape_) size = size > 0 ? size : -1;
  input_shape_[0] = batch;
  input_shape_[1] = 3;
}

bool Network::fixed_input() const {
  return input_shape_[2] > 0 && input_shape_[3] > 0;
}

Tensor Network::run(const Tensor& input) const {
  const Ort::Value value = view_of(input);
  const std::array<const char*, 1> inputs{input_name_.c_str()};
  const std::array<const char*, 1> outputs{output_name_.c_str()};
  Ort::RunOptions options;
  // "-1" keeps a run from being recorded: onnxruntime_run_options_config_keys.h.
  if (cuda_graph_) options.AddConfigEntry("gpu_graph_id", "-1");
  const std::stop_callback end(current_stop(), [&] { options.SetTerminate(); });
  const auto results = session_.Run(options, inputs.data(), &value, 1, outputs.data(), 1);
  return tensor_of(results.front(), fmt::format("{}: not a network peel can run: its output", file_.string()));
}

}  // namespace peel
