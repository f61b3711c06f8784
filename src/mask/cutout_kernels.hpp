#pragma once

#include <cstddef>
#include <cstdint>

namespace peel::cutout {

/// A row of opaque RGB and its mask to RGBA whose alpha is the mask; where `clear`, colours under alpha 0 become 0.
void rgb_under_mask(const std::uint8_t* rgb, const std::uint8_t* mask, std::size_t pixels, bool clear,
                    std::uint8_t* rgba) noexcept;

/// The same for a row that has alpha. Where `clear`, the two alphas are multiplied (Pillow's MULDIV255); else the mask
/// replaces the row's own.
void rgba_under_mask(const std::uint8_t* in, const std::uint8_t* mask, std::size_t pixels, bool clear,
                     std::uint8_t* out) noexcept;

}  // namespace peel::cutout
