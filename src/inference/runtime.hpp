#pragma once

// The C++ API's functions are reached through a table that open_runtime() fills from the shared library; nothing links
// it.
#define ORT_API_MANUAL_INIT
#include <onnxruntime_cxx_api.h>

#include <filesystem>
#include <string>

#include "peel/error.hpp"

namespace peel {

/// ONNX Runtime, opened once for the life of the process.
struct Runtime {
  std::filesystem::path library;
  std::string version;
  const OrtApi* api = nullptr;
  Ort::Env env{nullptr};
};

/// The file that would be opened, without opening it; a bare name where that is left to the system's loader.
std::filesystem::path runtime_file();

/// What open_runtime() opens, for this shared library alone.
const Runtime& opened_runtime();

/// Opens the runtime at the first call. Looked for: $PEEL_ONNXRUNTIME (a file), the folders libpeel was built or
/// installed with, the system's library path. Throws Error(device).
///
/// In the header, since each of peel's shared libraries has a table of the runtime's functions of its own to fill.
inline const Runtime& open_runtime() {
  static const Runtime& runtime = []() -> const Runtime& {
    const Runtime& opened = opened_runtime();
    Ort::InitApi(opened.api);
    return opened;
  }();
  return runtime;
}

/// The part of an exception's text a user can do something with: without the runtime's source file, line and codes.
std::string readable(const Ort::Exception& error);

/// "FILE: ONNX Runtime refuses it: WHY".
Error cannot_load(const std::filesystem::path& model, const Ort::Exception& error);

}  // namespace peel
