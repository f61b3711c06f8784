#include "inference/cuda_driver.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <array>
#include <bit>

#include "peel/error.hpp"

namespace peel {
namespace {

constexpr const char* CUDA_LIBRARY = "libcuda.so.1";
// CUdevice_attribute and CUresult values of cuda.h.
constexpr int COMPUTE_CAPABILITY_MAJOR = 75;
constexpr int COMPUTE_CAPABILITY_MINOR = 76;
constexpr int OUT_OF_MEMORY = 2;
constexpr int STUB_LIBRARY = 34;
constexpr int NO_DEVICE = 100;
constexpr int SYSTEM_DRIVER_MISMATCH = 803;

struct Advice {
  int status;
  const char* reason;
  const char* hint;
};
constexpr std::array<Advice, 4> KNOWN = {{
    {NO_DEVICE, "the driver sees no NVIDIA GPU",
     "check nvidia-smi and CUDA_VISIBLE_DEVICES; a container needs --gpus all"},
    {SYSTEM_DRIVER_MISMATCH, "the driver's library and kernel module are of different versions",
     "restart the machine after a driver update"},
    {STUB_LIBRARY, "libcuda.so.1 is the toolkit's stub, not a driver", "take the stubs folder out of LD_LIBRARY_PATH"},
    {OUT_OF_MEMORY, "the GPU has no memory left", "end what else uses it; nvidia-smi shows what does"},
}};

using Address = unsigned long long;  // CUdeviceptr

Address address_of(const void* device) {
  return reinterpret_cast<Address>(device);
}

}  // namespace

// As in cuda.h, where results are of an enumeration.
struct CudaDriver::Functions {
  int (*init)(unsigned) = nullptr;
  int (*driver_get_version)(int*) = nullptr;
  int (*device_get_count)(int*) = nullptr;
  int (*device_get)(int*, int) = nullptr;
  int (*device_get_name)(char*, int, int) = nullptr;
  int (*device_total_mem)(std::size_t*, int) = nullptr;
  int (*device_get_attribute)(int*, int, int) = nullptr;
  int (*get_error_string)(int, const char**) = nullptr;
  int (*primary_context_retain)(void**, int) = nullptr;
  int (*context_set_current)(void*) = nullptr;
  int (*mem_alloc)(Address*, std::size_t) = nullptr;
  int (*mem_free)(Address) = nullptr;
  int (*mem_host_alloc)(void**, std::size_t, unsigned) = nullptr;
  int (*mem_free_host)(void*) = nullptr;
  int (*memcpy_to_device)(Address, const void*, std::size_t) = nullptr;
  int (*memcpy_from_device)(void*, Address, std::size_t) = nullptr;

  static const Functions& load();
};

const CudaDriver::Functions& CudaDriver::Functions::load() {
  void* const library = dlopen(CUDA_LIBRARY, RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    throw Error(ErrorCode::device, fmt::format("{} cannot be found", CUDA_LIBRARY), "install NVIDIA's driver");
  }
  // For the life of the process, like the library.
  static Functions all;
  const auto find = [&](auto& function, const char* name) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(library, name));
    if (!function) {
      throw Error(ErrorCode::device, fmt::format("{} has no {}", CUDA_LIBRARY, name), "update NVIDIA's driver");
    }
  };
  find(all.init, "cuInit");
  find(all.driver_get_version, "cuDriverGetVersion");
  find(all.device_get_count, "cuDeviceGetCount");
  find(all.device_get, "cuDeviceGet");
  find(all.device_get_name, "cuDeviceGetName");
  find(all.device_total_mem, "cuDeviceTotalMem_v2");
  find(all.device_get_attribute, "cuDeviceGetAttribute");
  find(all.get_error_string, "cuGetErrorString");
  find(all.primary_context_retain, "cuDevicePrimaryCtxRetain");
  find(all.context_set_current, "cuCtxSetCurrent");
  find(all.mem_alloc, "cuMemAlloc_v2");
  find(all.mem_free, "cuMemFree_v2");
  find(all.mem_host_alloc, "cuMemHostAlloc");
  find(all.mem_free_host, "cuMemFreeHost");
  find(all.memcpy_to_device, "cuMemcpyHtoD_v2");
  find(all.memcpy_from_device, "cuMemcpyDtoH_v2");
  return all;
}

void CudaDriver::check(int status, const char* action) const {
  if (status == 0) return;
  for (const Advice& known : KNOWN) {
    if (known.status == status) throw Error(ErrorCode::device, known.reason, known.hint);
  }
  const char* text = nullptr;
  functions_->get_error_string(status, &text);
  throw Error(ErrorCode::device, fmt::format("{} fails: {} ({})", action, text ? text : "unknown error", status),
              "check nvidia-smi");
}

CudaDriver::CudaDriver() : functions_(&Functions::load()) {
  check(functions_->init(0), "cuInit");
  check(functions_->driver_get_version(&version_), "cuDriverGetVersion");
  int count = 0;
  check(functions_->device_get_count(&count), "cuDeviceGetCount");
  if (count < 1) check(NO_DEVICE, "cuDeviceGetCount");
  for (int i = 0; i < count; ++i) {
    int device = 0;
    check(functions_->device_get(&device, i), "cuDeviceGet");
    std::array<char, 256> name{};
    check(functions_->device_get_name(name.data(), static_cast<int>(name.size()) - 1, device), "cuDeviceGetName");
    std::size_t memory = 0;
    check(functions_->device_total_mem(&memory, device), "cuDeviceTotalMem");
    int major = 0;
    int minor = 0;
    check(functions_->device_get_attribute(&major, COMPUTE_CAPABILITY_MAJOR, device), "cuDeviceGetAttribute");
    check(functions_->device_get_attribute(&minor, COMPUTE_CAPABILITY_MINOR, device), "cuDeviceGetAttribute");
    hardware_.push_back({name.data(), memory, fmt::format("{}.{}", major, minor),
                         fmt::format("{}.{}", version_ / 1000, version_ % 1000 / 10)});
  }
}

const CudaDriver& CudaDriver::open() {
  // Made again at the next call where it threw.
  static const CudaDriver driver;
  return driver;
}

// The context of the first device, in whichever thread calls. It is retained for the life of the process: the runtime
// holds it as long anyway.
void CudaDriver::enter() const {
  static void* const context = [this] {
    int device = 0;
    void* made = nullptr;
    check(functions_->device_get(&device, 0), "cuDeviceGet");
    check(functions_->primary_context_retain(&made, device), "cuDevicePrimaryCtxRetain");
    return made;
  }();
  check(functions_->context_set_current(context), "cuCtxSetCurrent");
}

void* CudaDriver::allocate(std::size_t bytes) const {
  enter();
  Address address = 0;
  check(functions_->mem_alloc(&address, bytes), "cuMemAlloc");
  return std::bit_cast<void*>(address);
}

void* CudaDriver::allocate_pinned(std::size_t bytes) const {
  enter();
  void* address = nullptr;
  check(functions_->mem_host_alloc(&address, bytes, 0), "cuMemHostAlloc");
  return address;
}

void CudaDriver::free(void* device) const noexcept try {
  enter();
  functions_->mem_free(address_of(device));
} catch (const Error&) {
  // The device is lost, and its memory with it.
}

void CudaDriver::free_pinned(void* host) const noexcept try {
  enter();
  functions_->mem_free_host(host);
} catch (const Error&) {
}

void CudaDriver::copy_to_device(void* device, const void* host, std::size_t bytes) const {
  enter();
  check(functions_->memcpy_to_device(address_of(device), host, bytes), "cuMemcpyHtoD");
}

void CudaDriver::copy_from_device(void* host, const void* device, std::size_t bytes) const {
  enter();
  check(functions_->memcpy_from_device(host, address_of(device), bytes), "cuMemcpyDtoH");
}

}  // namespace peel
