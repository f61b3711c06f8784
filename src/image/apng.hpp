#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "peel/image.hpp"

namespace peel {

/// All frames of an animated PNG, composed as its standard says, as RGBA. Throws Error(input); no more than
/// `limits.max_pixels` in all frames together.
Animation decode_apng(std::span<const std::byte> png, const DecodeOptions& options, std::string_view name);

/// An animated PNG of PNGs: `frames` are whole files of one size and kind, a delay in milliseconds for each.
std::vector<std::byte> join_apng(std::span<const std::vector<std::byte>> frames, std::span<const int> delays,
                                 int loops);

}  // namespace peel
