#include "commands/file_state.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace peel::cli {

namespace fs = std::filesystem;

std::optional<FileState> file_state(const fs::path& file) {
  struct stat info {};
  if (stat(file.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
  constexpr std::int64_t NANOSECONDS = 1'000'000'000;
  return FileState{info.st_dev, info.st_ino, info.st_size, info.st_mtim.tv_sec * NANOSECONDS + info.st_mtim.tv_nsec};
}

std::optional<FileClaim> FileClaim::take(const fs::path& file) {
  FileClaim claim(open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  // One that may not be read is for the reader to report.
  if (claim.fd_ < 0) return errno == ENOENT ? std::nullopt : std::optional(std::move(claim));
  if (flock(claim.fd_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) return std::nullopt;
  // It may have been opened before another process deleted it, and locked after.
  struct stat own {};
  struct stat named {};
  if (fstat(claim.fd_, &own) != 0 || stat(file.c_str(), &named) != 0) return std::nullopt;
  if (own.st_dev != named.st_dev || own.st_ino != named.st_ino) return std::nullopt;
  return claim;
}

FileClaim::FileClaim(FileClaim&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FileClaim& FileClaim::operator=(FileClaim&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

FileClaim::~FileClaim() {
  if (fd_ >= 0) close(fd_);
}

}  // namespace peel::cli
