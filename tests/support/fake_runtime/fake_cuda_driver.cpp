#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string_view>

// NVIDIA's driver, as far as peel asks it: one device whose memory is the host's. PEEL_FAKE_CUDA: "no-device" or
// "old-driver".
namespace {

using Result = int;  // CUresult
using Address = unsigned long long;

constexpr Result SUCCESS = 0;
constexpr Result INVALID_VALUE = 1;
constexpr Result OUT_OF_MEMORY = 2;
constexpr Result NO_DEVICE = 100;
constexpr Result INVALID_DEVICE = 101;

bool set_to(std::string_view behaviour) {
  const char* const wanted = std::getenv("PEEL_FAKE_CUDA");
  return wanted && wanted == behaviour;
}

}  // namespace

#define FAKE extern "C" __attribute__((visibility("default"))) Result

FAKE cuInit(unsigned flags) {
  if (flags != 0) return INVALID_VALUE;
  return set_to("no-device") ? NO_DEVICE : SUCCESS;
}

FAKE cuDriverGetVersion(int* version) {
  *version = set_to("old-driver") ? 12020 : 13000;
  return SUCCESS;
}

FAKE cuDeviceGetCount(int* count) {
  *count = set_to("no-device") ? 0 : 1;
  return SUCCESS;
}

FAKE cuDeviceGet(int* device, int ordinal) {
  if (ordinal != 0 || set_to("no-device")) return INVALID_DEVICE;
  *device = 0;
  return SUCCESS;
}

FAKE cuDeviceGetName(char* name, int length, int device) {
  if (device != 0) return INVALID_DEVICE;
  std::strncpy(name, "Fake GPU", static_cast<std::size_t>(length));
  return SUCCESS;
}

FAKE cuDeviceTotalMem_v2(std::size_t* bytes, int device) {
  if (device != 0) return INVALID_DEVICE;
  *bytes = std::size_t{8} << 30;
  return SUCCESS;
}

FAKE cuDeviceGetAttribute(int* value, int attribute, int device) {
  if (device != 0) return INVALID_DEVICE;
  constexpr int COMPUTE_CAPABILITY_MAJOR = 75;
  *value = attribute == COMPUTE_CAPABILITY_MAJOR ? 9 : 0;
  return SUCCESS;
}

FAKE cuDevicePrimaryCtxRetain(void** context, int device) {
  static int the_context = 0;
  if (device != 0) return INVALID_DEVICE;
  *context = &the_context;
  return SUCCESS;
}

FAKE cuDevicePrimaryCtxRelease_v2(int device) {
  return device == 0 ? SUCCESS : INVALID_DEVICE;
}

FAKE cuCtxSetCurrent(void*) {
  return SUCCESS;
}

FAKE cuCtxSynchronize() {
  return SUCCESS;
}

FAKE cuStreamSynchronize(void*) {
  return SUCCESS;
}

FAKE cuMemcpyHtoD_v2(Address to, const void* from, std::size_t bytes) {
  std::memcpy(reinterpret_cast<void*>(to), from, bytes);
  return SUCCESS;
}

FAKE cuMemcpyDtoH_v2(void* to, Address from, std::size_t bytes) {
  std::memcpy(to, reinterpret_cast<const void*>(from), bytes);
  return SUCCESS;
}

FAKE cuMemAlloc_v2(Address* address, std::size_t bytes) {
  void* const memory = std::malloc(bytes);
  *address = reinterpret_cast<Address>(memory);
  return memory ? SUCCESS : OUT_OF_MEMORY;
}

FAKE cuMemFree_v2(Address address) {
  std::free(reinterpret_cast<void*>(address));
  return SUCCESS;
}

FAKE cuMemHostAlloc(void** memory, std::size_t bytes, unsigned) {
  *memory = std::malloc(bytes);
  return *memory ? SUCCESS : OUT_OF_MEMORY;
}

FAKE cuMemFreeHost(void* memory) {
  std::free(memory);
  return SUCCESS;
}

FAKE cuGetErrorString(Result error, const char** text) {
  switch (error) {
    case SUCCESS:
      *text = "no error";
      return SUCCESS;
    case NO_DEVICE:
      *text = "no CUDA-capable device is detected";
      return SUCCESS;
    default:
      *text = "invalid argument";
      return SUCCESS;
  }
}
