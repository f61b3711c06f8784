#pragma once

#include <cstdint>
#include <string_view>

#include "peel/export.hpp"

namespace peel {

/// In sRGB; alpha is straight.
struct Color {
  std::uint8_t red = 0, green = 0, blue = 0, alpha = 255;
};
/// What is transparent becomes this where a format has no alpha.
inline constexpr Color WHITE{255, 255, 255, 255};

/// "#rgb", "#rrggbb", "#rrggbbaa", "R,G,B[,A]" or a CSS colour name. Throws Error(usage).
PEEL_API Color parse_color(std::string_view text);

}  // namespace peel
