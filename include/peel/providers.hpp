#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "peel/export.hpp"

namespace peel {

/// Where inference runs. `automatic` tries TensorRT, CUDA, and, where neither can be had, a GPU of any maker through
/// WebGPU, then the CPU.
enum class Device { automatic, cpu, cuda, tensorrt, webgpu };

/// What computes on the CPU; on a GPU it is ONNX Runtime. `automatic`: see Settings::engine.
enum class Engine { automatic, onnxruntime, openvino };

/// An engine for the CPU, and in words why it is that one.
struct EngineChoice {
  Engine engine = Engine::onnxruntime;
  std::string reason;
};

/// A piece of hardware a provider would run on.
struct Hardware {
  std::string name;
  std::uint64_t memory_bytes = 0;  ///< its own, or what it shares with the machine; 0: not known
  std::string compute_capability;  ///< NVIDIA's generation, "9.0"; empty for others
  std::string driver;              ///< the driver's version: NVIDIA's greatest CUDA ("13.0"), others' own; may be empty
  bool software = false;           ///< a processor that plays a GPU (lavapipe, SwiftShader): taken where it is named
};

/// One of ONNX Runtime's execution providers on this machine.
struct ProviderStatus {
  std::string name;                ///< "tensorrt", "cuda", "webgpu", "cpu"
  bool compiled = false;           ///< the runtime at hand was built with it
  bool usable = false;             ///< a small network ran on it and gave the right numbers
  std::string reason;              ///< why it is not usable; empty when it is
  std::string advice;              ///< what to install or change; empty where it is usable, or nothing would help
  std::vector<Hardware> hardware;  ///< what it would run on, as far as that can be told; the first is used
};

/// How many of a network's operators run on a provider.
struct Share {
  std::string provider;
  int operators = 0;
};

struct RuntimeInfo {
  std::string version;  ///< "1.29.0" of ONNX Runtime, "2026.4.1" of OpenVINO
  std::string library;  ///< path of the shared library
};

struct CpuInfo {
  std::string name;
  int cores = 1;                      ///< that this process may run on
  int physical_cores = 1;             ///< of these, those with arithmetic units of their own
  std::uint64_t memory_bytes = 0;     ///< of the machine; 0: not known
  std::vector<std::string> features;  ///< of "avx2", "avx512f", "avx512_vnni", ...: those inference gains by
};

/// Opens the runtime if it is not open yet. Throws Error(device) when it is missing or too old: what was tried, what to
/// do.
PEEL_API RuntimeInfo runtime_info();
/// The same of OpenVINO, which need not be there.
PEEL_API RuntimeInfo openvino_info();
/// What Engine::automatic is on this machine for a model that measure_engines() has not been through.
PEEL_API EngineChoice default_engine();
/// Every provider peel knows, the fastest first, tried for real: appended to a session's options, given a small network
/// to run. What could crash does so in a process of its own, and the crash is the reason. Takes up to some seconds
/// where there is a GPU. Never throws for a provider that fails.
PEEL_API std::vector<ProviderStatus> probe_providers();
PEEL_API CpuInfo cpu_info();

}  // namespace peel
