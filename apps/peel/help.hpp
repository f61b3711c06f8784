#pragma once

#include <string>

#include "description.hpp"

namespace peel::cli {

/// What `--help` prints.
std::string help_text(const CommandDescription& command);

}  // namespace peel::cli
