#pragma once

#include <cstdint>
#include <optional>

#include "peel/color.hpp"
#include "peel/geometry.hpp"
#include "peel/image.hpp"

namespace peel {

/// In all of these `mask` is gray8 and as large as the picture; profile and resolution of the picture are kept. With
/// `into` the result is written there, row by row as it is made, and what comes back is empty; Error(usage) as
/// PixelBuffer says.

/// The picture's own colours under straight alpha: mask times the picture's own alpha, in the picture's bit depth.
/// Pixels whose alpha is 0 are 0 in colour too: nothing of the background stays in the file, and it compresses.
Image cut_out(const Image& picture, const Image& mask, int threads, const PixelBuffer* into = nullptr);

/// Every colour as it is, alpha replaced by the mask.
Image put_alpha(const Image& picture, const Image& mask, int threads, const PixelBuffer* into = nullptr);

/// rembg's bytes (8-bit RGBA without a profile): every channel multiplied by the mask, then, where a background is
/// given, Pillow's alpha_composite over it.
Image compat_cut_out(const Image& picture, const Image& mask, int threads, const PixelBuffer* into = nullptr);
Image compat_over_color(const Image& cutout, const Color& color, int threads, const PixelBuffer* into = nullptr);

/// From here on a mask counts as subject for cropping: rembg's own background threshold for matting (-ab 10). Networks
/// leave a haze of a few levels over the whole picture, which would make every crop the whole picture.
inline constexpr std::uint8_t CROP_THRESHOLD = 10;

/// The least box around everything in the mask that reaches CROP_THRESHOLD, plus `margin` (0 or more), inside the
/// picture. None where nothing does.
std::optional<Box> subject_box(const Image& mask, int margin);

}  // namespace peel
