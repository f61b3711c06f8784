#pragma once

#include <chrono>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>

#include "base/child.hpp"
#include "benchmark/protocol.hpp"

namespace peel::benchmark {

/// What a worker could not do, or how it ended: the reason its configuration is not measured.
class WorkerFailure : public std::runtime_error {
 public:
  WorkerFailure(ErrorCode code, const std::string& reason, std::string advice)
      : std::runtime_error(reason), code_(code), advice_(std::move(advice)) {}
  ErrorCode code() const noexcept { return code_; }
  const std::string& advice() const noexcept { return advice_; }

 private:
  ErrorCode code_;
  std::string advice_;
};

/// One configuration in a process of its own (worker_program.cpp), stopped whenever it has nothing to do.
class Worker {
 public:
  /// Throws Error(internal) where the program cannot be started at all.
  Worker();

  /// Has it load its model. Nothing where the stop was requested meanwhile; the worker is of no use then.
  /// Throws WorkerFailure.
  std::optional<StartReport> start(const StartOrder& order, const std::stop_token& stop);
  /// Has it take pictures through. Throws WorkerFailure.
  RunReport run(const RunOrder& order);

 private:
  std::optional<std::string> ask(const std::string& line, std::chrono::milliseconds limit, const std::stop_token& stop);
  [[noreturn]] void fail_as_ended();

  Child child_;
};

}  // namespace peel::benchmark
