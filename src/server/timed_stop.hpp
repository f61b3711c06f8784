#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

#include "base/control.hpp"

namespace peel::server {

/// A stop for part of the work of this thread: requested when its time is over, or with that of the thread's StopScope.
class TimedStop {
 public:
  explicit TimedStop(std::chrono::milliseconds time)
      : outer_(current_stop(), [this] { source_.request_stop(); }), timer_([this, time](const std::stop_token& done) {
          std::mutex mutex;
          std::unique_lock lock(mutex);
          if (std::condition_variable_any().wait_for(lock, done, time, [&] { return done.stop_requested(); })) return;
          late_ = true;
          source_.request_stop();
        }) {}

  std::stop_token token() const { return source_.get_token(); }
  /// Whether it was the time.
  bool late() const { return late_; }

 private:
  std::stop_source source_;
  std::atomic<bool> late_ = false;
  std::stop_callback<std::function<void()>> outer_;
  std::jthread timer_;
};

}  // namespace peel::server
