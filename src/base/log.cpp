#include "base/log.hpp"

#include <atomic>
#include <mutex>
#include <utility>

namespace peel {
namespace {

std::mutex sink_mutex;
std::atomic<bool> enabled{false};

// Never destroyed: a thread that still logs while the program ends must find it.
LogSink& sink() {
  static auto* const instance = new LogSink;
  return *instance;
}

}  // namespace

void set_log_sink(LogSink new_sink) {
  const std::scoped_lock lock(sink_mutex);
  sink() = std::move(new_sink);
  enabled = static_cast<bool>(sink());
}

bool log_enabled() noexcept {
  return enabled;
}

void log_message(LogLevel level, std::string_view message) {
  const std::scoped_lock lock(sink_mutex);
  if (sink()) sink()(level, message);
}

}  // namespace peel
