#pragma once

#include <cstdint>
#include <string_view>

#include "peel/image.hpp"

namespace peel {

/// Throws Error(input) where `width` times `height` is over the limit, or either is below 1.
void check_size(std::int64_t width, std::int64_t height, const DecodeLimits& limits, std::string_view name);

}  // namespace peel
