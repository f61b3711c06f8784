#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "commands/progress_bar.hpp"
#include "options.hpp"
#include "peel/control.hpp"
#include "peel/error.hpp"
#include "peel/log.hpp"

namespace peel::cli {

/// What a command says to a person, on stderr, from any thread. While it lives, libpeel's messages come here too.
class Console {
 public:
  explicit Console(const Common& common);
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;
  ~Console();

  /// The answer goes to stdout as one JSON object.
  bool json() const { return common_.json; }
  bool quiet() const { return common_.quiet; }
  bool verbose() const { return common_.verbose; }

  /// A line about what was done. Not with --quiet.
  void note(std::string_view text);
  /// A line only --verbose shows.
  void detail(std::string_view text);
  /// "peel: warning: TEXT", each text once. Not with --quiet.
  void warn(std::string_view text);
  /// "peel: MESSAGE; HINT", whatever was asked for.
  void error(std::string_view message, std::string_view hint);

  /// The progress of pictures: a bar on a terminal, else a line every ten seconds of what takes longer.
  void progress(std::string_view what, std::uint64_t done, std::uint64_t total,
                ProgressUnit unit = ProgressUnit::pictures);
  /// For long work: its steps shown as progress() does, its end at an interrupt that is deferred.
  Control control();
  /// For downloads: a bar on a terminal, else a line when it begins and every ten seconds.
  Control fetch_control();
  void end_progress();

  /// A line of a log, as it is; whatever was asked for.
  void log(std::string_view line);
  /// From now on no line waits for whatever reads standard error (a pipe to a logger that hangs): what does not fit
  /// there at its time is lost.
  void never_wait();

 private:
  void line(std::string_view text);  // with the mutex held; so are the next
  void write(std::string_view text);
  void show(std::string_view what, std::uint64_t done, std::uint64_t total, ProgressUnit unit);

  Common common_;
  bool terminal_;
  std::mutex mutex_;
  bool waits_ = true;
  bool cut_ = false;  // the last line lost its end
  ProgressBar bar_;
  ProgressLog log_{ProgressLog::Clock::now()};
  std::set<std::string> said_;  // what is to be said once
};

}  // namespace peel::cli
