#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "inference/provider.hpp"
#include "peel/providers.hpp"

namespace peel {

/// Floats in row-major order, as networks take and give them.
struct Tensor {
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

/// A device to try, and how it is to compute.
struct Candidate {
  Device device = Device::cpu;
  Arithmetic arithmetic = Arithmetic::fp32;
  Engine engine = Engine::onnxruntime;  ///< openvino: on the CPU alone
};
/// "cuda"; "openvino" for that engine.
std::string_view name_of(const Candidate& candidate);

/// What a network's results lie between. A device whose first result does not is not used.
struct SaneRange {
  float least = -1e6f;
  float greatest = 1e6f;
};

struct SessionOptions {
  std::vector<Candidate> candidates{Candidate{}};  ///< tried in this order
  int threads = 0;                                 ///< 0: see physical_cores()
  int batch = 1;                                   ///< pictures a run takes
  int runs = 1;             ///< that OpenVINO makes at a time, each with `threads`; ONNX Runtime's may be any number
  bool cache_graph = true;  ///< keep what takes long to make: the optimised graph, the engine
  std::string sha256;       ///< of the model file; needed for cache_graph, without it nothing is cached
  SaneRange sane_range;
  bool check_apart = false;  ///< a device that may crash is tried in a process of its own first
  bool software_gpu = true;  ///< WebGPU on a processor that plays a GPU counts as well
};

/// Why a candidate in front of the one that runs does not run.
struct SkippedCandidate {
  std::string name;
  std::string reason;
};

/// A network ready to run. Thread-safe: run() may be called from several threads at a time.
class Session {
 public:
  /// Each candidate is appended to the options of a session, the session created, run on a test pattern, and the result
  /// looked at; the first that comes through is used. Throws Error(model) when the file is no usable network (one float
  /// image input, NCHW with three channels), Error(device) when none of the devices works: each with its reason.
  Session(const std::filesystem::path& model, const SessionOptions& options);
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  /// batch x 3 x H x W; -1 where the graph leaves a size open.
  const std::vector<std::int64_t>& input_shape() const noexcept;
  /// The first output. Throws Error(device) when the device fails, Error(model) when the shapes do not fit,
  /// Cancelled between two operators where the stop of the caller's StopScope is requested.
  Tensor run(const Tensor& input) const;

  Device device() const noexcept;
  Engine engine() const noexcept;
  Arithmetic arithmetic() const noexcept;
  /// Why that is fp32 on a device that was to compute in fp16; else empty.
  const std::string& half_refused() const noexcept;
  int threads() const noexcept;
  const std::vector<SkippedCandidate>& skipped() const noexcept;
  /// By the runtime's profile of the first run, the device first; empty on a CPU.
  const std::vector<Share>& shares() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace peel
