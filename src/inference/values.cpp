#include "inference/values.hpp"

#include <fmt/format.h>

#include "peel/error.hpp"

namespace peel {

Ort::Value view_of(const Tensor& tensor) {
  const auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
  // The interface asks for a pointer it may write through; inputs are only read.
  return Ort::Value::CreateTensor<float>(memory, const_cast<float*>(tensor.values.data()), tensor.values.size(),
                                         tensor.shape.data(), tensor.shape.size());
}

Tensor tensor_of(const Ort::Value& value, const std::string& what) {
  if (!value.IsTensor() || value.GetTensorTypeAndShapeInfo().GetElementType() != ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT) {
    throw Error(ErrorCode::model, fmt::format("{} is not float32", what));
  }
  const auto info = value.GetTensorTypeAndShapeInfo();
  Tensor tensor;
  tensor.shape = info.GetShape();
  const float* const values = value.GetTensorData<float>();
  tensor.values.assign(values, values + info.GetElementCount());
  return tensor;
}

// The reasons for what is set (figures: isnet-general-use at 1024 x 1024, 2 cores):
// - Intra-op threads: one a physical core. Two threads on one core share its multipliers and gain nothing.
// - Sequential execution: these networks are one long chain, a second operator rarely finds work.
// - No memory pattern: planning one block for the whole run takes 1250 MB where allocating as needed, from the arena,
//   takes 750 MB, in the same time.
Ort::SessionOptions session_options(int threads) {
  Ort::SessionOptions options;
  options.SetIntraOpNumThreads(threads);
  options.SetInterOpNumThreads(1);
  options.SetExecutionMode(ORT_SEQUENTIAL);
  options.DisableMemPattern();
  options.SetGraphOptimizationLevel(ORT_ENABLE_ALL);
  options.SetLogSeverityLevel(ORT_LOGGING_LEVEL_ERROR);
  return options;
}

}  // namespace peel
