#include "inference/session.hpp"

#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <optional>
#include <system_error>
#include <utility>

#include "base/file.hpp"
#include "base/lock.hpp"
#include "base/log.hpp"
#include "base/parallel.hpp"
#include "inference/graph.hpp"
#include "inference/graph_cache.hpp"
#include "inference/provider.hpp"
#include "inference/runtime.hpp"
#include "peel/error.hpp"

namespace peel {
namespace {

// The reasons for what is set (figures: isnet-general-use at 1024 x 1024, 2 cores):
// - Intra-op threads: one a physical core. Two threads on one core share its multipliers and gain nothing.
// - Sequential execution: these networks are one long chain, a second operator rarely finds work.
// - No memory pattern: planning one block for the whole run takes 1250 MB where allocating as needed, from the arena,
//   takes 750 MB, in the same time.
Ort::SessionOptions common_options(int threads) {
  Ort::SessionOptions options;
  options.SetIntraOpNumThreads(threads);
  options.SetInterOpNumThreads(1);
  options.SetExecutionMode(ORT_SEQUENTIAL);
  options.DisableMemPattern();
  options.SetGraphOptimizationLevel(ORT_ENABLE_ALL);
  options.SetLogSeverityLevel(ORT_LOGGING_LEVEL_ERROR);
  return options;
}

Error not_a_network(const std::filesystem::path& model, const std::string& why) {
  return Error(ErrorCode::model, fmt::format("{}: not a network peel can run: {}", model.string(), why),
               "it must take one picture as 1 x 3 x height x width floats");
}

Error cannot_load(const std::filesystem::path& model, const Ort::Exception& error) {
  return Error(ErrorCode::model, fmt::format("{}: ONNX Runtime refuses it: {}", model.string(), readable(error)),
               "give a valid ONNX model, or fetch it again with `peel models download`");
}

// Removed at the end, unless it was renamed.
class ScratchFile {
 public:
  explicit ScratchFile(std::filesystem::path path) : path_(std::move(path)) {}
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  ~ScratchFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

PreparedGraph prepare(const std::filesystem::path& model) {
  auto prepared = prepare_graph(MappedFile(model).bytes(), model.string());
  log(LogLevel::debug, "{}: {} side outputs and {} nodes removed{}", model.string(), prepared.outputs_removed,
      prepared.nodes_removed, prepared.widened ? ", half precision widened" : "");
  return prepared;
}

// Optimises a model's graph and saves it as `file` in the runtime's own format, which can be used where it lies in
// memory, without being parsed or copied. A session made for saving alone: what it allocates is gone before the one
// that stays is made. The graph is handed over in a file, since from memory the runtime would hold it twice.
void save_optimised(const std::filesystem::path& model, const Ort::SessionOptions& base,
                    const std::filesystem::path& file) {
  // Under the lock the scratch files have fixed names: a process that was killed leaves them to the next, who writes
  // over them, and a graph is not made twice at the same time.
  const FileLock lock(file.parent_path() / "graph.lock", [&] {
    log(LogLevel::info, "{}: another process is making an optimised graph; waiting for that", model.string());
  });
  if (std::error_code ignored; std::filesystem::exists(file, ignored)) return;
  const ScratchFile plain(file.parent_path() / "graph.onnx.tmp");
  const ScratchFile optimised(file.parent_path() / "graph.ort.tmp");
  {
    const PreparedGraph prepared = prepare(model);
    std::ofstream out(plain.path(), std::ios::binary);
    out.write(prepared.model.data(), static_cast<std::streamsize>(prepared.model.size()));
    if (!out.flush()) throw Error(ErrorCode::output, fmt::format("cannot write {}", plain.path().string()));
  }
  ::malloc_trim(0);
  Ort::SessionOptions options = base.Clone();
  options.AddConfigEntry("session.save_model_format", "ORT");
  options.SetOptimizedModelFilePath(optimised.path().c_str());
  const Ort::Session saved(open_runtime().env, plain.path().c_str(), options);
  // After a power failure a file that was renamed first could hold zeros, and nothing checks weights when it is loaded.
  sync_file(optimised.path(), ErrorCode::output);
  std::filesystem::rename(optimised.path(), file);
}

}  // namespace

struct Session::Impl {
  std::filesystem::path file;
  std::optional<MappedFile> graph;  // the session reads its weights from here: it is declared first, so destroyed last
  Ort::Session session{nullptr};
  std::string input_name;
  std::string output_name;
  std::vector<std::int64_t> input_shape;
  Device device = Device::cpu;
  int threads = 1;
  std::vector<SkippedDevice> skipped;

  void create(const Provider& chosen, const SessionOptions& wanted);
  void create_from_cache(const std::filesystem::path& cached, const Ort::SessionOptions& base);
  void inspect();
  Tensor run(const Tensor& input) const;
  void try_out() const;
};

void Session::Impl::create_from_cache(const std::filesystem::path& cached, const Ort::SessionOptions& base) {
  graph.emplace(cached);
  Ort::SessionOptions options = base.Clone();
  options.AddConfigEntry("session.load_model_format", "ORT");
  options.AddConfigEntry("session.use_ort_model_bytes_directly", "1");
  options.AddConfigEntry("session.use_ort_model_bytes_for_initializers", "1");
  session = Ort::Session(open_runtime().env, graph->bytes().data(), graph->bytes().size(), options);
}

void Session::Impl::create(const Provider& chosen, const SessionOptions& wanted) {
  Ort::SessionOptions options = common_options(threads);
  append(chosen, options);

  std::optional<std::filesystem::path> cached;
  if (chosen.device == Device::cpu && wanted.cache_graph && !wanted.sha256.empty()) {
    cached = graph_cache_file(file, wanted.sha256, open_runtime().version);
  }
  if (std::error_code ignored; cached && std::filesystem::exists(*cached, ignored)) {
    try {
      return create_from_cache(*cached, options);
    } catch (const std::exception& error) {
      log(LogLevel::info, "{} is damaged and made again: {}", cached->string(), error.what());
      graph.reset();
      std::filesystem::remove(*cached, ignored);
    }
  }

  if (cached) {
    try {
      save_optimised(file, options, *cached);
      remove_stale_graphs(file, *cached);
      ::malloc_trim(0);  // hundreds of megabytes were used to make the file; the C library would keep them
      return create_from_cache(*cached, options);
    } catch (const std::exception& error) {
      if (const auto* ours = dynamic_cast<const Error*>(&error); ours && ours->code() == ErrorCode::model) throw;
      // A full disk, say. The picture at hand can still be done.
      log(LogLevel::info, "the optimised graph cannot be kept as {}: {}", cached->string(), error.what());
    }
    graph.reset();
  }
  const auto prepared = prepare(file);
  session = Ort::Session(open_runtime().env, prepared.model.data(), prepared.model.size(), options);
}

void Session::Impl::inspect() {
  if (session.GetInputCount() != 1) throw not_a_network(file, fmt::format("it has {} inputs", session.GetInputCount()));
  const Ort::AllocatorWithDefaultOptions allocator;
  input_name = session.GetInputNameAllocated(0, allocator).get();
  output_name = session.GetOutputNameAllocated(0, allocator).get();
  const auto type = session.GetInputTypeInfo(0);
  if (type.GetONNXType() != ONNX_TYPE_TENSOR) throw not_a_network(file, "its input is no tensor");
  const auto info = type.GetTensorTypeAndShapeInfo();
  if (info.GetElementType() != ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT)
    throw not_a_network(file, "its input is not float32");
  input_shape = info.GetShape();
  if (input_shape.size() != 4 || (input_shape[1] != 3 && input_shape[1] > 0)) {
    throw not_a_network(file, fmt::format("its input has shape {}", fmt::join(input_shape, " x ")));
  }
  if (std::ranges::any_of(input_shape, [](std::int64_t size) { return size > LARGEST_INPUT_SIDE; })) {
    throw not_a_network(file, fmt::format("its input of {} is too large", fmt::join(input_shape, " x ")));
  }
  for (auto& size : input_shape) size = size > 0 ? size : -1;
  input_shape[0] = 1;
  input_shape[1] = 3;
}

// Some failures show only here: no memory on the device, a driver too old for the kernels.
void Session::Impl::try_out() const {
  Tensor zeros;
  zeros.shape = input_shape;
  for (auto& size : zeros.shape) size = size > 0 ? size : 320;
  zeros.values.resize(static_cast<std::size_t>(zeros.shape[1] * zeros.shape[2] * zeros.shape[3]));
  const Tensor output = run(zeros);
  if (!std::ranges::all_of(output.values, [](float value) { return std::isfinite(value); })) {
    throw Error(ErrorCode::device, "its first results are no numbers");
  }
}

Tensor Session::Impl::run(const Tensor& input) const {
  try {
    const auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
    // The interface asks for a pointer it may write through; inputs are only read.
    const auto value = Ort::Value::CreateTensor<float>(memory, const_cast<float*>(input.values.data()),
                                                       input.values.size(), input.shape.data(), input.shape.size());
    const std::array<const char*, 1> inputs{input_name.c_str()};
    const std::array<const char*, 1> outputs{output_name.c_str()};
    // Session::Run is not const in the C++ wrapper, though safe to call from several threads.
    auto& runner = const_cast<Ort::Session&>(session);
    const auto results = runner.Run(Ort::RunOptions{nullptr}, inputs.data(), &value, 1, outputs.data(), 1);
    const auto info = results.front().GetTensorTypeAndShapeInfo();
    if (info.GetElementType() != ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT)
      throw not_a_network(file, "its output is not float32");
    Tensor output;
    output.shape = info.GetShape();
    const float* const values = results.front().GetTensorData<float>();
    output.values.assign(values, values + info.GetElementCount());
    return output;
  } catch (const Ort::Exception& error) {
    throw Error(error.GetOrtErrorCode() == ORT_INVALID_ARGUMENT ? ErrorCode::model : ErrorCode::device,
                fmt::format("{} fails on {}: {}", file.string(), provider(device).name, readable(error)));
  }
}

Session::Session(const std::filesystem::path& model, const SessionOptions& options) {
  // First: without the runtime not even an empty Ort::Session could be destroyed.
  open_runtime();
  impl_ = std::make_unique<Impl>();
  impl_->file = model;
  impl_->threads = options.threads > 0 ? options.threads : physical_cores();
  for (const Device device : options.devices) {
    try {
      impl_->device = device;
      impl_->create(provider(device), options);
      impl_->inspect();
      if (device != Device::cpu) impl_->try_out();
      break;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::device) throw;
      impl_->skipped.push_back({device, error.what()});
    } catch (const Ort::Exception& error) {
      if (device == Device::cpu) throw cannot_load(model, error);
      impl_->skipped.push_back({device, readable(error)});
    }
    impl_->session = Ort::Session(nullptr);
    log(LogLevel::debug, "{} is not used: {}", provider(device).name, impl_->skipped.back().reason);
  }
  if (!impl_->session) {
    std::string reasons;
    for (const auto& [device, reason] : impl_->skipped) {
      reasons += fmt::format("{}{}: {}", reasons.empty() ? "" : "; ", provider(device).name, reason);
    }
    throw Error(ErrorCode::device, fmt::format("no device can be used: {}", reasons),
                "`peel info` shows what this machine has");
  }
}

Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

const std::vector<std::int64_t>& Session::input_shape() const noexcept {
  return impl_->input_shape;
}
Device Session::device() const noexcept {
  return impl_->device;
}
int Session::threads() const noexcept {
  return impl_->threads;
}
const std::vector<SkippedDevice>& Session::skipped() const noexcept {
  return impl_->skipped;
}

Tensor Session::run(const Tensor& input) const {
  return impl_->run(input);
}

}  // namespace peel
