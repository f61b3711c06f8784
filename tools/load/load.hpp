#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "requests.hpp"

namespace peel::load {

using Clock = std::chrono::steady_clock;

struct LoadOptions {
  std::string url;
  std::vector<std::string> headers;
  int clients = 1;             ///< requests under way at a time, at the most
  std::uint64_t requests = 0;  ///< 0: until `time` is over; whichever comes first
  std::chrono::milliseconds time{0};
  double rate = 0;                              ///< a second; 0: each client sends the next when it has its answer
  std::chrono::milliseconds pause{100};         ///< of a client that was refused, so that it does not do that alone
  std::chrono::milliseconds patience{300'000};  ///< with an answer
};

struct Sample {
  int status = 0;  ///< of HTTP; 0: there was no answer
  double milliseconds = 0;
};

struct Outcome {
  std::vector<Sample> samples;
  double seconds = 0;  ///< from the first request to the last answer
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t connections = 0;  ///< that were made: as many as there were clients, where they are kept open
  std::uint64_t late = 0;         ///< with `rate`: begun over 10 ms after they were due, as every client was busy
  std::map<std::string, std::uint64_t> failures;  ///< why there was no answer
};

/// Counts of what is going on, to watch a long run by.
using Watcher = std::function<void(std::uint64_t answered, std::uint64_t failed)>;

/// Sends the requests in turn. With `rate` a request's time begins when it is due, not when a client is free to send
/// it: else a server that stalls would be asked less, and would look the better for it. `watcher` is called about each
/// second.
Outcome run_load(const Requests& requests, const LoadOptions& options, const Watcher& watcher);

}  // namespace peel::load
