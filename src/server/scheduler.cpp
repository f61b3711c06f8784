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
  for (int i = 0; i < workers; ++i) workers_.emplace_back([this] { take_jobs(); });
}

void Scheduler::grow_to(int workers) {
  const std::scoped_lock lock(mutex_);
  while (!ending_ && static_cast<int>(workers_.size()) < workers) workers_.emplace_back([this] { take_jobs(); });
}

Scheduler::~Scheduler() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
    for (auto& [client, jobs] : waiting_) {
      for (const auto& job : jobs) {
        job->error_ = overloaded(1);
        job->state_ = Job::State::done;
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
  const double jobs = static_cast<double>(count_ + running_);
  return std::clamp(static_cast<int>(std::ceil(jobs * usual_seconds_ / static_cast<double>(workers_.size()))), 1, 600);
}

void Scheduler::admit(const std::shared_ptr<Job>& job) {
  // A worker that is free has not taken a job the moment it comes.
  if (count_ + running_ >= most_waiting_ + workers_.size()) {
    auto greediest = waiting_.begin();
    for (auto each = waiting_.begin(); each != waiting_.end(); ++each) {
      if (each->second.size() > greediest->second.size()) greediest = each;
    }
    const auto own = waiting_.find(job->client_);
    const std::size_t own_count = own == waiting_.end() ? 0 : own->second.size();
    if (greediest == waiting_.end() || greediest->second.size() <= own_count + 1) {
      std::rethrow_exception(overloaded(seconds_to_wait()));
    }
    const std::shared_ptr<Job> displaced = greediest->second.back();
    remove(displaced);
    displaced->error_ = overloaded(seconds_to_wait());
    displaced->state_ = Job::State::done;
    done_.notify_all();
  }
  Jobs& jobs = waiting_[job->client_];
  if (jobs.empty()) turns_.push_back(job->client_);
  jobs.push_back(job);
  ++count_;
}

void Scheduler::remove(const std::shared_ptr<Job>& job) {
  const auto found = waiting_.find(job->client_);
  if (found == waiting_.end()) return;
  const auto place = std::ranges::find(found->second, job);
  if (place == found->second.end()) return;
  found->second.erase(place);
  --count_;
  if (!found->second.empty()) return;
  turns_.remove(job->client_);
  waiting_.erase(found);
}

void Scheduler::run(const std::string& client, Clock::time_point deadline, const std::function<bool()>& gone,
                    std::function<void(const Job&)> work) {
  const auto job = std::make_shared<Job>();
  job->client_ = client;
  job->work_ = std::move(work);
  job->submitted_ = Clock::now();
  std::unique_lock lock(mutex_);
  admit(job);
  const Caller caller(*this);
  more_.notify_one();
  const auto is_done = [&] { return job->state_ == Job::State::done; };
  while (!done_.wait_until(lock, std::min(deadline, Clock::now() + 200ms), is_done)) {
    const bool late = Clock::now() >= deadline;
    lock.unlock();
    const bool unwanted = !late && gone();
    lock.lock();
    if (is_done() || (!late && !unwanted)) continue;
    job->cancelled_ = true;
    remove(job);
    if (unwanted) throw Cancelled();
    throw ApiError(504, "timeout", "the request took too long", "send a smaller picture, or try again later");
  }
  if (job->error_) std::rethrow_exception(job->error_);
}

void Scheduler::take_jobs() {
  std::unique_lock lock(mutex_);
  while (true) {
    more_.wait(lock, [this] { return ending_ || !turns_.empty(); });
    if (ending_) return;
    const std::string client = turns_.front();
    turns_.pop_front();
    Jobs& jobs = waiting_.at(client);
    const std::shared_ptr<Job> job = jobs.front();
    jobs.pop_front();
    --count_;
    if (jobs.empty()) {
      waiting_.erase(client);
    } else {
      turns_.push_back(client);
    }
    job->state_ = Job::State::running;
    ++running_;
    lock.unlock();
    const auto start = Clock::now();
    job->queued_ = milliseconds(start - job->submitted_);
    std::exception_ptr error;
    try {
      job->stop_if_cancelled();
      job->work_(*job);
    } catch (...) {
      error = std::current_exception();
    }
    // What the work holds goes before anyone is told that it is over.
    job->work_ = nullptr;
    lock.lock();
    --running_;
    // A mean that forgets: the last eight jobs or so make it.
    usual_seconds_ += (milliseconds(Clock::now() - start) / 1000 - usual_seconds_) / 8;
    job->error_ = std::move(error);
    job->state_ = Job::State::done;
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
