#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "peel/providers.hpp"

namespace peel {

/// Floats in row-major order, as networks take and give them.
struct Tensor {
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

/// Of a network's input, in pixels: at that size the first map of any network is tens of gigabytes.
inline constexpr int LARGEST_INPUT_SIDE = 16384;

struct SessionOptions {
  std::vector<Device> devices{Device::cpu};  ///< tried in this order
  int threads = 0;                           ///< 0: see physical_cores()
  bool cache_graph = true;
  std::string sha256;  ///< of the model file; needed for cache_graph, without it nothing is cached
};

/// Why a device in front of the one that runs does not run.
struct SkippedDevice {
  Device device;
  std::string reason;
};

/// A network ready to run. Thread-safe: run() may be called from several threads at a time.
class Session {
 public:
  /// Throws Error(model) when the file is no usable network (one float image input, NCHW with three channels),
  /// Error(device) when none of the devices works: each with its reason.
  Session(const std::filesystem::path& model, const SessionOptions& options);
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  /// 1 x 3 x H x W; -1 where the graph leaves a size open.
  const std::vector<std::int64_t>& input_shape() const noexcept;
  /// The first output. Throws Error(device) when the device fails, Error(model) when the shapes do not fit.
  Tensor run(const Tensor& input) const;

  Device device() const noexcept;
  int threads() const noexcept;
  const std::vector<SkippedDevice>& skipped() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace peel
