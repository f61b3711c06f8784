#pragma once

#include <span>
#include <string>
#include <string_view>

#include "inference/runtime.hpp"
#include "peel/providers.hpp"

namespace peel {

/// One of ONNX Runtime's execution providers, as peel uses it.
struct Provider {
  Device device;
  std::string_view name;          ///< in peel's words: "cuda"
  std::string_view runtime_name;  ///< in ONNX Runtime's: "CUDAExecutionProvider"
  std::string_view library;       ///< the file it lives in, beside the runtime; empty: inside the runtime
};

/// All that peel knows, the fastest first, the CPU last.
std::span<const Provider> providers();
const Provider& provider(Device device);

/// Adds the provider to a session's options; the CPU needs none. Throws Error(device) with the reason it cannot be
/// used: not compiled in, its library is missing beside the runtime, or what the runtime says.
void append(const Provider& provider, Ort::SessionOptions& options);

}  // namespace peel
