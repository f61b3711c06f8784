#pragma once

#include "inference/runtime.hpp"
#include "inference/session.hpp"

namespace peel {

/// The runtime's look at a tensor, which must outlive it.
Ort::Value view_of(const Tensor& tensor);

/// A copy of a value. `what` names it in the Error(model) for one that is no tensor of float32.
Tensor tensor_of(const Ort::Value& value, const std::string& what);

/// Options every session on a CPU or a GPU begins with.
Ort::SessionOptions session_options(int threads);

}  // namespace peel
