#pragma once

#include <fmt/format.h>

#include "peel/log.hpp"

namespace peel {

void log_message(LogLevel level, std::string_view message);
bool log_enabled() noexcept;

template <typename... Args>
void log(LogLevel level, fmt::format_string<Args...> format, Args&&... args) {
  if (log_enabled()) log_message(level, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace peel
