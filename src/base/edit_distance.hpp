#pragma once

#include <cstddef>
#include <string_view>

namespace peel {

/// Insertions, deletions, replacements and swaps of neighbours that turn a into b (optimal string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace peel
