#include "base/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <system_error>
#include <utility>

#include "peel/file.hpp"

namespace peel {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

int open_for_reading(const std::filesystem::path& file, ErrorCode code, struct stat& info) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) throw Error(code, fmt::format("{}: {}", file.string(), system_message(errno)));
  if (::fstat(fd, &info) != 0 || S_ISDIR(info.st_mode)) {
    const int error = S_ISDIR(info.st_mode) ? EISDIR : errno;
    ::close(fd);
    throw Error(code, fmt::format("{}: {}", file.string(), system_message(error)));
  }
  return fd;
}

// The file that is replaced by writing to this one.
std::filesystem::path symlink_target(std::filesystem::path file) {
  std::error_code ignored;
  if (!std::filesystem::is_symlink(file, ignored)) return file;
  if (auto real = std::filesystem::canonical(file, ignored); !ignored) return real;
  // A pipe's name in /proc leads nowhere, and can be opened nevertheless.
  if (std::filesystem::exists(file, ignored)) return file;
  constexpr int MOST_LINKS = 40;  // the kernel's own limit
  std::filesystem::path missing = file;
  for (int links = 0; links < MOST_LINKS && std::filesystem::is_symlink(missing, ignored); ++links) {
    const std::filesystem::path next = std::filesystem::read_symlink(missing, ignored);
    if (ignored) return file;
    missing = missing.parent_path() / next;
  }
  return missing;
}

[[noreturn]] void fail_to_write(ErrorCode code, std::string_view action, const std::string& shown, int error) {
  std::string hint;
  if (error == ENOSPC || error == EDQUOT) hint = "free some space or write to another disk";
  if (error == ENOENT) hint = "the folder does not exist: create it first";
  if (error == EEXIST) hint = "it is kept as it is: choose another output";
  if (error == EACCES || error == EROFS || error == EPERM) hint = "choose a folder you may write to";
  throw Error(code, fmt::format("{} {}: {}", action, shown, system_message(error)), std::move(hint));
}

}  // namespace

std::string file_stamp(const std::filesystem::path& file) {
  std::error_code none;
  const auto size = std::filesystem::file_size(file, none);
  const auto time = std::filesystem::last_write_time(file, none);
  return fmt::format("{} {} {}", file.string(), none ? 0 : size, none ? 0 : time.time_since_epoch().count());
}

std::string system_message(int error) {
  return std::generic_category().message(error);
}

std::vector<std::byte> read_file(const std::filesystem::path& file, std::uint64_t max_bytes, ErrorCode code) {
  struct stat info {};
  const Descriptor fd(open_for_reading(file, code, info));
  const auto too_large = [&](std::uint64_t size) {
    return Error(code, fmt::format("{}: {} bytes is over the limit of {}", file.string(), size, max_bytes),
                 "raise the limit on bytes if you trust the file");
  };
  const auto known = S_ISREG(info.st_mode) ? static_cast<std::uint64_t>(info.st_size) : 0;
  if (known > max_bytes) throw too_large(known);

  // One byte more than the size says: the read that returns 0 then needs no second buffer.
  std::vector<std::byte> bytes(known > 0 ? known + 1 : 1 << 16);
  std::size_t used = 0;
  for (;;) {
    if (used == bytes.size()) bytes.resize(bytes.size() * 2);
    const ssize_t got = ::read(fd.get(), bytes.data() + used, bytes.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw Error(code, fmt::format("{}: {}", file.string(), system_message(errno)));
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
    if (used > max_bytes) throw too_large(used);
  }
  bytes.resize(used);
  return bytes;
}

MappedFile::MappedFile(const std::filesystem::path& file, ErrorCode code) {
  struct stat info {};
  const Descriptor fd(open_for_reading(file, code, info));
  size_ = static_cast<std::size_t>(info.st_size);
  if (size_ == 0) return;
  void* const map = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, fd.get(), 0);
  if (map == MAP_FAILED) throw Error(code, fmt::format("{}: {}", file.string(), system_message(errno)));
  data_ = static_cast<const std::byte*>(map);
}

MappedFile::~MappedFile() {
  if (data_) ::munmap(const_cast<std::byte*>(data_), size_);
}

AtomicFile::AtomicFile(std::filesystem::path file, ErrorCode code, Existing existing)
    : shown_(file),
      target_(existing == Existing::kept ? std::move(file) : symlink_target(std::move(file))),
      code_(code),
      existing_(existing) {
  struct stat info {};
  const bool exists = ::stat(target_.c_str(), &info) == 0;
  if (exists && S_ISDIR(info.st_mode)) fail("cannot write", EISDIR);
  if (exists && !S_ISREG(info.st_mode)) {
    fd_ = ::open(target_.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd_ < 0) fail("cannot write", errno);
    return;
  }
  // Like a program that opens the file in place, respect a file its owner has made read-only.
  if (exists && ::access(target_.c_str(), W_OK) != 0) fail("cannot write", errno);

  // O_EXCL with the process and a counter in the name: nobody else's file is touched, whatever else runs here.
  static std::atomic<unsigned> counter{0};
  for (int attempt = 0; fd_ < 0 && attempt < 100; ++attempt) {
    const auto name = fmt::format(".{}.{}-{}.tmp", target_.filename().string().substr(0, 100), ::getpid(), counter++);
    temporary_ = (target_.parent_path() / name).string();
    fd_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd_ < 0 && errno != EEXIST) break;
  }
  if (fd_ < 0) {
    const int error = errno;
    temporary_.clear();
    fail("cannot write", error);
  }
  if (exists) ::fchmod(fd_, info.st_mode & 07777);
}

AtomicFile::~AtomicFile() {
  if (fd_ >= 0) ::close(fd_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd_, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) fail("cannot write", errno);
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
}

void AtomicFile::commit() {
  // A full disk may show only here (delayed allocation, network file systems).
  if (!temporary_.empty() && ::fsync(fd_) != 0) fail("cannot write", errno);
  if (::close(std::exchange(fd_, -1)) != 0) fail("cannot write", errno);
  if (temporary_.empty()) return;
  if (const int error = move_into_place(); error != 0) fail("cannot rename a finished file to", error);
  temporary_.clear();
}

/// 0 or errno.
int AtomicFile::move_into_place() const {
  const char* const from = temporary_.c_str();
  const char* const to = target_.c_str();
  if (existing_ == Existing::replaced) return ::rename(from, to) == 0 ? 0 : errno;
  if (::renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  // A file system that cannot: a second name for the file cannot take another's place either.
  if (::link(from, to) != 0) return errno;
  ::unlink(from);
  return 0;
}

void AtomicFile::fail(const char* action, int error) const {
  fail_to_write(code_, action, shown_.string(), error);
}

ScratchFile::ScratchFile(const std::filesystem::path& file, ErrorCode code) : shown_(file.string()), code_(code) {
  const std::filesystem::path target = symlink_target(file);
  struct stat info {};
  const bool plain = ::stat(target.c_str(), &info) != 0 || S_ISREG(info.st_mode);
  std::error_code no_folder;
  const auto folder = plain ? target.parent_path() : std::filesystem::temp_directory_path(no_folder);
  if (no_folder) fail("cannot make a temporary file for", no_folder.value());
  std::string name = (folder / ".peel.XXXXXX").string();
  fd_ = ::mkostemp(name.data(), O_CLOEXEC);
  if (fd_ < 0) fail("cannot make a temporary file for", errno);
  ::unlink(name.c_str());
}

ScratchFile::~ScratchFile() {
  if (fd_ >= 0) ::close(fd_);
}

std::uint64_t ScratchFile::append(std::span<const std::byte> bytes) {
  std::uint64_t end = size_;
  while (!bytes.empty()) {
    const ssize_t put = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(end));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) fail("cannot write a temporary file for", errno);
    end += static_cast<std::uint64_t>(put);
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  return std::exchange(size_, end);
}

void ScratchFile::read(std::uint64_t begin, std::span<std::byte> to) const {
  while (!to.empty()) {
    const ssize_t got = ::pread(fd_, to.data(), to.size(), static_cast<off_t>(begin));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) fail("cannot read the temporary file for", got < 0 ? errno : EIO);
    begin += static_cast<std::uint64_t>(got);
    to = to.subspan(static_cast<std::size_t>(got));
  }
}

void ScratchFile::fail(const char* action, int error) const {
  fail_to_write(code_, action, shown_, error);
}

void write_file(const std::filesystem::path& file, ByteView bytes) {
  AtomicFile out(file, ErrorCode::output);
  out.write(bytes);
  out.commit();
}

namespace {

/// The process that a temporary file's name tells of: ".NAME.PROCESS-COUNTER.tmp" as AtomicFile makes it; 0: no such
/// name.
pid_t maker_of(std::string_view name) {
  constexpr std::string_view ENDING = ".tmp";
  if (!name.starts_with('.') || !name.ends_with(ENDING)) return 0;
  name.remove_suffix(ENDING.size());
  name.remove_prefix(name.rfind('.') + 1);
  const std::size_t dash = name.find('-');
  const auto digits = [](std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  };
  if (dash == std::string_view::npos || !digits(name.substr(0, dash)) || !digits(name.substr(dash + 1))) return 0;
  return static_cast<pid_t>(std::strtol(std::string(name.substr(0, dash)).c_str(), nullptr, 10));
}

}  // namespace

void remove_abandoned_files(const std::filesystem::path& folder) noexcept try {
  std::error_code error;
  std::filesystem::directory_iterator entry(folder, error);
  for (const std::filesystem::directory_iterator end; !error && entry != end; entry.increment(error)) {
    const pid_t maker = maker_of(entry->path().filename().string());
    if (maker <= 0 || ::kill(maker, 0) == 0 || errno != ESRCH) continue;
    std::error_code ignored;
    const auto written = entry->last_write_time(ignored);
    if (ignored || std::filesystem::file_time_type::clock::now() - written < std::chrono::hours(1)) continue;
    std::filesystem::remove(entry->path(), ignored);
  }
} catch (const std::exception&) {
  // No memory for a name, say: they stay for another time.
}

void sync_file(const std::filesystem::path& file, ErrorCode code) {
  struct stat info {};
  const Descriptor fd(open_for_reading(file, code, info));
  if (::fsync(fd.get()) != 0) throw Error(code, fmt::format("{}: {}", file.string(), system_message(errno)));
}

std::optional<std::filesystem::path> user_cache_folder() {
  // The XDG Base Directory Specification: a relative path in the variable is to be ignored.
  if (const char* xdg = std::getenv("XDG_CACHE_HOME"); xdg && *xdg == '/') return std::filesystem::path(xdg) / "peel";
  if (const char* home = std::getenv("HOME"); home && *home == '/') {
    return std::filesystem::path(home) / ".cache" / "peel";
  }
  return std::nullopt;
}

}  // namespace peel
