#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "arguments.hpp"
#include "usage_error.hpp"

namespace peel::cli {

inline Invocation invocation_of(std::vector<std::string> arguments) {
  return std::get<Invocation>(CommandLine().parse(std::move(arguments)));
}

inline RemoveArguments remove_of(std::vector<std::string> arguments) {
  return std::get<RemoveArguments>(invocation_of(std::move(arguments)).arguments);
}

/// "MESSAGE; HINT" of the usage error the arguments give.
inline std::string error_of(std::vector<std::string> arguments) {
  try {
    CommandLine().parse(std::move(arguments));
  } catch (const UsageError& error) {
    return std::string(error.what()) + "; " + error.hint();
  }
  return "no error";
}

}  // namespace peel::cli
