#pragma once

#include <string>

#include "description.hpp"

namespace peel::cli {

/// peel.1: the whole program in man(7) form.
std::string manual_page(const CommandDescription& root);

}  // namespace peel::cli
