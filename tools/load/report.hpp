#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "load.hpp"

namespace peel::load {

/// Milliseconds.
struct Latency {
  std::uint64_t count = 0;
  double least = 0, p50 = 0, p90 = 0, p99 = 0, most = 0;
};
Latency latency_of(std::vector<double> milliseconds);

struct Summary {
  std::map<int, Latency> by_status;  ///< 0: no answer
  Latency answered;                  ///< of all that are 2xx
  double per_second = 0;             ///< of those
};
Summary summarise(const Outcome& outcome);

/// Memory of a process, by what the kernel says now and then.
class MemoryWatch {
 public:
  explicit MemoryWatch(int process) : process_(process) {}
  /// Bytes it holds at the moment; nothing where it is gone.
  std::optional<std::uint64_t> look();

  std::uint64_t first() const { return first_; }
  std::uint64_t most() const { return most_; }
  std::uint64_t last() const { return last_; }

 private:
  int process_;
  std::uint64_t first_ = 0, most_ = 0, last_ = 0;
};

/// VmRSS out of the text of /proc/PID/status, in bytes.
std::optional<std::uint64_t> resident_from(const std::string& status);

nlohmann::ordered_json to_json(const Outcome& outcome, const MemoryWatch* memory);
std::string to_table(const Outcome& outcome, const MemoryWatch* memory);

}  // namespace peel::load
