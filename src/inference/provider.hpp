#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "inference/runtime.hpp"
#include "peel/providers.hpp"

namespace peel {

/// One of ONNX Runtime's execution providers, as peel uses it.
struct Provider {
  Device device;
  std::string_view name;          ///< in peel's words: "cuda"
  std::string_view runtime_name;  ///< in ONNX Runtime's: "CUDAExecutionProvider"
  std::string_view library;       ///< the file it lives in, beside the runtime; empty: inside the runtime
  /// What it opens itself when it is used, not named as needed in that file; separated by spaces.
  std::string_view opens;
};

/// All that peel knows, the fastest first, the CPU last.
std::span<const Provider> providers();
const Provider& provider(Device device);

/// The number format weights and intermediate results have. int8: as the graph's own quantisation says.
enum class Arithmetic { fp32, fp16, int8 };
std::string_view name_of(Arithmetic arithmetic);

/// How a session wants its provider.
struct ProviderOptions {
  Arithmetic arithmetic = Arithmetic::fp32;
  /// Record the kernels once and have the GPU repeat them (CUDA): no work of the CPU's in between. Needs fixed shapes.
  bool cuda_graph = false;
  std::optional<std::filesystem::path> engine_folder;  ///< TensorRT keeps what it builds here
};

bool compiled(const Provider& provider);

/// What can be told without a session: compiled in, its files and all they need at hand, a driver new enough that sees
/// a device. Throws Error(device) with the reason, and as hint what to install. Loads the driver into this process.
/// `thorough` names every library that is missing; else those come alone that are looked for first: without a driver
/// there is no need to load half a gigabyte of CUDA.
void check_requirements(const Provider& provider, bool thorough);

/// Adds the provider to a session's options; the CPU needs none. Throws Error(device) with what the runtime says.
void append(const Provider& provider, const ProviderOptions& wanted, Ort::SessionOptions& options);

}  // namespace peel
