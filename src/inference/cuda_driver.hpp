#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "peel/providers.hpp"

namespace peel {

/// NVIDIA's driver, opened at run time (libcuda.so.1): what the GPUs are, and memory on the first of them. The
/// runtime's CUDA provider uses the same "primary context" of that device, so its addresses are valid here and the
/// other way round. Names and numbers: CUDA Driver API reference.
class CudaDriver {
 public:
  /// Opened and asked for a device, once a process. Throws Error(device): no driver, no device, a driver too old.
  static const CudaDriver& open();

  /// The GPUs, in the driver's order (CUDA_VISIBLE_DEVICES applies); at least one.
  const std::vector<Hardware>& hardware() const { return hardware_; }
  /// The newest CUDA this driver can run: 13000 for 13.0.
  int version() const { return version_; }

  // Memory of the first device and pinned memory of the machine, which the device copies from without a detour. They
  // throw Error(device) where there is none left.
  void* allocate(std::size_t bytes) const;
  void* allocate_pinned(std::size_t bytes) const;
  void free(void* device) const noexcept;
  void free_pinned(void* host) const noexcept;
  // Done when they return.
  void copy_to_device(void* device, const void* host, std::size_t bytes) const;
  void copy_from_device(void* host, const void* device, std::size_t bytes) const;

 private:
  CudaDriver();
  void check(int status, const char* action) const;
  void enter() const;

  struct Functions;
  const Functions* functions_ = nullptr;
  int version_ = 0;
  std::vector<Hardware> hardware_;
};

}  // namespace peel
