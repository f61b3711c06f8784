#include "commands/interrupt.hpp"

#include <semaphore.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <thread>

namespace peel::cli {
namespace {

std::atomic<int> deferred{0};
std::atomic<int> pending{0};  // the signal that came meanwhile
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler uses them");
sem_t signalled;  // what a handler may post to, and not request a stop

/// Lives as long as the process: a thread waits to use it.
std::stop_source& source() {
  static auto& made = *new std::stop_source;
  return made;
}

/// As if the signal had never been handled: the shell sees what ended the program.
void end_by(int signal_number) {
  std::signal(signal_number, SIG_DFL);
  std::raise(signal_number);
}

void on_signal(int signal_number) {
  if (deferred.load() == 0 || pending.exchange(signal_number) != 0) {
    end_by(signal_number);
    return;
  }
  constexpr char text[] = "\npeel: stopping when this step is done; once more to stop at once\n";
  [[maybe_unused]] const auto written = write(STDERR_FILENO, text, sizeof text - 1);
  sem_post(&signalled);
}

}  // namespace

void handle_interrupts() {
  sem_init(&signalled, 0, 0);
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (const int signal_number : {SIGINT, SIGTERM}) {
    struct sigaction before {};
    sigaction(signal_number, nullptr, &before);
    // nohup and background jobs of a script ignore it; so do we then.
    if (before.sa_handler != SIG_IGN) sigaction(signal_number, &action, nullptr);
  }
  // A reader of our output that went away is reported as an output that cannot be written.
  std::signal(SIGPIPE, SIG_IGN);
}

DeferInterrupt::DeferInterrupt() {
  ++deferred;
}

DeferInterrupt::~DeferInterrupt() {
  if (--deferred == 0) end_if_interrupted();
}

bool interrupted() {
  return pending.load() != 0;
}

std::stop_token interruption() {
  static const bool watched = [] {
    std::thread([] {
      while (sem_wait(&signalled) != 0) continue;
      source().request_stop();
    }).detach();
    return true;
  }();
  static_cast<void>(watched);
  return source().get_token();
}

void end_if_interrupted() {
  if (const int signal_number = pending.load(); signal_number != 0) end_by(signal_number);
}

}  // namespace peel::cli
