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

/// Whether samples may be shown to a network as they are. True for profiles that move colours by at most 16 levels of
/// 255 on average over the colour cube: sRGB 0, a camera's 5, Adobe RGB and Display P3 11, Apple's 1.8 gamma 15. False
/// for those in which a picture read as sRGB looks wrong: Rec. 2020 20, Wide Gamut and ProPhoto 23, linear light 41.
/// The networks were trained on files whose profiles nobody looked at. On 20 pictures in Adobe RGB and a camera's
/// space, converting made masks no better: max F of u2netp 0.880 instead of 0.893, of isnet-general-use 0.826 instead
/// of 0.819.
bool reads_like_srgb(std::span<const std::byte> icc_profile);

/// Converts packed 8-bit RGB pixels in place from the profile's colours to sRGB; does nothing where is_srgb() says so.
/// With a grey profile the pixels are those of a grey picture, its level three times: the red one is read.
/// For the small copy the network sees; the picture itself keeps its own colours.
void profile_to_srgb(std::span<std::uint8_t> rgb_pixels, std::span<const std::byte> icc_profile);

/// The other way, for what is laid under a picture with a profile; does nothing for a grey profile.
void srgb_to_profile(std::span<std::uint8_t> rgb_pixels, std::span<const std::byte> icc_profile);

}  // namespace peel
