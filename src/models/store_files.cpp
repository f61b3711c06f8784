#include "models/store_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/file.hpp"

namespace peel {

std::filesystem::path absolute_path(const std::filesystem::path& path) {
  std::error_code error;
  auto result = std::filesystem::absolute(path, error).lexically_normal();
  if (error) return path;
  // Without a slash at its end: parent_path() of a file in a folder is then equal to the folder.
  return result.has_filename() ? result : result.parent_path();
}

Error cannot_write(const std::filesystem::path& file, int error) {
  std::string hint = "set U2NET_HOME to a folder you may write to, or copy the model there by hand";
  if (error == ENOSPC || error == EDQUOT) hint = "free some space, or set U2NET_HOME to a folder on another disk";
  return {ErrorCode::output, fmt::format("cannot write {}: {}", file.string(), system_message(error)), std::move(hint)};
}

void make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw cannot_write(folder, error.value());
}

void require_space(const std::filesystem::path& folder, std::uint64_t bytes) {
  struct statvfs disk {};
  if (::statvfs(folder.c_str(), &disk) != 0 || disk.f_blocks == 0) return;
  const std::uint64_t free = std::uint64_t{disk.f_bavail} * disk.f_frsize;
  if (free >= bytes) return;
  constexpr std::uint64_t megabyte = 1'000'000;
  throw Error(ErrorCode::output,
              fmt::format("not enough space in {}: {} MB are needed, {} MB are free", folder.string(),
                          bytes / megabyte + 1, free / megabyte),
              cannot_write(folder, ENOSPC).hint());
}

PartFile::PartFile(std::filesystem::path file) : file_(std::move(file)) {
  fd_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd_ < 0) throw cannot_write(file_, errno);
}

PartFile::~PartFile() {
  // An empty part has nothing to continue from.
  struct stat info {};
  if (::fstat(fd_, &info) == 0 && S_ISREG(info.st_mode) && info.st_size == 0) remove_if_present(file_);
  ::close(fd_);
}

std::uint64_t PartFile::size() const {
  struct stat info {};
  if (::fstat(fd_, &info) != 0) throw cannot_write(file_, errno);
  return static_cast<std::uint64_t>(info.st_size);
}

void PartFile::truncate(std::uint64_t size) {
  if (::ftruncate(fd_, static_cast<off_t>(size)) != 0) throw cannot_write(file_, errno);
}

void PartFile::write_at(std::uint64_t offset, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) throw cannot_write(file_, errno);
    bytes = bytes.subspan(static_cast<std::size_t>(put));
    offset += static_cast<std::uint64_t>(put);
  }
}

void PartFile::sync() {
  if (::fsync(fd_) != 0) throw cannot_write(file_, errno);
}

void remove_if_present(const std::filesystem::path& file) noexcept {
  std::error_code ignored;
  std::filesystem::remove(file, ignored);
}

}  // namespace peel
