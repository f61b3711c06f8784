#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "peel/pool.hpp"

namespace peel::server {

/// Work that a client waits for.
class Task {
 public:
  /// For the work itself: between two of its steps. Throws Cancelled.
  void stop_if_cancelled() const {
    if (stop_.stop_requested()) throw Cancelled();
  }
  /// For waits and loops of the work: requested when the client no longer waits.
  std::stop_token stop_token() const { return stop_.get_token(); }
  /// Milliseconds it waited for a worker.
  double queued() const { return queued_; }

 private:
  friend class Scheduler;
  enum class State { waiting, running, done };

  std::string client_;
  std::function<void(const Task&)> work_;
  std::chrono::steady_clock::time_point submitted_;
  double queued_ = 0;
  std::stop_source stop_;
  State state_ = State::waiting;  ///< under the scheduler's mutex
  std::exception_ptr error_;
};

/// One queue of bounded length in front of a few workers. Clients take turns: one with a hundred tasks does not keep
/// another with one task waiting for all of them. Where the queue is full, a client with fewer tasks in it takes the
/// place of the newest task of the one that has the most.
class Scheduler {
 public:
  Scheduler(int workers, std::size_t most_waiting);
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;
  /// Ends after the tasks that run; those that wait are refused. Returns when the last call of run() has.
  ~Scheduler();

  /// Runs `work` on a worker and waits for it. `work` must own all it uses: it may go on for a while when this has
  /// thrown. Throws what `work` throws; ApiError 429 where there is no place (with when to come again); 504 at the
  /// deadline; Cancelled when `gone` (asked a few times a second) says that nobody wants it any more.
  void run(const std::string& client, std::chrono::steady_clock::time_point deadline, const std::function<bool()>& gone,
           std::function<void(const Task&)> work);

  /// At least so many workers from now on.
  void grow_to(int workers);

  std::size_t waiting() const;
  std::size_t running() const;

 private:
  class Caller;
  using Tasks = std::deque<std::shared_ptr<Task>>;

  void run_tasks();
  void admit(const std::shared_ptr<Task>& task);
  void remove(const std::shared_ptr<Task>& task);
  int seconds_to_wait() const;

  const std::size_t most_waiting_;
  mutable std::mutex mutex_;
  std::condition_variable more_;
  std::condition_variable done_;
  std::map<std::string, Tasks> waiting_;  ///< by client; none of them empty
  std::list<std::string> turns_;          ///< the clients in it, in the order of their turns
  std::size_t count_ = 0;
  std::size_t running_ = 0;
  std::size_t callers_ = 0;
  double mean_seconds_ = 1;  ///< of a task, lately
  bool ending_ = false;
  std::vector<std::thread> workers_;
};

}  // namespace peel::server
