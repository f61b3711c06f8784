#pragma once

#include <span>

#include "mask/mask.hpp"

// rembg's way with several masks of one picture: all the results in one picture, one below the other.
namespace peel {

/// Masks of one size, gray8.
Image stacked_masks(std::span<const Image> masks);

/// Pictures of one size, in rgba8 whatever they are: rembg pastes them on such a canvas, masks too.
Image stacked_pictures(std::span<const Image> pictures);

}  // namespace peel
