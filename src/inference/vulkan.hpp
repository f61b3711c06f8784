#pragma once

#include <vector>

#include "peel/providers.hpp"

namespace peel {

/// The devices Vulkan has a driver for, GPUs first. Drivers are loaded into this process, and some crash: for a process
/// of its own. Throws Error(device): no loader, no driver.
std::vector<Hardware> vulkan_devices();

/// Whether the kernel offers a GPU at all: what is worth trying without being asked to. Cheap.
bool kernel_has_gpu();

}  // namespace peel
