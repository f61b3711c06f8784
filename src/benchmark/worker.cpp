#include "benchmark/worker.hpp"

#include <fmt/format.h>

#include <exception>
#include <variant>

namespace peel::benchmark {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

// TensorRT's first engine for a large network takes tens of minutes; a picture on a GPU that is computed by the CPU,
// minutes. Beyond that it is a driver that hangs.
constexpr auto START_LIMIT = 60min;
constexpr auto PICTURE_LIMIT = 15min;
constexpr auto END_LIMIT = 5s;

template <typename Report>
Report report_of(const std::string& line, std::variant<Report, Failure> (*read)(std::string_view)) {
  try {
    auto answer = read(line);
    if (const auto* failure = std::get_if<Failure>(&answer)) {
      throw WorkerFailure(failure->code, failure->message, failure->hint);
    }
    return std::get<Report>(std::move(answer));
  } catch (const WorkerFailure&) {
    throw;
  } catch (const std::exception& error) {
    throw WorkerFailure(ErrorCode::internal, fmt::format("its answer cannot be read: {}", error.what()), "");
  }
}

}  // namespace

Worker::Worker() : child_({helper_program("peel-bench-worker").string()}) {}

void Worker::fail_as_ended() {
  const std::string how = child_.finish(END_LIMIT);
  throw WorkerFailure(ErrorCode::device,
                      how.empty() ? "its process ended by itself" : fmt::format("its process: {}", how), "");
}

std::optional<std::string> Worker::ask(const std::string& line, std::chrono::milliseconds limit,
                                       const std::stop_token& stop) {
  child_.resume();
  if (!child_.write_line(line)) fail_as_ended();
  const auto end = Clock::now() + limit;
  while (Clock::now() < end) {
    constexpr auto step = 200ms;
    const auto since = Clock::now();
    if (auto answer = child_.read_line(step)) {
      child_.pause();
      return answer;
    }
    // Nothing, and sooner than asked for: it has closed its output.
    if (Clock::now() - since < step) fail_as_ended();
    if (stop.stop_requested()) return std::nullopt;
  }
  throw WorkerFailure(
      ErrorCode::device,
      fmt::format("no answer within {} minutes", std::chrono::duration_cast<std::chrono::minutes>(limit).count()), "");
}

std::optional<StartReport> Worker::start(const StartOrder& order, const std::stop_token& stop) {
  const auto answer = ask(to_line(order), START_LIMIT, stop);
  if (!answer) return std::nullopt;
  return report_of<StartReport>(*answer, read_start_report);
}

RunReport Worker::run(const RunOrder& order) {
  const auto answer = ask(to_line(order), PICTURE_LIMIT * order.pictures.size(), {});
  auto report = report_of<RunReport>(answer.value(), read_run_report);
  if (report.timings.size() != order.pictures.size()) {
    throw WorkerFailure(ErrorCode::internal, "it answered for another number of pictures", "");
  }
  return report;
}

}  // namespace peel::benchmark
