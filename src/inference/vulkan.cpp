#include "inference/vulkan.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <vulkan/vulkan.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <system_error>

#include "peel/error.hpp"

namespace peel {
namespace {

constexpr const char* INSTALL_DRIVER =
    "install a Vulkan driver: mesa-vulkan-drivers for AMD and Intel, NVIDIA's own for NVIDIA";

// The largest heap that is the device's own; a GPU without memory of its own names the machine's.
std::uint64_t memory_of(const VkPhysicalDeviceMemoryProperties& memory) {
  std::uint64_t largest = 0;
  for (std::uint32_t i = 0; i < memory.memoryHeapCount; ++i) {
    if (memory.memoryHeaps[i].flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT) {
      largest = std::max<std::uint64_t>(largest, memory.memoryHeaps[i].size);
    }
  }
  return largest;
}

std::string version_text(std::uint32_t version) {
  return fmt::format("{}.{}.{}", VK_API_VERSION_MAJOR(version), VK_API_VERSION_MINOR(version),
                     VK_API_VERSION_PATCH(version));
}

}  // namespace

std::vector<Hardware> vulkan_devices() {
  void* const loader = dlopen("libvulkan.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!loader) {
    throw Error(ErrorCode::device, "libvulkan.so.1 cannot be found",
                "install the Vulkan loader (libvulkan1) and a driver (mesa-vulkan-drivers, or NVIDIA's)");
  }
  const auto get = reinterpret_cast<PFN_vkGetInstanceProcAddr>(dlsym(loader, "vkGetInstanceProcAddr"));
  const auto create = get ? reinterpret_cast<PFN_vkCreateInstance>(get(nullptr, "vkCreateInstance")) : nullptr;
  if (!create) throw Error(ErrorCode::device, "libvulkan.so.1 is no Vulkan loader", INSTALL_DRIVER);

  VkApplicationInfo application{};
  application.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO;
  application.pApplicationName = "peel";
  application.apiVersion = VK_API_VERSION_1_1;
  VkInstanceCreateInfo wanted{};
  wanted.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO;
  wanted.pApplicationInfo = &application;
  VkInstance instance = nullptr;
  if (const VkResult status = create(&wanted, nullptr, &instance); status != VK_SUCCESS) {
    if (status == VK_ERROR_INCOMPATIBLE_DRIVER) {
      throw Error(ErrorCode::device, "there is no Vulkan driver", INSTALL_DRIVER);
    }
    throw Error(ErrorCode::device, fmt::format("vkCreateInstance fails with {}", static_cast<int>(status)),
                INSTALL_DRIVER);
  }
  const auto function = [&]<typename Function>(Function& target, const char* name) {
    target = reinterpret_cast<Function>(get(instance, name));
  };
  PFN_vkEnumeratePhysicalDevices enumerate = nullptr;
  PFN_vkGetPhysicalDeviceProperties properties = nullptr;
  PFN_vkGetPhysicalDeviceMemoryProperties memory = nullptr;
  PFN_vkDestroyInstance destroy = nullptr;
  function(enumerate, "vkEnumeratePhysicalDevices");
  function(properties, "vkGetPhysicalDeviceProperties");
  function(memory, "vkGetPhysicalDeviceMemoryProperties");
  function(destroy, "vkDestroyInstance");

  std::array<VkPhysicalDevice, 16> found{};
  auto count = static_cast<std::uint32_t>(found.size());
  enumerate(instance, &count, found.data());  // VK_INCOMPLETE beyond 16: those are enough
  std::vector<Hardware> devices;
  for (std::uint32_t i = 0; i < count; ++i) {
    VkPhysicalDeviceProperties info{};
    properties(found[i], &info);
    VkPhysicalDeviceMemoryProperties heaps{};
    memory(found[i], &heaps);
    devices.push_back({info.deviceName, memory_of(heaps), "", fmt::format("Vulkan {}", version_text(info.apiVersion)),
                       info.deviceType == VK_PHYSICAL_DEVICE_TYPE_CPU});
  }
  destroy(instance, nullptr);
  if (devices.empty()) throw Error(ErrorCode::device, "Vulkan's drivers find no GPU", INSTALL_DRIVER);
  std::ranges::stable_sort(devices, {}, &Hardware::software);
  return devices;
}

bool kernel_has_gpu() {
  std::error_code error;
  // Windows' and NVIDIA's drivers have device files of their own; all others a render node each.
  for (const char* file : {"/dev/dxg", "/dev/nvidia0"}) {
    if (std::filesystem::exists(file, error)) return true;
  }
  std::filesystem::directory_iterator entry("/dev/dri", error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    if (entry->path().filename().string().starts_with("renderD")) return true;
  }
  return false;
}

}  // namespace peel
