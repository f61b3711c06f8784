#include "models/lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "base/file.hpp"
#include "base/log.hpp"
#include "models/store_files.hpp"

namespace peel::models {

FileLock::FileLock(const std::filesystem::path& file, const std::function<void()>& waiting)
    : fd_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
  if (fd_ < 0) throw cannot_write(file, errno);
  int result = ::flock(fd_, LOCK_EX | LOCK_NB);
  if (result != 0 && errno == EWOULDBLOCK) {
    waiting();
    do {
      result = ::flock(fd_, LOCK_EX);
    } while (result != 0 && errno == EINTR);
  }
  // Some network file systems have no locks. Two downloads at once are then possible: the hash of the result is checked
  // all the same.
  if (result != 0) log(LogLevel::warning, "no lock on {}: {}", file.string(), system_message(errno));
}

FileLock::~FileLock() {
  ::close(fd_);
}

}  // namespace peel::models
