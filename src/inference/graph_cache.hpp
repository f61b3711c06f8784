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
                                                      const std::string& runtime_version);

/// Removes what older versions or other contents of the same model left beside `current`.
void remove_stale_graphs(const std::filesystem::path& model, const std::filesystem::path& current);

/// A name in `folder` that nobody else uses; what is there at the end is removed, unless it was renamed.
class ScratchFile {
 public:
  explicit ScratchFile(const std::filesystem::path& folder);
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  ~ScratchFile();
  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

/// Removes the scratch files of processes that are gone: Ctrl-C while a graph is made would leave hundreds of
/// megabytes.
void remove_abandoned_scratch_files(const std::filesystem::path& folder);

}  // namespace peel
