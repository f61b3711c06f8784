#include "inference/provider.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <system_error>
#include <unordered_map>

#include "peel/error.hpp"

namespace peel {
namespace {

constexpr std::array<Provider, 4> PROVIDERS = {{
    {Device::tensorrt, "tensorrt", "TensorrtExecutionProvider", "libonnxruntime_providers_tensorrt.so"},
    {Device::cuda, "cuda", "CUDAExecutionProvider", "libonnxruntime_providers_cuda.so"},
    {Device::webgpu, "webgpu", "WebGpuExecutionProvider", ""},
    {Device::cpu, "cpu", "CPUExecutionProvider", ""},
}};

bool compiled(const Provider& wanted) {
  open_runtime();
  static const std::vector<std::string> names = Ort::GetAvailableProviders();
  return std::ranges::find(names, wanted.runtime_name) != names.end();
}

}  // namespace

std::span<const Provider> providers() {
  return PROVIDERS;
}

const Provider& provider(Device device) {
  return *std::ranges::find(PROVIDERS, device == Device::automatic ? Device::cpu : device, &Provider::device);
}

void append(const Provider& wanted, Ort::SessionOptions& options) {
  if (wanted.device == Device::cpu) return;
  const Runtime& runtime = open_runtime();
  if (!compiled(wanted)) {
    throw Error(ErrorCode::device, fmt::format("this ONNX Runtime was built without {}", wanted.runtime_name));
  }
  // Said in fewer words than the runtime's own failure, which comes only after it has tried to load the file.
  if (!wanted.library.empty()) {
    const auto file = runtime.library.parent_path() / wanted.library;
    if (std::error_code unknown; !std::filesystem::exists(file, unknown)) {
      throw Error(ErrorCode::device, fmt::format("{} is missing beside {}", wanted.library, runtime.library.string()),
                  "scripts/setup.sh --gpu installs it");
    }
  }
  try {
    switch (wanted.device) {
      case Device::tensorrt:
        options.AppendExecutionProvider_TensorRT_V2(*Ort::TensorRTProviderOptions());
        break;
      case Device::cuda: {
        Ort::CUDAProviderOptions cuda;
        // The exhaustive search (the default) tries every convolution algorithm at the first run, for seconds, to save
        // milliseconds later.
        cuda.Update({{"cudnn_conv_algo_search", "HEURISTIC"}});
        options.AppendExecutionProvider_CUDA_V2(*cuda);
        break;
      }
      case Device::webgpu:
        // Asked first, because Dawn inside the runtime prints to stderr when the loader is missing.
        if (!dlopen("libvulkan.so.1", RTLD_NOW | RTLD_LOCAL)) {
          throw Error(ErrorCode::device, "libvulkan.so.1, the Vulkan loader, cannot be opened",
                      "install libvulkan1 and a driver");
        }
        options.AppendExecutionProvider("WebGPU", std::unordered_map<std::string, std::string>{});
        break;
      case Device::cpu:
      case Device::automatic:
        break;
    }
  } catch (const Ort::Exception& error) {
    throw Error(ErrorCode::device, readable(error));
  }
}

std::vector<ProviderStatus> probe_providers() {
  std::vector<ProviderStatus> result;
  for (const Provider& candidate : providers()) {
    ProviderStatus status;
    status.name = candidate.name;
    try {
      status.compiled = compiled(candidate);
      Ort::SessionOptions options;
      append(candidate, options);
      status.usable = true;
    } catch (const Error& error) {
      status.reason = error.what();
    }
    result.push_back(std::move(status));
  }
  return result;
}

}  // namespace peel
