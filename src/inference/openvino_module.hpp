#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <ostream>
#include <span>
#include <string>
#include <vector>

// Between libpeel and peel-openvino.so, the only part of peel that links OpenVINO: opened at run time, so that peel
// starts where OpenVINO is not. Nothing of OpenVINO's own types is in here.
namespace peel {

/// How a network is to run.
struct CompileOptions {
  int threads = 1;  ///< of one run
  int runs = 1;     ///< at a time; more wait for one another
};

/// A network that OpenVINO has made ready for this processor, of one input and one output, both float32 of fixed shape.
/// Thread-safe. Throws what OpenVINO throws, by way of std::exception.
class CompiledNetwork {
 public:
  CompiledNetwork() = default;
  CompiledNetwork(const CompiledNetwork&) = delete;
  CompiledNetwork& operator=(const CompiledNetwork&) = delete;
  virtual ~CompiledNetwork() = default;

  virtual const std::vector<std::int64_t>& input_shape() const = 0;
  virtual const std::vector<std::int64_t>& output_shape() const = 0;
  /// Both hold as many floats as the shapes say.
  virtual void run(const float* input, float* output) const = 0;
  /// In the form that load() reads.
  virtual void save(std::ostream& to) const = 0;
};

/// What the module gives. Of another `interface` than libpeel's own it is of another peel, and nothing else is looked
/// at.
struct OpenVinoModule {
  static constexpr int INTERFACE = 1;
  int interface = 0;
  std::string version;  ///< OpenVINO's: "2026.4.1"
  std::string library;  ///< path of OpenVINO's shared library
  /// Both throw what OpenVINO throws, by way of std::exception; compile() also std::runtime_error with the reason for a
  /// network that is not one input and one output of fixed shape. `onnx` is the file's content.
  std::unique_ptr<CompiledNetwork> (*compile)(const std::string& onnx, const CompileOptions& options) = nullptr;
  /// `saved` must outlive the network: weights may be used where they lie.
  std::unique_ptr<CompiledNetwork> (*load)(std::span<const std::byte> saved, const CompileOptions& options) = nullptr;
};

/// The one function the module exports, by the name below.
using GetOpenVinoModule = const OpenVinoModule* (*)();
inline constexpr const char* GET_OPENVINO_MODULE = "peel_openvino_module";

}  // namespace peel
