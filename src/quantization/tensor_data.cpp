#include "quantization/tensor_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "peel/error.hpp"

namespace peel::quantization {
namespace {

template <typename Value>
onnx::TensorProto make(const std::string& name, std::span<const std::int64_t> shape, std::span<const Value> values,
                       onnx::TensorProto::DataType type) {
  onnx::TensorProto tensor;
  tensor.set_name(name);
  tensor.set_data_type(type);
  for (const auto size : shape) tensor.add_dims(size);
  tensor.set_raw_data(values.data(), values.size_bytes());
  return tensor;
}

Error damaged(const onnx::TensorProto& tensor, const char* what) {
  return Error(ErrorCode::model, fmt::format("its weight {} {}", tensor.name(), what));
}

}  // namespace

std::vector<float> float_values(const onnx::TensorProto& tensor) {
  if (tensor.data_type() != onnx::TensorProto::FLOAT) throw damaged(tensor, "is not float32");
  if (tensor.data_location() == onnx::TensorProto::EXTERNAL) throw damaged(tensor, "lies in another file");
  std::uint64_t count = 1;
  for (const auto size : tensor.dims()) {
    if (size < 0 ||
        (size > 0 && count > std::numeric_limits<std::uint32_t>::max() / static_cast<std::uint64_t>(size))) {
      throw damaged(tensor, "has no sound shape");
    }
    count *= static_cast<std::uint64_t>(size);
  }
  std::vector<float> values(tensor.float_data().begin(), tensor.float_data().end());
  if (tensor.has_raw_data()) {
    values.resize(tensor.raw_data().size() / sizeof(float));
    std::memcpy(values.data(), tensor.raw_data().data(), values.size() * sizeof(float));
  }
  if (values.size() != count) throw damaged(tensor, "has another number of values than its shape says");
  if (!std::ranges::all_of(values, [](float value) { return std::isfinite(value); })) {
    throw damaged(tensor, "has values that are no numbers");
  }
  return values;
}

onnx::TensorProto tensor_of(const std::string& name, std::span<const std::int64_t> shape,
                            std::span<const float> values) {
  return make(name, shape, values, onnx::TensorProto::FLOAT);
}
onnx::TensorProto tensor_of(const std::string& name, std::span<const std::int64_t> shape,
                            std::span<const std::int8_t> values) {
  return make(name, shape, values, onnx::TensorProto::INT8);
}
onnx::TensorProto tensor_of(const std::string& name, std::span<const std::int64_t> shape,
                            std::span<const std::uint8_t> values) {
  return make(name, shape, values, onnx::TensorProto::UINT8);
}
onnx::TensorProto tensor_of(const std::string& name, std::span<const std::int64_t> shape,
                            std::span<const std::int32_t> values) {
  return make(name, shape, values, onnx::TensorProto::INT32);
}

}  // namespace peel::quantization
