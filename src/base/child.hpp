#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace peel {

/// Where a program of peel's own is: $PEEL_HELPERS/NAME, beside or below libpeel (lib/peel/), or where it was built.
/// Throws Error(internal) where it is not.
std::filesystem::path helper_program(const std::string& name);
/// The same for a shared library that is opened at run time; nothing where it is not.
std::optional<std::filesystem::path> helper_library(const std::string& name);

/// A process of peel's own, for work that may crash, or whose memory is to be measured by itself. Talked to in lines
/// over its standard input and output; what it (or a library in it) prints to standard error is kept, not shown. It
/// dies with the thread that made it, whatever ends that.
class Child {
 public:
  /// Starts it. Throws Error(internal).
  explicit Child(const std::vector<std::string>& command);
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  /// Kills it where it still runs.
  ~Child();

  /// False when it no longer reads.
  bool write_line(std::string_view line);
  /// The next line, without its end; nullopt when it has closed its output (ended, crashed) or the time is over.
  std::optional<std::string> read_line(std::chrono::milliseconds timeout);
  /// Takes the processor away from it and gives it back: threads of an idle child cannot disturb a measurement.
  void pause();
  void resume();
  /// Closes its input and waits for its end, at most so long, then kills it. How it ended: empty where it did well,
  /// else "ended by signal 11 (Segmentation fault)", "exit status 3", "no answer within 20 s", with the last line it
  /// printed.
  std::string finish(std::chrono::milliseconds timeout);

 private:
  std::string last_words() const;

  pid_t process_ = -1;
  int input_ = -1;   // ours to write
  int output_ = -1;  // ours to read
  int errors_ = -1;  // a file without a name
  std::string pending_;
};

}  // namespace peel
