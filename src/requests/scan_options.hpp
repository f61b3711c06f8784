#pragma once

#include <string>

#include "options/option.hpp"
#include "peel/document.hpp"

namespace peel::requests {

/// The shape an option says. Throws Error(usage), which names it.
PageShape page_shape(const char* option, const std::string& text);

/// What a scanner is asked for. Throws Error(usage).
ScanOptions scan_options(const options::Given& given);

/// Corners of another picture, or of a smaller copy of this one, would make a page of its repeated edge. Throws
/// Error(usage).
void require_inside(const Corners& corners, const Image& picture);

}  // namespace peel::requests
