#pragma once

#include <onnx/onnx_pb.h>

#include <cstddef>
#include <filesystem>
#include <span>

#include "peel/models.hpp"

namespace peel::quantization {

/// The graph a model is quantised from: only what its first output needs, float32, its input at one size (where the
/// graph or `layout` has one), opset 13 or later (per-channel DequantizeLinear begins there), constants, Cast and batch
/// normalisation folded by ONNX Runtime's basic optimisations. Nodes have unique names and, like the weights, an order
/// that is the same in every run.
/// Throws Error(model) for what is no ONNX model, what the runtime refuses, and graphs that are quantised already.
onnx::ModelProto prepare(std::span<const std::byte> onnx_file, const std::filesystem::path& file,
                         const ModelInfo& layout);

/// The oldest opset of the written file.
inline constexpr int OPSET = 13;

}  // namespace peel::quantization
