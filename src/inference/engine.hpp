#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "inference/provider.hpp"

namespace peel {

/// In words, all that a TensorRT engine depends on beside the model: GPU, driver, versions of TensorRT and of ONNX
/// Runtime, arithmetic, batch. Throws Error(device) where there is no GPU.
std::string engine_machine(Arithmetic arithmetic, int batch);

/// Calls `create` with the folder to keep the engine in. Where `folder` is not there yet the engine is built: under a
/// lock, in a folder beside it that is renamed when all is well, while a notice in the log says what takes so long and
/// for how long it has. An engine that cannot be loaded is built again. Without a folder nothing is kept.
void with_engine(const std::filesystem::path& model, const std::optional<std::filesystem::path>& folder,
                 const std::function<void(const std::optional<std::filesystem::path>&)>& create);

}  // namespace peel
