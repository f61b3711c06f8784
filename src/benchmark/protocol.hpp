#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "peel/error.hpp"
#include "peel/remover.hpp"

// What a benchmark and its worker processes say to each other: a JSON object a line. The worker answers every line with
// one of its own. File names are any bytes, JSON is UTF-8: bytes outside ASCII travel as %XX.
namespace peel::benchmark {

/// The first line: what to run on.
struct StartOrder {
  std::string model;
  std::string model_folder;  ///< empty: the default
  Device device = Device::cpu;
  Precision precision = Precision::fp32;
  int threads = 1;
  int batch = 1;
  Engine engine = Engine::onnxruntime;
};
struct StartReport {
  int process = 0;  ///< its id, by which nvidia-smi knows it
  double load_ms = 0;
  SessionInfo session;
};

/// Every further line: pictures to take through the network, no more at a time than StartOrder::batch.
struct RunOrder {
  struct Picture {
    std::string file;
    std::string cutout;  ///< where to write it; empty: not written
    std::string mask;
  };
  std::vector<Picture> pictures;
};
struct RunReport {
  std::vector<Timings> timings;  ///< a picture each; `total` is its part of the time from decode to encode
  std::uint64_t peak_memory_bytes = 0;
};

/// In the place of a report.
struct Failure {
  ErrorCode code = ErrorCode::internal;
  std::string message;
  std::string hint;
};

std::string to_line(const StartOrder& order);
std::string to_line(const RunOrder& order);
std::string to_line(const StartReport& report);
std::string to_line(const RunReport& report);
std::string to_line(const Failure& failure);

/// These throw std::exception for a line that is none of theirs.
StartOrder read_start_order(std::string_view line);
RunOrder read_run_order(std::string_view line);
std::variant<StartReport, Failure> read_start_report(std::string_view line);
std::variant<RunReport, Failure> read_run_report(std::string_view line);

}  // namespace peel::benchmark
