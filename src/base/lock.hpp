#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace peel {

/// An exclusive lock between processes and threads (flock on a file that stays), held until destroyed.
class FileLock {
 public:
  /// `waiting` is called once where another holds the lock. Throws Error(output), with that hint, where the file cannot
  /// be made.
  FileLock(const std::filesystem::path& file, const std::function<void()>& waiting, const std::string& hint = {});
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  ~FileLock();

 private:
  int fd_ = -1;
};

}  // namespace peel
