#pragma once

#include <string>
#include <vector>

#include "peel/export.hpp"

namespace peel {

/// Where inference runs.
enum class Device { automatic, cpu, cuda, tensorrt, webgpu };

/// One of ONNX Runtime's execution providers on this machine.
struct ProviderStatus {
  std::string name;       ///< "cpu", "cuda", "tensorrt", "webgpu"
  bool compiled = false;  ///< the runtime at hand was built with it
  bool usable = false;    ///< its libraries load and it takes a session
  std::string reason;     ///< why it is not usable; empty when it is
};

struct RuntimeInfo {
  std::string version;  ///< "1.29.0"
  std::string library;  ///< path of the shared library
};

struct CpuInfo {
  std::string name;
  int cores = 1;                      ///< that this process may run on
  std::vector<std::string> features;  ///< of "avx2", "avx512f", "avx512_vnni", ...: those inference gains by
};

/// Opens the runtime if it is not open yet. Throws Error(device) when it is missing or too old: what was tried, what to
/// do.
PEEL_API RuntimeInfo runtime_info();
/// Every provider peel knows, tried for real (append to a session's options); never throws for one that fails.
PEEL_API std::vector<ProviderStatus> probe_providers();
PEEL_API CpuInfo cpu_info();

}  // namespace peel
