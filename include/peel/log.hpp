#pragma once

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

}  // namespace peel
