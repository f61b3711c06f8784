#include "commands/frame_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "commands/interrupt.hpp"
#include "peel/error.hpp"

namespace peel::cli {
namespace {

constexpr int CHANNELS = 3;
constexpr int LONGEST_NUMBER = 20;  // digits of 2^64

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

FrameReader::FrameReader(int descriptor, int width, int height)
    : descriptor_(descriptor),
      width_(width),
      height_(height),
      bytes_(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * CHANNELS) {}

/// Whether there is something to read. A read() that waits would notice neither: signal handlers restart it.
bool FrameReader::wait(const std::stop_token& stop) const {
  constexpr int MILLISECONDS = 100;
  while (!interrupted() && !stop.stop_requested()) {
    pollfd input{descriptor_, POLLIN, 0};
    const int ready = poll(&input, 1, MILLISECONDS);
    // A signal may end the poll: to read then would be to wait. What else cannot be polled can be read.
    if (ready > 0 || (ready < 0 && errno != EINTR)) return true;
  }
  return false;
}

std::optional<Image> FrameReader::next(const std::stop_token& stop) {
  std::size_t filled = 0;
  while (filled < bytes_.size()) {
    if (!wait(stop)) return std::nullopt;
    const ssize_t count = read(descriptor_, bytes_.data() + filled, bytes_.size() - filled);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count < 0) throw Error(ErrorCode::input, fmt::format("standard input: {}", std::strerror(errno)));
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  if (filled == 0) return std::nullopt;
  if (filled < bytes_.size()) {
    throw Error(ErrorCode::input,
                fmt::format("standard input ends {} bytes into frame {}, which has {}; {} frames were whole", filled,
                            frames_, bytes_.size(), frames_),
                fmt::format("frames must be rgb24 of {0} x {1} (ffmpeg: -f rawvideo -pix_fmt rgb24 -s {0}x{1})", width_,
                            height_));
  }
  ++frames_;
  return Image::from_pixels({bytes_.data(), width_, height_, width_ * CHANNELS, PixelFormat::rgb8});
}

void widen_pipe(int descriptor) {
  constexpr int BYTES = 1 << 20;  // what Linux lets anyone have (/proc/sys/fs/pipe-max-size)
  // What is no pipe, or may not be widened, does as it is.
  fcntl(descriptor, F_SETPIPE_SZ, BYTES);
}

NumberedName::NumberedName(const std::string& pattern) {
  int places = 0;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    std::string& part = places == 0 ? before_ : after_;
    if (pattern[i] != '%') {
      part += pattern[i];
      continue;
    }
    const std::size_t first = i + 1;
    for (++i; i < pattern.size() && is_digit(pattern[i]);) ++i;
    const std::string width = pattern.substr(first, i - first);
    const char kind = i < pattern.size() ? pattern[i] : '\0';
    if (kind == '%' && width.empty()) {
      part += '%';
      continue;
    }
    if ((kind != 'u' && kind != 'd') || width.size() > 2 || ++places > 1) {
      places = 0;
      break;
    }
    // Zeros also where printf would put spaces ("%5u"): nobody wants those in a name.
    if (!width.empty()) digits_ = static_cast<std::size_t>(std::clamp(std::stoi(width), 1, LONGEST_NUMBER));
  }
  if (places != 1) {
    throw Error(ErrorCode::usage, fmt::format("-o {}: there must be one place for the frame's number", pattern),
                "write it as in out-%05u.png; for raw frames on standard output leave -o away");
  }
}

std::string NumberedName::at(std::uint64_t number) const {
  return fmt::format("{}{:0{}}{}", before_, number, digits_, after_);
}

}  // namespace peel::cli
