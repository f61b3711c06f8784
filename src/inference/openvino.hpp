#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "inference/openvino_module.hpp"
#include "inference/session.hpp"

namespace peel {

/// peel-openvino.so, where it is installed.
std::optional<std::filesystem::path> openvino_file();

/// Opens peel-openvino.so, and OpenVINO with it, at the first call. Throws Error(device): why it cannot be, and what to
/// do.
const OpenVinoModule& open_openvino();

/// What OpenVINO said, in one line, without its source files and the conditions that failed in them.
std::string readable(const std::exception& error);

/// One model on the CPU by OpenVINO. Thread-safe.
class OpenVinoNetwork {
 public:
  struct Options {
    CompileOptions compile;
    int batch = 1;
    std::optional<std::string> sha256;  ///< where the compiled form is to be kept
    SaneRange sane_range;               ///< of the first result; see check_result()
  };

  /// Throws Error(model) where the file is no ONNX model, Error(device) where OpenVINO is not there, refuses the
  /// network or computes nonsense.
  OpenVinoNetwork(const std::filesystem::path& file, const Options& options);

  const std::vector<std::int64_t>& input_shape() const { return compiled_->input_shape(); }
  /// Throws Error(model) for a tensor of another shape, Error(device).
  Tensor run(const Tensor& input) const;

 private:
  void create(const Options& options);
  void load(const std::filesystem::path& kept, const CompileOptions& options);
  void compile(const Options& options);

  std::filesystem::path file_;
  std::optional<MappedFile> kept_;  // weights may be read from here: it is declared first, so destroyed last
  std::unique_ptr<CompiledNetwork> compiled_;
};

}  // namespace peel
