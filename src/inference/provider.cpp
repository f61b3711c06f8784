#include "inference/provider.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <sstream>
#include <system_error>
#include <unordered_map>

#include "inference/cuda_driver.hpp"
#include "inference/shared_libraries.hpp"
#include "peel/error.hpp"

namespace peel {
namespace {

using Values = std::unordered_map<std::string, std::string>;

constexpr std::array<Provider, 4> PROVIDERS = {{
    {Device::tensorrt, "tensorrt", "TensorrtExecutionProvider", "libonnxruntime_providers_tensorrt.so", "libcuda.so.1"},
    // cuDNN comes last: without it the provider can be made, and fails at the first convolution.
    {Device::cuda, "cuda", "CUDAExecutionProvider", "libonnxruntime_providers_cuda.so", "libcuda.so.1 libcudnn.so.9"},
    {Device::webgpu, "webgpu", "WebGpuExecutionProvider", "", "libvulkan.so.1"},
    {Device::cpu, "cpu", "CPUExecutionProvider", "", ""},
}};

// From ONNX Runtime's "CUDA Execution Provider" page; what is not named keeps its default.
Values cuda_values(const ProviderOptions& wanted) {
  return {
      // The exhaustive search (the default) tries every convolution algorithm at the first run, for seconds, to save
      // milliseconds later.
      {"cudnn_conv_algo_search", "HEURISTIC"},
      // The default already; half precision's fast algorithms need it, so it is not left to chance.
      {"cudnn_conv_use_max_workspace", "1"},
      // Shapes are fixed: what is asked for once is all that is ever needed. The default rounds up to powers of two.
      {"arena_extend_strategy", "kSameAsRequested"},
      {"enable_cuda_graph", wanted.cuda_graph ? "1" : "0"},
  };
}

// From ONNX Runtime's "TensorRT Execution Provider" page.
Values tensorrt_values(const ProviderOptions& wanted) {
  // INT8 layers take their scales from the graph's QuantizeLinear nodes; between them half precision is still faster.
  const bool half = wanted.arithmetic != Arithmetic::fp32;
  Values values{
      {"trt_fp16_enable", half ? "1" : "0"},
      {"trt_int8_enable", wanted.arithmetic == Arithmetic::int8 ? "1" : "0"},
      // Sums of squares overflow half precision.
      {"trt_layer_norm_fp32_fallback", half ? "1" : "0"},
  };
  if (wanted.engine_folder) {
    // emplace: GCC 12 warns of an assignment from a literal here, without reason.
    const std::string folder = wanted.engine_folder->string();
    values.emplace("trt_engine_cache_enable", "1");
    values.emplace("trt_engine_cache_path", folder);
    values.emplace("trt_timing_cache_enable", "1");
    values.emplace("trt_timing_cache_path", folder);
  }
  return values;
}

std::vector<std::string> words_of(std::string_view text) {
  std::istringstream stream{std::string(text)};
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

// The CUDA a provider's library was built for, by the runtime library it needs: 13 of libcudart.so.13.
int cuda_major(const std::filesystem::path& library) {
  constexpr std::string_view PREFIX = "libcudart.so.";
  for (const auto& name : needed_libraries(library)) {
    if (name.starts_with(PREFIX)) return std::atoi(name.c_str() + PREFIX.size());
  }
  return 0;
}

void check_cuda(const std::filesystem::path& library) {
  const CudaDriver& driver = CudaDriver::open();
  if (const int needed = cuda_major(library); driver.version() / 1000 < needed) {
    throw Error(ErrorCode::device,
                fmt::format("the driver is too old: it runs CUDA {}.{}, {} needs CUDA {}", driver.version() / 1000,
                            driver.version() % 1000 / 10, library.filename().string(), needed),
                "update NVIDIA's driver");
  }
}

}  // namespace

std::span<const Provider> providers() {
  return PROVIDERS;
}

const Provider& provider(Device device) {
  return *std::ranges::find(PROVIDERS, device == Device::automatic ? Device::cpu : device, &Provider::device);
}

std::string_view name_of(Arithmetic arithmetic) {
  return arithmetic == Arithmetic::int8 ? "int8" : arithmetic == Arithmetic::fp16 ? "fp16" : "fp32";
}

bool compiled(const Provider& wanted) {
  open_runtime();
  static const std::vector<std::string> names = Ort::GetAvailableProviders();
  return std::ranges::find(names, wanted.runtime_name) != names.end();
}

void check_requirements(const Provider& wanted, bool thorough) {
  const Runtime& runtime = open_runtime();
  if (!compiled(wanted)) {
    throw Error(ErrorCode::device, fmt::format("this ONNX Runtime was built without {}", wanted.runtime_name),
                "name a release that was in PEEL_ONNXRUNTIME; scripts/setup.sh of peel's repository installs one");
  }
  // The same as the runtime would find out, but all of it, in fewer words, and before it has printed or loaded a thing.
  std::vector<std::string> missing;
  const auto library = runtime.library.parent_path() / wanted.library;
  if (!wanted.library.empty()) {
    if (std::error_code unknown; !std::filesystem::exists(library, unknown)) {
      throw Error(ErrorCode::device, fmt::format("{} is missing beside {}", wanted.library, runtime.library.string()),
                  "put it there; scripts/setup.sh --gpu of peel's repository does");
    }
  }
  for (const auto& name : words_of(wanted.opens)) {
    if (!is_found(name, library.parent_path())) missing.push_back(name);
  }
  if (!wanted.library.empty() && (thorough || missing.empty())) {
    for (const auto& name : missing_libraries(library)) {
      if (std::ranges::find(missing, name) == missing.end()) missing.push_back(name);
    }
  }
  if (!missing.empty()) {
    const auto packages = packages_of(missing);
    throw Error(ErrorCode::device, enumeration(missing) + " cannot be found",
                packages.empty() ? std::string() : fmt::format("install {}", packages));
  }
  if (wanted.device == Device::cuda || wanted.device == Device::tensorrt) check_cuda(library);
}

void append(const Provider& wanted, const ProviderOptions& how, Ort::SessionOptions& options) {
  try {
    switch (wanted.device) {
      case Device::tensorrt: {
        Ort::TensorRTProviderOptions tensorrt;
        tensorrt.Update(tensorrt_values(how));
        options.AppendExecutionProvider_TensorRT_V2(*tensorrt);
        break;
      }
      case Device::cuda: {
        Ort::CUDAProviderOptions cuda;
        cuda.Update(cuda_values(how));
        options.AppendExecutionProvider_CUDA_V2(*cuda);
        break;
      }
      case Device::webgpu:
        options.AppendExecutionProvider("WebGPU", Values{});
        break;
      case Device::cpu:
      case Device::automatic:
        break;
    }
  } catch (const Ort::Exception& error) {
    throw Error(ErrorCode::device, readable(error));
  }
}

}  // namespace peel
