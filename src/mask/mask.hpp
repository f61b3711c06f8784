#pragma once

#include "inference/session.hpp"
#include "peel/image.hpp"
#include "peel/mask.hpp"
#include "peel/models.hpp"

namespace peel {

/// The part of a mask that has to be opaque (128 and more) for a subject to be seen in it. Less is a speck or two of a
/// network that found nothing. No mask of 230 pictures with a subject has less than 1.7 % (u2netp and
/// isnet-general-use).
inline constexpr double LEAST_SUBJECT = 0.0005;
bool is_subject(const Image& mask);

/// A network's first output to a mask: channel 0, a sigmoid where `kind` says so, stretched so that its least value
/// becomes 0 and its greatest 255 (rembg's arithmetic in float32, truncated).
///
/// Where no saliency exceeds 0.5 there is no subject: stretching would make a full-range mask out of noise, so values
/// stay as they are, times 255. The same for a constant output, which cannot be stretched. `compat` stretches always,
/// and a constant becomes 0, as in rembg. Values that are no numbers count as 0. Throws Error(model) for a tensor that
/// is no map, and for kinds that have masks of another sort (class_masks.hpp, prompted.hpp).
Mask saliency_to_mask(const Tensor& output, OutputKind kind, bool compat);

/// Throws Error(usage) for an image that is no mask: gray8, not empty.
void check_mask(const Image& mask);

/// A mask (gray8 of any size) at a picture's size, by Pillow's Lanczos.
Image full_size_mask(const Image& mask, int width, int height, int threads);

/// rembg's -ppm: grey opening by a 3 x 3 cross, Gaussian blur (sigma 2, radius 8, double precision), then 255 where the
/// result is at least 127, else 0. Borders are mirrored (SciPy's "reflect").
Image post_process_mask(const Image& mask, int threads);

}  // namespace peel
