#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "peel/remover.hpp"

namespace peel::options {

/// "point:X,Y", "background:X,Y" or "box:X,Y,X,Y", or rembg's sam_prompt: JSON as in
///     [{"type": "point", "data": [X, Y], "label": 1}, {"type": "rectangle", "data": [X, Y, X, Y]}]
/// where label 0 is the background. Throws Refused.
std::vector<Prompt> parse_prompts(std::string_view text);

/// As many finite numbers as there are places, with commas between them. False for another text.
bool read_numbers(std::string_view text, std::span<double> places);

}  // namespace peel::options
