#include <dlfcn.h>
#include <onnxruntime_c_api.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "fake_devices.hpp"

// ONNX Runtime with devices this machine does not have. Everything is passed on to the real runtime, but for what
// concerns a device of another name than the CPU's: that is said to exist, and what is given to it runs on the CPU, or
// fails as PEEL_FAKE says. So a test sees each failure a GPU can have where there is none.
namespace peel::fake {
namespace {

const OrtApiBase* real_base() {
  static const OrtApiBase* const base = [] {
    void* const library = dlopen(PEEL_REAL_ONNXRUNTIME, RTLD_NOW | RTLD_LOCAL);
    using GetApiBase = const OrtApiBase*();
    auto* const entry = library ? reinterpret_cast<GetApiBase*>(dlsym(library, "OrtGetApiBase")) : nullptr;
    return entry ? entry() : nullptr;
  }();
  return base;
}

const OrtApi& real() {
  static const OrtApi& api = *real_base()->GetApi(ORT_API_VERSION);
  return api;
}

/// Which options and sessions are of a fake device, by their addresses. Never destroyed: sessions may outlive any order
/// of destruction.
struct Registry {
  std::mutex mutex;
  std::unordered_map<const void*, Devices> devices;

  Devices of(const void* object) {
    const std::scoped_lock lock(mutex);
    const auto found = devices.find(object);
    return found == devices.end() ? Devices() : found->second;
  }
  void set(const void* object, Devices value) {
    const std::scoped_lock lock(mutex);
    devices[object] = std::move(value);
  }
  void forget(const void* object) {
    const std::scoped_lock lock(mutex);
    devices.erase(object);
  }
};

Registry& registry() {
  static auto& one = *new Registry;
  return one;
}

OrtStatus* failure(const std::string& text) {
  return real().CreateStatus(ORT_EP_FAIL, text.c_str());
}

/// As the CUDA provider words it.
OrtStatus* cuda_failure(const std::string& text, const std::string& call) {
  const std::string function =
      "/onnxruntime_src/onnxruntime/core/providers/cuda/cuda_call.cc:154 "
      "std::conditional_t<THRW, void, onnxruntime::common::Status> "
      "onnxruntime::CudaCall(ERRTYPE, const char*) [with ERRTYPE = cudaError; bool THRW = true] ";
  return failure(function + function + text +
                 " ; GPU=0 ; hostname=here ; file=/onnxruntime_src/x.cc ; line=345 ; expr=" + call + ";");
}

// Session options

OrtStatus* append(OrtSessionOptions* options, Device device) {
  note_append(device);
  if (behaves(device.name, "append-crashes")) std::abort();
  if (behaves(device.name, "append-fails")) return failure(device.name + " was told to fail when it is appended");
  Devices devices = registry().of(options);
  devices.push_back(std::move(device));
  registry().set(options, std::move(devices));
  return nullptr;
}

/// Behind the opaque types of the runtime's provider options.
template <typename Options>
std::map<std::string, std::string>& entries(const Options* options) {
  return *reinterpret_cast<std::map<std::string, std::string>*>(const_cast<Options*>(options));
}

template <typename Options>
OrtStatus* ORT_API_CALL create_options(Options** out) noexcept {
  *out = reinterpret_cast<Options*>(new std::map<std::string, std::string>);
  return nullptr;
}

template <typename Options>
void ORT_API_CALL release_options(Options* options) noexcept {
  if (options) delete &entries(options);
}

template <typename Options>
OrtStatus* ORT_API_CALL update_options(Options* options, const char* const* keys, const char* const* values,
                                       std::size_t count) noexcept {
  for (std::size_t i = 0; i < count; ++i) entries(options)[keys[i]] = values[i];
  return nullptr;
}

OrtStatus* ORT_API_CALL append_cuda(OrtSessionOptions* options, const OrtCUDAProviderOptionsV2* given) noexcept {
  return append(options, {"cuda", entries(given)});
}

OrtStatus* ORT_API_CALL append_tensorrt(OrtSessionOptions* options,
                                        const OrtTensorRTProviderOptionsV2* given) noexcept {
  return append(options, {"tensorrt", entries(given)});
}

OrtStatus* ORT_API_CALL append_by_name(OrtSessionOptions* options, const char* name, const char* const* keys,
                                       const char* const* values, std::size_t count) noexcept {
  // WebGPU is really there, on a software device or a real one, unless a test wants otherwise.
  const bool fake_webgpu = std::strcmp(name, "WebGPU") == 0 && std::getenv("PEEL_FAKE_WEBGPU") != nullptr;
  if (!fake_webgpu) return real().SessionOptionsAppendExecutionProvider(options, name, keys, values, count);
  Device device{"webgpu", {}};
  for (std::size_t i = 0; i < count; ++i) device.options[keys[i]] = values[i];
  return append(options, std::move(device));
}

OrtStatus* ORT_API_CALL clone_options(const OrtSessionOptions* options, OrtSessionOptions** out) noexcept {
  OrtStatus* const status = real().CloneSessionOptions(options, out);
  if (Devices devices = registry().of(options); !status && !devices.empty()) registry().set(*out, std::move(devices));
  return status;
}

void ORT_API_CALL release_session_options(OrtSessionOptions* options) noexcept {
  registry().forget(options);
  real().ReleaseSessionOptions(options);
}

// What is compiled in

OrtStatus* ORT_API_CALL available_providers(char*** out, int* count) noexcept {
  std::vector<std::string> names;
  char** reals = nullptr;
  int real_count = 0;
  if (OrtStatus* const status = real().GetAvailableProviders(&reals, &real_count)) return status;
  for (int i = 0; i < real_count; ++i) names.emplace_back(reals[i]);
  if (OrtStatus* const status = real().ReleaseAvailableProviders(reals, real_count)) return status;
  for (const char* device : {"cuda", "tensorrt"}) {
    const std::string name(provider_name(device));
    std::erase(names, name);
    if (!behaves(device, "absent")) names.insert(names.begin(), name);
  }
  *out = new char*[names.size()];
  for (std::size_t i = 0; i < names.size(); ++i) (*out)[i] = strdup(names[i].c_str());
  *count = static_cast<int>(names.size());
  return nullptr;
}

OrtStatus* ORT_API_CALL release_available_providers(char** names, int count) noexcept {
  for (int i = 0; i < count; ++i) std::free(names[i]);
  delete[] names;
  return nullptr;
}

// Sessions

/// As TensorRT does: an engine is made where the folder has none for this network, else read from it.
void make_engine(const Device& device) {
  const auto option = [&](const char* name) {
    const auto found = device.options.find(name);
    return found == device.options.end() ? std::string() : found->second;
  };
  if (option("trt_engine_cache_enable") != "1" && option("trt_engine_cache_enable") != "True") return;
  const std::filesystem::path folder = option("trt_engine_cache_path");
  std::error_code ignored;
  std::filesystem::create_directories(folder, ignored);
  const auto file = folder / "TensorrtExecutionProvider_TRTKernel_graph_fake_0.engine";
  const bool there = std::filesystem::exists(file, ignored);
  if (!there) std::ofstream(file) << "an engine";
  note(std::string(there ? "engine read from " : "engine built in ") + folder.string());
}

template <typename Create>
OrtStatus* create_session(const OrtSessionOptions* options, OrtSession** out, const Create& create) {
  Devices devices = registry().of(options);
  if (devices.empty()) return create(options);
  for (const Device& device : devices) {
    note("create " + device.name);
    if (behaves(device.name, "create-fails")) {
      return cuda_failure("CUDA failure 2: out of memory", "cudaMalloc((void**)&p, size)");
    }
    if (device.name == "tensorrt") make_engine(device);
  }
  // A device does not join operators as the CPU's optimiser does, so that one that takes a part of them has some to
  // leave.
  OrtSessionOptions* own = nullptr;
  OrtStatus* status = real().CloneSessionOptions(options, &own);
  if (!status) status = real().SetSessionGraphOptimizationLevel(own, ORT_DISABLE_ALL);
  if (!status) status = create(own);
  if (own) real().ReleaseSessionOptions(own);
  if (!status) registry().set(*out, std::move(devices));
  return status;
}

OrtStatus* ORT_API_CALL create_session_from_file(const OrtEnv* env, const char* file, const OrtSessionOptions* options,
                                                 OrtSession** out) noexcept {
  return create_session(options, out,
                        [&](const OrtSessionOptions* used) { return real().CreateSession(env, file, used, out); });
}

OrtStatus* ORT_API_CALL create_session_from_bytes(const OrtEnv* env, const void* bytes, std::size_t size,
                                                  const OrtSessionOptions* options, OrtSession** out) noexcept {
  return create_session(options, out, [&](const OrtSessionOptions* used) {
    return real().CreateSessionFromArray(env, bytes, size, used, out);
  });
}

void ORT_API_CALL release_session(OrtSession* session) noexcept {
  registry().forget(session);
  real().ReleaseSession(session);
}

OrtStatus* ORT_API_CALL end_profiling(OrtSession* session, OrtAllocator* allocator, char** out) noexcept {
  OrtStatus* const status = real().SessionEndProfiling(session, allocator, out);
  if (const Devices devices = registry().of(session); !status && !devices.empty()) {
    rewrite_profile(*out, devices.front());
  }
  return status;
}

// Runs

OrtStatus* before_run(const Devices& devices) {
  wait_while_held();
  for (const Device& device : devices) note("run " + device.name);
  if (behaves(devices, "run-crashes")) std::abort();
  if (behaves(devices, "run-fails")) {
    return cuda_failure("CUDNN failure 4: CUDNN_STATUS_INTERNAL_ERROR", "cudnnConvolutionForward(...)");
  }
  return nullptr;
}

OrtStatus* spoil(const Devices& devices, OrtValue* value) {
  const bool wrong = behaves(devices, "wrong-output");
  if (!wrong && !behaves(devices, "constant-output")) return nullptr;
  OrtTensorTypeAndShapeInfo* info = nullptr;
  ONNXTensorElementDataType type = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
  std::size_t count = 0;
  void* data = nullptr;
  OrtStatus* status = real().GetTensorTypeAndShape(value, &info);
  if (!status) status = real().GetTensorElementType(info, &type);
  if (!status) status = real().GetTensorShapeElementCount(info, &count);
  if (!status) status = real().GetTensorMutableData(value, &data);
  if (info) real().ReleaseTensorTypeAndShapeInfo(info);
  if (status) return status;
  if (type == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT) {
    std::fill_n(static_cast<float*>(data), count, wrong ? NAN : 0.25f);
  } else if (type == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16) {
    constexpr std::uint16_t HALF_NAN = 0x7E00;
    constexpr std::uint16_t HALF_QUARTER = 0x3400;
    std::fill_n(static_cast<std::uint16_t*>(data), count, wrong ? HALF_NAN : HALF_QUARTER);
  }
  return nullptr;
}

OrtStatus* ORT_API_CALL run(OrtSession* session, const OrtRunOptions* options, const char* const* input_names,
                            const OrtValue* const* inputs, std::size_t input_count, const char* const* output_names,
                            std::size_t output_count, OrtValue** outputs) noexcept {
  const Devices devices = registry().of(session);
  OrtStatus* status = before_run(devices);
  if (!status) {
    status = real().Run(session, options, input_names, inputs, input_count, output_names, output_count, outputs);
  }
  for (std::size_t i = 0; !status && i < output_count; ++i) status = spoil(devices, outputs[i]);
  return status;
}

OrtStatus* ORT_API_CALL run_with_binding(OrtSession* session, const OrtRunOptions* options,
                                         const OrtIoBinding* binding) noexcept {
  const Devices devices = registry().of(session);
  OrtStatus* status = before_run(devices);
  if (!status) status = real().RunWithBinding(session, options, binding);
  if (status || devices.empty()) return status;
  OrtAllocator* allocator = nullptr;
  OrtValue** values = nullptr;
  std::size_t count = 0;
  status = real().GetAllocatorWithDefaultOptions(&allocator);
  if (!status) status = real().GetBoundOutputValues(binding, allocator, &values, &count);
  for (std::size_t i = 0; i < count; ++i) {
    if (!status) status = spoil(devices, values[i]);
    real().ReleaseValue(values[i]);
  }
  if (values) allocator->Free(allocator, values);
  return status;
}

// Memory: a device's is the host's.

bool is_device_memory(const char* name) {
  return std::strcmp(name, "Cuda") == 0 || std::strcmp(name, "CudaPinned") == 0;
}

OrtStatus* ORT_API_CALL create_memory_info(const char* name, OrtAllocatorType allocator, int id, OrtMemType type,
                                           OrtMemoryInfo** out) noexcept {
  if (!is_device_memory(name)) return real().CreateMemoryInfo(name, allocator, id, type, out);
  return real().CreateMemoryInfo("Cpu", OrtDeviceAllocator, 0, OrtMemTypeDefault, out);
}

OrtStatus* ORT_API_CALL create_memory_info_of_vendor(const char* name, OrtMemoryInfoDeviceType device,
                                                     std::uint32_t vendor, std::int32_t id, OrtDeviceMemoryType type,
                                                     std::size_t alignment, OrtAllocatorType allocator,
                                                     OrtMemoryInfo** out) noexcept {
  if (is_device_memory(name)) return create_memory_info(name, allocator, id, OrtMemTypeDefault, out);
  return real().CreateMemoryInfo_V2(name, device, vendor, id, type, alignment, allocator, out);
}

const OrtApi* ORT_API_CALL get_api(std::uint32_t version) noexcept {
  // A copy of the whole table is as long as the header's; an older version's is a part of it.
  if (version > ORT_API_VERSION) return nullptr;
  static const OrtApi api = [] {
    OrtApi copy = real();
    copy.SessionOptionsAppendExecutionProvider_CUDA_V2 = append_cuda;
    copy.SessionOptionsAppendExecutionProvider_TensorRT_V2 = append_tensorrt;
    copy.SessionOptionsAppendExecutionProvider = append_by_name;
    copy.CreateCUDAProviderOptions = create_options<OrtCUDAProviderOptionsV2>;
    copy.UpdateCUDAProviderOptions = update_options<OrtCUDAProviderOptionsV2>;
    copy.ReleaseCUDAProviderOptions = release_options<OrtCUDAProviderOptionsV2>;
    copy.CreateTensorRTProviderOptions = create_options<OrtTensorRTProviderOptionsV2>;
    copy.UpdateTensorRTProviderOptions = update_options<OrtTensorRTProviderOptionsV2>;
    copy.ReleaseTensorRTProviderOptions = release_options<OrtTensorRTProviderOptionsV2>;
    copy.CloneSessionOptions = clone_options;
    copy.ReleaseSessionOptions = release_session_options;
    copy.GetAvailableProviders = available_providers;
    copy.ReleaseAvailableProviders = release_available_providers;
    copy.CreateSession = create_session_from_file;
    copy.CreateSessionFromArray = create_session_from_bytes;
    copy.ReleaseSession = release_session;
    copy.SessionEndProfiling = end_profiling;
    copy.Run = run;
    copy.RunWithBinding = run_with_binding;
    copy.CreateMemoryInfo = create_memory_info;
    copy.CreateMemoryInfo_V2 = create_memory_info_of_vendor;
    return copy;
  }();
  return &api;
}

const char* ORT_API_CALL get_version() noexcept {
  return real_base()->GetVersionString();
}

}  // namespace
}  // namespace peel::fake

extern "C" __attribute__((visibility("default"))) const OrtApiBase* ORT_API_CALL OrtGetApiBase() noexcept {
  static const OrtApiBase base{peel::fake::get_api, peel::fake::get_version};
  return &base;
}
