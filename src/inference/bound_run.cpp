#include "inference/bound_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "inference/cuda_driver.hpp"
#include "peel/error.hpp"

namespace peel {

BoundRun::Buffer::Buffer(const std::vector<std::int64_t>& shape) : driver(CudaDriver::open()) {
  for (const auto size : shape) count *= static_cast<std::size_t>(size);
  device = driver.allocate(count * sizeof(float));
  try {
    host = static_cast<float*>(driver.allocate_pinned(count * sizeof(float)));
  } catch (const Error&) {
    driver.free(device);
    throw;
  }
}

BoundRun::Buffer::~Buffer() {
  driver.free(device);
  driver.free_pinned(host);
}

Ort::Value BoundRun::Buffer::value(const std::vector<std::int64_t>& shape) const {
  const Ort::MemoryInfo memory("Cuda", OrtDeviceAllocator, 0, OrtMemTypeDefault);
  return Ort::Value::CreateTensor(memory, static_cast<float*>(device), count, shape.data(), shape.size());
}

BoundRun::BoundRun(const Network& network, std::vector<std::int64_t> output_shape)
    : network_(network),
      output_shape_(std::move(output_shape)),
      input_(network.input_shape()),
      output_(output_shape_),
      binding_(network.session()) {
  binding_.BindInput(network.input_name().c_str(), input_.value(network.input_shape()));
  binding_.BindOutput(network.output_name().c_str(), output_.value(output_shape_));
}

Tensor BoundRun::run(const Tensor& input) {
  if (input.shape != network_.input_shape()) {
    throw Error(ErrorCode::model, fmt::format("the network takes {}, not {}", fmt::join(network_.input_shape(), " x "),
                                              fmt::join(input.shape, " x ")));
  }
  const CudaDriver& driver = CudaDriver::open();
  const std::scoped_lock lock(mutex_);
  std::ranges::copy(input.values, input_.host);
  driver.copy_to_device(input_.device, input_.host, input_.count * sizeof(float));
  network_.session().Run(Ort::RunOptions(), binding_);
  driver.copy_from_device(output_.host, output_.device, output_.count * sizeof(float));
  return {output_shape_, {output_.host, output_.host + output_.count}};
}

}  // namespace peel
