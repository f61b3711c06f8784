#pragma once

#include <filesystem>

namespace peel::quantization {

/// A folder of one's own for temporary files, removed with all that is in it.
class ScratchFolder {
 public:
  /// Throws Error(output).
  ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder();
  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace peel::quantization
