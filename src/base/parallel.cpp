#include "base/parallel.hpp"

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>
#include <fstream>
#include <mutex>
#include <set>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "base/control.hpp"
#include "base/control_group.hpp"
#include "base/log.hpp"
#include "base/words.hpp"
#include "options/limits.hpp"
#include "peel/error.hpp"

namespace peel {
namespace {

int count_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  int cores = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set)
                                                          : static_cast<int>(std::thread::hardware_concurrency());
  // Of containers and services sched_getaffinity does not know the quota; more threads than that throttle one another.
  if (const auto quota = group_limits().cores)
    cores = std::min(cores, static_cast<int>(std::ceil(std::min(*quota, 1e6))));
  return std::max(1, cores);
}

// Cores, not hardware threads: those among the CPUs of the affinity mask that are the first of their sibling list.
int count_physical_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return available_cores();
  std::set<std::string> cores;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &set)) continue;
    std::ifstream file("/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/thread_siblings_list");
    std::string siblings;
    if (!(file >> siblings)) return available_cores();
    cores.insert(siblings);
  }
  return std::clamp(static_cast<int>(cores.size()), 1, available_cores());
}

}  // namespace

int physical_cores() {
  static const int cores = count_physical_cores();
  return cores;
}

int available_cores() {
  static const int cores = count_cores();
  return cores;
}

int checked_threads(int threads) {
  if (threads < 0 || threads > options::MOST_THREADS) {
    throw Error(ErrorCode::usage, fmt::format("{} threads are outside 0 to {}", threads, options::MOST_THREADS),
                "0 is every core");
  }
  if (threads <= available_cores()) return threads;
  log(LogLevel::warning, "{} threads on {} would hinder one another: {} of them", threads,
      counted(static_cast<std::size_t>(available_cores()), "core"), available_cores());
  return available_cores();
}

int thread_count(int threads) {
  constexpr int MOST_A_CORE = 4;
  if (threads < 0) throw Error(ErrorCode::usage, fmt::format("{} threads are below 0", threads), "0 is every core");
  return threads > 0 ? std::min(threads, MOST_A_CORE * available_cores()) : available_cores();
}

void parallel_for(std::int64_t begin, std::int64_t end, std::int64_t grain, int threads,
                  const std::function<void(std::int64_t, std::int64_t)>& body) {
  if (begin >= end) return;
  check_stopped();
  const std::int64_t count = end - begin;
  const std::int64_t workers =
      std::clamp<std::int64_t>(count / std::max<std::int64_t>(1, grain), 1, thread_count(threads));
  const std::stop_token stop = current_stop();  // of this thread, for all
  // Alone without a stop there is nothing to be looked at between two parts.
  if (workers == 1 && !stop.stop_possible()) return body(begin, end);

  // A few parts a worker, so that a core that is busy elsewhere does not hold up the rest, and a stop is not waited
  // for.
  constexpr std::int64_t PARTS_OF_ONE = 16;
  const std::int64_t parts = std::min(std::max(workers * 4, PARTS_OF_ONE),
                                      std::max<std::int64_t>(workers, count / std::max<std::int64_t>(1, grain)));
  std::atomic<std::int64_t> next{0};
  std::mutex mutex;
  std::exception_ptr error;
  const auto work = [&] {
    const StopScope scope(stop);
    for (std::int64_t part; (part = next.fetch_add(1)) < parts;) {
      try {
        if (stop.stop_requested()) throw Cancelled();
        body(begin + count * part / parts, begin + count * (part + 1) / parts);
      } catch (...) {
        const std::scoped_lock lock(mutex);
        if (!error) error = std::current_exception();
        next = parts;
      }
    }
  };
  {
    std::vector<std::jthread> helpers;
    try {
      for (std::int64_t i = 1; i < workers; ++i) helpers.emplace_back(work);
    } catch (const std::system_error&) {
      // The system gives no more threads: those there are do the work.
    }
    work();
  }
  if (error) std::rethrow_exception(error);
}

}  // namespace peel
