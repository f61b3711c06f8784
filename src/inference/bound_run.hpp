#pragma once

#include <mutex>

#include "inference/network.hpp"

namespace peel {

class CudaDriver;

/// Runs a network of fixed shape on a CUDA device with everything at fixed addresses: input and output on the device,
/// and pinned memory of the machine that the device copies from and to. It saves the runtime its allocations and the
/// copy through a staging buffer, and CUDA graphs need it. One run at a time: a device works one off after the other.
class BoundRun {
 public:
  /// Throws Error(device), Ort::Exception.
  BoundRun(const Network& network, std::vector<std::int64_t> output_shape);
  BoundRun(const BoundRun&) = delete;
  BoundRun& operator=(const BoundRun&) = delete;
  ~BoundRun() = default;

  Tensor run(const Tensor& input);

 private:
  // Floats on the device and as many in the machine.
  class Buffer {
   public:
    explicit Buffer(const std::vector<std::int64_t>& shape);
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;
    ~Buffer();
    Ort::Value value(const std::vector<std::int64_t>& shape) const;

    const CudaDriver& driver;
    std::size_t count = 1;
    void* device = nullptr;
    float* host = nullptr;
  };

  std::mutex mutex_;
  const Network& network_;
  std::vector<std::int64_t> output_shape_;
  Buffer input_;
  Buffer output_;
  Ort::IoBinding binding_;
};

}  // namespace peel
