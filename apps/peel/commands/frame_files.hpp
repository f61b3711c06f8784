#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "peel/image.hpp"

namespace peel::cli {

/// Raw frames of rgb24 from a file descriptor, one after another without anything between.
class FrameReader {
 public:
  /// The descriptor stays the caller's.
  FrameReader(int descriptor, int width, int height);

  /// The next one; none at the end, or where an interrupt or the stop comes while it is waited for. Throws
  /// Error(input), also for a frame that is cut short: with the number of those that were whole.
  std::optional<Image> next(const std::stop_token& stop);

 private:
  bool wait(const std::stop_token& stop) const;

  int descriptor_;
  int width_;
  int height_;
  std::uint64_t frames_ = 0;
  std::vector<std::byte> bytes_;  ///< of one frame
};

/// Gives a pipe as much room as everyone may have: a frame is many times the 64 KiB it has, and each time it is full
/// or empty two programs have to take turns.
void widen_pipe(int descriptor);

/// Names with a number in them, as printf's %u makes it: "out-%05u.png". "%d" means the same, "%%" a percent sign.
class NumberedName {
 public:
  /// Throws Error(usage) where there is not exactly one place for a number.
  explicit NumberedName(const std::string& pattern);

  std::string at(std::uint64_t number) const;

 private:
  std::string before_;
  std::string after_;
  std::size_t digits_ = 1;  ///< at least so many, with zeros in front
};

}  // namespace peel::cli
