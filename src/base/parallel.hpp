#pragma once

#include <cstdint>
#include <functional>

namespace peel {

/// Cores this process may run on (its affinity mask, and the CPU quota of its control group where one is set).
int available_cores();

/// Of these, how many have arithmetic units of their own: two hardware threads of one core share them.
int physical_cores();

/// `threads` as a user gave them. Throws Error(usage) outside 0 to options::MOST_THREADS. More than there are cores
/// hinder one another: as many as there are cores then, and a warning in the log.
int checked_threads(int threads);

/// How many are started for `threads`: 0 means available_cores(), and more than a few for each core are never started.
/// Throws Error(usage) below 0.
int thread_count(int threads);

/// Calls body(first, last) for consecutive parts of [begin, end), each at least `grain` long, on at most `threads`
/// threads (0: all cores), the caller's among them. Returns when all are done; the first exception is thrown on, and
/// Cancelled where the stop of the caller's StopScope is requested.
/// Threads are started for the call: meant for work of a millisecond and more.
void parallel_for(std::int64_t begin, std::int64_t end, std::int64_t grain, int threads,
                  const std::function<void(std::int64_t, std::int64_t)>& body);

}  // namespace peel
