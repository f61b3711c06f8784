#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "peel/error.hpp"

namespace peel {

/// STORE/.peel: records of checks, locks, the state of partial downloads.
inline std::filesystem::path private_folder(const std::filesystem::path& store) {
  return store / ".peel";
}

/// The path from the root, without "." and ".." in it: messages then say where a file is, whatever the current folder.
std::filesystem::path absolute_path(const std::filesystem::path& path);

/// Error(output) for something in the store's folder that could not be done, with a hint that fits the reason (an
/// errno).
Error cannot_write(const std::filesystem::path& file, int error);

/// Makes the folder and those above it. Throws Error(output).
void make_folder(const std::filesystem::path& folder);

/// Throws Error(output) where the disk of that folder has fewer bytes free. A file system that cannot say is trusted.
void require_space(const std::filesystem::path& folder, std::uint64_t bytes);

/// A file that grows under a temporary name, and keeps what it has when the program ends (nothing: it is removed).
/// Throws Error(output).
class PartFile {
 public:
  /// Opens it, or makes it.
  explicit PartFile(std::filesystem::path file);
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;
  ~PartFile();

  const std::filesystem::path& path() const noexcept { return file_; }
  std::uint64_t size() const;
  void truncate(std::uint64_t size);
  void write_at(std::uint64_t offset, std::span<const std::byte> bytes);
  /// On the disk when this returns: the renamed file must not turn out empty after a power cut.
  void sync();

 private:
  std::filesystem::path file_;
  int fd_ = -1;
};

/// Removes a file that may not be there.
void remove_if_present(const std::filesystem::path& file) noexcept;

}  // namespace peel
