#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "peel/remover.hpp"

namespace peel::cli {

/// "point:X,Y", "background:X,Y" or "box:X,Y,X,Y", or rembg's sam_prompt: JSON as in
///     [{"type": "point", "data": [X, Y], "label": 1}, {"type": "rectangle", "data": [X, Y, X, Y]}]
/// where label 0 is the background. Throws UsageError naming the option.
std::vector<Prompt> parse_prompts(std::string_view option, const std::string& text);

/// "upper", "lower", "full".
RemoveOptions::Category parse_category(std::string_view option, const std::string& text);

}  // namespace peel::cli
