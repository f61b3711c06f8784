#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>

namespace peel::cli {

/// Which file a name stood for at a moment: another inode, size or time is another file.
struct FileState {
  dev_t device = 0;
  ino_t inode = 0;
  std::int64_t size = 0;
  std::int64_t nanoseconds = 0;  ///< of its last change
  bool operator==(const FileState&) const = default;
};

/// Nothing where there is no plain file of that name.
std::optional<FileState> file_state(const std::filesystem::path& file);

/// A file that is this process's to work on and to delete, told to other peel processes by an advisory lock (flock(2)),
/// which ends with this object or the process.
class FileClaim {
 public:
  /// Nothing where another process has it, or it is gone. On a file system without locks every file is free.
  static std::optional<FileClaim> take(const std::filesystem::path& file);
  FileClaim(FileClaim&& other) noexcept;
  FileClaim& operator=(FileClaim&& other) noexcept;
  ~FileClaim();

 private:
  explicit FileClaim(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace peel::cli
