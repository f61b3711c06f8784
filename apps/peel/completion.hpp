#pragma once

#include <string>
#include <string_view>

#include "description.hpp"

namespace peel::cli {

/// The completion script for "bash", "zsh" or "fish".
std::string completion_script(const CommandDescription& root, std::string_view shell);

}  // namespace peel::cli
