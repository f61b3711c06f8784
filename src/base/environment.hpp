#pragma once

#include <cstdlib>
#include <optional>
#include <string>

namespace peel {

/// The variable's value; nothing where it is not set or empty.
inline std::optional<std::string> environment_variable(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  return value && *value ? std::optional<std::string>(value) : std::nullopt;
}

}  // namespace peel
