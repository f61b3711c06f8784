#include "server/scheduler.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "server/api_error.hpp"

namespace peel::server {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

double milliseconds(Clock::duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

std::exception_ptr overloaded(int seconds) {
  ApiError error(429, "overloaded", "the queue is full", "try again later");
  error.retry_after = seconds;
  return std::make_exception_ptr(error);
}

}  // namespace

/// Counts those in run(), under the lock, for the destructor to wait for.
class Scheduler::Caller {
 public:
  explicit Caller(Scheduler& scheduler) : scheduler_(scheduler) { ++scheduler_.callers_; }
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;
  ~Caller() {
    if (--scheduler_.callers_ == 0 && scheduler_.ending_) scheduler_.done_.notify_all();
  }

 private:
  Scheduler& scheduler_;
};

Scheduler::Scheduler(int workers, std::size_t most_waiting) : most_waiting_(most_waiting) {
  for (int i = 0; i < workers; ++i) workers_.emplace_back([this] { run_tasks(); });
}

void Scheduler::grow_to(int workers) {
  const std::scoped_lock lock(mutex_);
  while (!ending_ && static_cast<int>(workers_.size()) < workers) workers_.emplace_back([this] { run_tasks(); });
}

Scheduler::~Scheduler() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
    for (auto& [client, tasks] : waiting_) {
      for (const auto& task : tasks) {
        task->error_ = overloaded(1);
        task->state_ = Task::State::done;
      }
    }
    waiting_.clear();
    turns_.clear();
    count_ = 0;
  }
  more_.notify_all();
  done_.notify_all();
  for (std::thread& worker : workers_) worker.join();
  std::unique_lock lock(mutex_);
  done_.wait(lock, [this] { return callers_ == 0; });
}

int Scheduler::seconds_to_wait() const {
  const double tasks = static_cast<double>(count_ + running_);
  return std::clamp(static_cast<int>(std::ceil(tasks * mean_seconds_ / static_cast<double>(workers_.size()))), 1, 600);
}

void Scheduler::admit(const std::shared_ptr<Task>& task) {
  // A worker that is free has not taken a task the moment it comes.
  if (count_ + running_ >= most_waiting_ + workers_.size()) {
    auto busiest = waiting_.begin();
    for (auto each = waiting_.begin(); each != waiting_.end(); ++each) {
      if (each->second.size() > busiest->second.size()) busiest = each;
    }
    const auto own = waiting_.find(task->client_);
    const std::size_t own_count = own == waiting_.end() ? 0 : own->second.size();
    if (busiest == waiting_.end() || busiest->second.size() <= own_count + 1) {
      std::rethrow_exception(overloaded(seconds_to_wait()));
    }
    const std::shared_ptr<Task> displaced = busiest->second.back();
    remove(displaced);
    displaced->error_ = overloaded(seconds_to_wait());
    displaced->state_ = Task::State::done;
    done_.notify_all();
  }
  Tasks& tasks = waiting_[task->client_];
  if (tasks.empty()) turns_.push_back(task->client_);
  tasks.push_back(task);
  ++count_;
}

void Scheduler::remove(const std::shared_ptr<Task>& task) {
  const auto found = waiting_.find(task->client_);
  if (found == waiting_.end()) return;
  const auto place = std::ranges::find(found->second, task);
  if (place == found->second.end()) return;
  found->second.erase(place);
  --count_;
  if (!found->second.empty()) return;
  turns_.remove(task->client_);
  waiting_.erase(found);
}

void Scheduler::run(const std::string& client, Clock::time_point deadline, const std::function<bool()>& gone,
                    std::function<void(const Task&)> work) {
  const auto task = std::make_shared<Task>();
  task->client_ = client;
  task->work_ = std::move(work);
  task->submitted_ = Clock::now();
  std::unique_lock lock(mutex_);
  admit(task);
  const Caller caller(*this);
  more_.notify_one();
  const auto is_done = [&] { return task->state_ == Task::State::done; };
  while (!done_.wait_until(lock, std::min(deadline, Clock::now() + 200ms), is_done)) {
    const bool late = Clock::now() >= deadline;
    lock.unlock();
    const bool unwanted = !late && gone();
    lock.lock();
    if (is_done() || (!late && !unwanted)) continue;
    task->stop_.request_stop();
    remove(task);
    if (unwanted) throw Cancelled();
    throw ApiError(504, "timeout", "the request took too long", "send a smaller picture, or try again later");
  }
  if (task->error_) std::rethrow_exception(task->error_);
}

void Scheduler::run_tasks() {
  std::unique_lock lock(mutex_);
  while (true) {
    more_.wait(lock, [this] { return ending_ || !turns_.empty(); });
    if (ending_) return;
    const std::string client = turns_.front();
    turns_.pop_front();
    Tasks& tasks = waiting_.at(client);
    const std::shared_ptr<Task> task = tasks.front();
    tasks.pop_front();
    --count_;
    if (tasks.empty()) {
      waiting_.erase(client);
    } else {
      turns_.push_back(client);
    }
    task->state_ = Task::State::running;
    ++running_;
    lock.unlock();
    const auto start = Clock::now();
    task->queued_ = milliseconds(start - task->submitted_);
    std::exception_ptr error;
    try {
      task->stop_if_cancelled();
      task->work_(*task);
    } catch (...) {
      error = std::current_exception();
    }
    // What the work holds goes before its client is told that it is over.
    task->work_ = nullptr;
    lock.lock();
    --running_;
    // A mean that forgets: the last eight tasks or so make it.
    mean_seconds_ += (milliseconds(Clock::now() - start) / 1000 - mean_seconds_) / 8;
    task->error_ = std::move(error);
    task->state_ = Task::State::done;
    done_.notify_all();
  }
}

std::size_t Scheduler::waiting() const {
  const std::scoped_lock lock(mutex_);
  return count_;
}

std::size_t Scheduler::running() const {
  const std::scoped_lock lock(mutex_);
  return running_;
}

}  // namespace peel::server
