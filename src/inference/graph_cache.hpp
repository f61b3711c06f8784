#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace peel {

/// Where the optimised form of a model is kept: FOLDER/.peel/STEM-KEY.ort beside the model, or the user's cache folder
/// where that cannot be written. The key stands for everything the form depends on: the model's content, the runtime's
/// version (its optimiser and file format), the CPU's features (weights are laid out for its vector width) and what
/// prepare_graph() does. Empty where neither place can be written.
std::optional<std::filesystem::path> graph_cache_file(const std::filesystem::path& model, const std::string& sha256,
                                                      const std::string& runtime_version, int batch);

/// The same for the form that OpenVINO compiles it to, STEM-KEY.ov. `version`: OpenVINO's, and what else its choices
/// depend on.
std::optional<std::filesystem::path> compiled_network_file(const std::filesystem::path& model,
                                                           const std::string& sha256, const std::string& version,
                                                           int batch);

/// Where it is kept which engine is the fastest for a model, STEM-KEY.engines. `machine` holds in words what that
/// depends on beside the model.
std::optional<std::filesystem::path> engine_times_file(const std::filesystem::path& model, const std::string& sha256,
                                                       const std::string& machine);

/// The folder for the TensorRT engine of a model, STEM-KEY.engine in the same places. `machine` holds in words what the
/// engine depends on beside the model: GPU, driver, versions of TensorRT and ONNX Runtime, precision, batch.
std::optional<std::filesystem::path> engine_folder(const std::filesystem::path& model, const std::string& sha256,
                                                   const std::string& machine);

/// Has `make` write one of these files: to the path it is given, which becomes `kept` when all of it is on the disk.
/// Under a lock, so a file is not made twice at the same time; one that is there by then is left alone.
void make_kept_graph(const std::filesystem::path& model, const std::filesystem::path& kept,
                     const std::function<void(const std::filesystem::path&)>& make);

/// Removes beside `kept` what other contents of the same model left there, and of its kind what another `version` did.
void remove_stale_graphs(const std::filesystem::path& model, const std::string& sha256, const std::string& version,
                         const std::filesystem::path& kept);

}  // namespace peel
