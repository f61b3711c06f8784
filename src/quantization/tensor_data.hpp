#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace peel::quantization {

/// A float32 tensor's values, however the file keeps them. Throws Error(model) for another type, for data outside the
/// file, values that are no finite numbers, or where there are not as many of them as the shape says.
std::vector<float> float_values(const onnx::TensorProto& tensor);

/// Values of a shape as they are written here: little-endian bytes in `raw_data`. An empty shape is a scalar.
onnx::TensorProto tensor_of(const std::string& name, std::span<const std::int64_t> shape,
                            std::span<const float> values);
onnx::TensorProto tensor_of(const std::string& name, std::span<const std::int64_t> shape,
                            std::span<const std::int8_t> values);
onnx::TensorProto tensor_of(const std::string& name, std::span<const std::int64_t> shape,
                            std::span<const std::uint8_t> values);
onnx::TensorProto tensor_of(const std::string& name, std::span<const std::int64_t> shape,
                            std::span<const std::int32_t> values);

}  // namespace peel::quantization
