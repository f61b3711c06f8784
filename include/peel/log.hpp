#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "peel/export.hpp"

namespace peel {

/// notice: a long step, for a person waiting.
enum class LogLevel { debug, info, notice, warning };

/// Where libpeel's messages go. The library prints nothing by itself: without a sink they are dropped.
/// The sink may be called from any thread, one call at a time. An empty function removes it.
using LogSink = std::function<void(LogLevel, std::string_view)>;
PEEL_API void set_log_sink(LogSink sink);

/// How far a long step (a download, a model being prepared) has come. `total` is 0 where it is not known; unit: bytes.
struct Progress {
  std::string_view what;
  std::uint64_t done = 0;
  std::uint64_t total = 0;
};
/// Called from the thread that does the work, many times a second; must not throw.
using ProgressCallback = std::function<void(const Progress&)>;

}  // namespace peel
