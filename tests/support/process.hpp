#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/test_data.hpp"
#include "support/text_file.hpp"

namespace peel::test {

/// A program to be run, and how.
struct Command {
  std::vector<std::string> arguments;                            ///< the program first
  std::filesystem::path folder;                                  ///< it runs in; empty: the test's own
  std::vector<std::pair<std::string, std::string>> environment;  ///< added to the test's own
  std::filesystem::path input = "/dev/null";
  std::filesystem::path output;   ///< empty: collected
  std::filesystem::path error{};  ///< of standard error; empty: collected
};

struct Outcome {
  int status = -1;  ///< exit status; -1: ended by a signal
  int signal = 0;
  std::string out;
  std::string err;
};

/// A program that runs. Its output goes through files, so that no pipe can fill up.
class Process {
 public:
  explicit Process(const Command& command) : collects_output_(command.output.empty()) {
    std::vector<char*> arguments;
    for (const std::string& argument : command.arguments) arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    const std::string input = command.input.string();
    const std::string output = collects_output_ ? (files_ / "out").string() : command.output.string();
    const std::string error = command.error.empty() ? (files_ / "err").string() : command.error.string();
    pid_ = fork();
    if (pid_ < 0) throw std::runtime_error("fork failed");
    if (pid_ > 0) return;
    signal(SIGHUP, SIG_DFL);  // which the tests themselves may have to ignore, under nohup
    for (const auto& [name, value] : command.environment) setenv(name.c_str(), value.c_str(), 1);
    const std::array<int, 3> streams{open(input.c_str(), O_RDONLY),
                                     open(output.c_str(), O_WRONLY | O_CREAT | O_NOCTTY, 0600),
                                     open(error.c_str(), O_WRONLY | O_CREAT, 0600)};
    for (int i = 0; i < 3; ++i) {
      if (dup2(streams[static_cast<std::size_t>(i)], i) < 0) _exit(126);
      close(streams[static_cast<std::size_t>(i)]);
    }
    if (!command.folder.empty() && chdir(command.folder.c_str()) != 0) _exit(126);
    execv(arguments[0], arguments.data());
    _exit(127);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() {
    if (pid_ > 0) wait();
  }

  pid_t pid() const { return pid_; }
  /// On standard error, so far.
  std::string said() const { return read_text(files_ / "err"); }

  Outcome wait() {
    Outcome outcome;
    int status = 0;
    waitpid(std::exchange(pid_, -1), &status, 0);
    if (WIFEXITED(status)) outcome.status = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) outcome.signal = WTERMSIG(status);
    if (collects_output_) outcome.out = read_text(files_ / "out");
    outcome.err = read_text(files_ / "err");
    return outcome;
  }

 private:
  TemporaryFolder files_;
  bool collects_output_;
  pid_t pid_ = -1;
};

inline Outcome run(const Command& command) {
  return Process(command).wait();
}

}  // namespace peel::test
