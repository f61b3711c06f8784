#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "peel/error.hpp"

namespace peel {

/// The whole file, at most `max_bytes` of it. Throws Error(code): "NAME: REASON". Pipes and devices are read to their
/// end.
std::vector<std::byte> read_file(const std::filesystem::path& file, std::uint64_t max_bytes, ErrorCode code);

/// A file mapped for reading; the pages belong to the kernel's cache.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& file, ErrorCode code = ErrorCode::model);
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();
  std::span<const std::byte> bytes() const noexcept { return {data_, size_}; }

 private:
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

/// A file that appears under its name only when commit() is called: written to a temporary name in the same folder,
/// synced, renamed. Destroyed without commit(), nothing is left. Throws Error(code) with the path and the system's
/// reason. A symbolic link is followed (its target is replaced); something that is no plain file (/dev/stdout, a FIFO)
/// is written directly. One that is there is replaced, or with Existing::kept commit() fails, whenever it came.
class AtomicFile {
 public:
  enum class Existing { replaced, kept };
  AtomicFile(std::filesystem::path file, ErrorCode code, Existing existing = Existing::replaced);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();
  void write(std::span<const std::byte> bytes);
  void commit();

 private:
  [[noreturn]] void fail(const char* action, int error) const;
  int move_into_place() const;

  std::filesystem::path shown_;
  std::filesystem::path target_;
  std::string temporary_;  ///< empty when the target is written directly
  ErrorCode code_;
  Existing existing_;
  int fd_ = -1;
};

/// What is too much for memory until `file` can be written: bytes in a file without a name, gone with this object. It
/// lies in the folder of `file`, whose disk needs the room anyway, or in the system's folder for temporary files where
/// that is no plain file (/dev/stdout, a FIFO). Throws Error(code) that names `file`.
class ScratchFile {
 public:
  ScratchFile(const std::filesystem::path& file, ErrorCode code);
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  ~ScratchFile();
  /// Where they begin. Appended in full or not at all.
  std::uint64_t append(std::span<const std::byte> bytes);
  /// Fills `to` with the bytes that begin there.
  void read(std::uint64_t begin, std::span<std::byte> to) const;

 private:
  [[noreturn]] void fail(const char* action, int error) const;

  std::string shown_;
  ErrorCode code_;
  int fd_ = -1;
  std::uint64_t size_ = 0;
};

/// A line that stands for a file as it is now: its path, size and time of writing. As good as its content, and known at
/// once.
std::string file_stamp(const std::filesystem::path& file);

/// Has the system put what was written to a file on the disk. Throws Error(code) where that fails.
void sync_file(const std::filesystem::path& file, ErrorCode code);

/// The user's folder for what can be made again: $XDG_CACHE_HOME/peel, else ~/.cache/peel. Nothing for a user without a
/// home: a folder in /tmp would be anybody's, and what is kept there is trusted.
std::optional<std::filesystem::path> user_cache_folder();

/// "No such file or directory" and the like.
std::string system_message(int error);

}  // namespace peel
