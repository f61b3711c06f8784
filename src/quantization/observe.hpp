#pragma once

#include <onnx/onnx_pb.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "inference/session.hpp"

namespace peel::quantization {

/// A tensor inside the graph while it is there: its place in the list of those asked for, shape, values (row-major).
using Observer =
    std::function<void(std::size_t index, std::span<const std::int64_t> shape, std::span<const float> values)>;

/// A network whose inner tensors are looked at as they are computed.
///
/// The usual way, to make them outputs of the graph, keeps all of them to the end of the run: 3 GB for IS-Net at 1024 x
/// 1024, or several runs for a part each. Here an operator of our own stands behind each instead, which calls the
/// observer and hands the tensor on; the runtime frees it as it would without. One run, no more memory than any other.
class ObservedNetwork {
 public:
  /// `tensors`: names of float32 values in the graph. Throws Error(model) where the runtime refuses the graph.
  ObservedNetwork(const onnx::ModelProto& model, const std::vector<std::string>& tensors, int threads);
  ObservedNetwork(ObservedNetwork&&) noexcept;
  ObservedNetwork& operator=(ObservedNetwork&&) noexcept;
  ~ObservedNetwork();

  /// The graph's output. The observer is called once for each tensor, in the calling thread, in the order of the
  /// computation, which is the same in every run. What it throws comes out here. Throws Error(model) for a failed run.
  Tensor run(const Tensor& input, const Observer& observer);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace peel::quantization
