#pragma once

#include "mask/mask.hpp"
#include "peel/prompt.hpp"

namespace peel {

/// The mask of clothes out of a network's four channels (background, upper, lower, full), at the network's size. How
/// much of a place is clothing is a probability, so the outline is soft as the network sees it; which clothing it is,
/// is decided: where two garments are about as likely, one is there wholly rather than both by half, and the masks of
/// the three add up to that of all. Nothing is stretched. Throws Error(model) for a tensor of another shape.
Mask clothes_mask(const Tensor& output, Category category);

/// rembg's: the greatest channel's index at each place, resized as if it were a grey, and looked up, so that an edge
/// between background and `full` has a seam of the classes between them. Of the picture's size, 0 or 255; for `all`
/// with the three classes apart: upper, lower, full.
Mask compat_clothes_mask(const Tensor& output, Category category, int width, int height, int threads);

}  // namespace peel
