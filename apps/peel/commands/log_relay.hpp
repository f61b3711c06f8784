#pragma once

#include <thread>

namespace peel::cli {

/// While one lives, standard error is written to by a thread of its own: whatever reads it (a pipe to a logger that
/// hangs) may take its time, or stop, without what the program says being waited for. What does not fit meanwhile is
/// lost, line by line.
class LogRelay {
 public:
  LogRelay();
  LogRelay(const LogRelay&) = delete;
  LogRelay& operator=(const LogRelay&) = delete;
  /// Waits until all is written, however long that takes.
  ~LogRelay();

 private:
  void pass_on() const;

  int real_ = -1;  ///< where standard error went
  int reading_ = -1;
  std::thread thread_;
};

}  // namespace peel::cli
