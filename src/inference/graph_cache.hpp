#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace peel {

/// Where the optimised form of a model is kept: FOLDER/.peel/STEM-KEY.ort beside the model, or the user's cache folder
/// where that cannot be written. The key stands for everything the form depends on: the model's content, the runtime's
/// version (its optimiser and file format), the CPU's features (weights are laid out for its vector width) and what
/// prepare_graph() does. Empty where neither place can be written.
std::optional<std::filesystem::path> graph_cache_file(const std::filesystem::path& model, const std::string& sha256,
                                                      const std::string& runtime_version, int batch);

/// The folder for the TensorRT engine of a model, STEM-KEY.engine in the same places. `machine` holds in words what the
/// engine depends on beside the model: GPU, driver, versions of TensorRT and ONNX Runtime, precision, batch.
std::optional<std::filesystem::path> engine_folder(const std::filesystem::path& model, const std::string& sha256,
                                                   const std::string& machine);

/// Removes from `folder` what other contents of the same model, or older versions, left there.
void remove_stale_graphs(const std::filesystem::path& model, const std::string& sha256,
                         const std::string& runtime_version, const std::filesystem::path& folder);

}  // namespace peel
