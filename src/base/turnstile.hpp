#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace peel {

/// Lets numbered work that is done on several threads pass a place one at a time, in the order of its numbers: 0, 1,
/// ... Every number has to come by, or stop() has to be called.
class Turnstile {
 public:
  /// Holds the place while it lives.
  class Pass {
   public:
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;
    ~Pass();
    /// False: the turnstile was stopped, and the work is not to be done.
    explicit operator bool() const { return turnstile_ != nullptr; }

   private:
    friend class Turnstile;
    explicit Pass(Turnstile* turnstile) : turnstile_(turnstile) {}
    Turnstile* turnstile_;
  };

  /// Waits until all numbers below have passed.
  [[nodiscard]] Pass pass(std::uint64_t number);
  /// A thread that waits, or comes later, is turned away.
  void stop();

 private:
  std::mutex mutex_;
  std::condition_variable moved_;
  std::uint64_t next_ = 0;
  bool stopped_ = false;
};

}  // namespace peel
