#pragma once

#include <string>

#include "options/option.hpp"
#include "peel/document.hpp"

namespace peel::requests {

/// The shape an option says. Throws Error(usage), which names it.
PageShape page_shape(const char* option, const std::string& text);

/// What a scanner is asked for. Throws Error(usage).
ScanOptions scan_options(const options::Given& given);

}  // namespace peel::requests
