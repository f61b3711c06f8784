#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "peel/image.hpp"

namespace peel {

/// Whether `icc_profile` is a sound profile of the colour space that pixels of `format` are in: RGB for RGB, grey for
/// grey. Only such a profile is kept with a picture.
bool profile_fits(std::span<const std::byte> icc_profile, PixelFormat format);

/// Whether the profile changes no colour by more than 2 levels of 255 on its way to sRGB, so that nothing need be
/// converted; true for an empty profile, and for one that cannot be read. The answer is remembered by the profile's
/// hash.
bool is_srgb(std::span<const std::byte> icc_profile);

/// Converts packed 8-bit RGB pixels in place from the profile's colours to sRGB; does nothing where is_srgb() says so.
/// With a grey profile the pixels are those of a grey picture, its level three times: the red one is read.
/// For the small copy the network sees; the picture itself keeps its own colours.
void profile_to_srgb(std::span<std::uint8_t> rgb_pixels, std::span<const std::byte> icc_profile);

}  // namespace peel
