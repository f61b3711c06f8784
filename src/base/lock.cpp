#include "base/lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "base/file.hpp"
#include "base/log.hpp"
#include "peel/error.hpp"

namespace peel {

FileLock::FileLock(const std::filesystem::path& file, const std::function<void()>& waiting, const std::string& hint)
    : fd_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
  if (fd_ < 0) {
    throw Error(ErrorCode::output, fmt::format("cannot write {}: {}", file.string(), system_message(errno)), hint);
  }
  int result = ::flock(fd_, LOCK_EX | LOCK_NB);
  if (result != 0 && errno == EWOULDBLOCK) {
    waiting();
    do {
      result = ::flock(fd_, LOCK_EX);
    } while (result != 0 && errno == EINTR);
  }
  // Some network file systems have no locks. What is made twice at once there is renamed into place, so whole all the
  // same.
  if (result != 0) log(LogLevel::warning, "no lock on {}: {}", file.string(), system_message(errno));
}

FileLock::~FileLock() {
  ::close(fd_);
}

}  // namespace peel
