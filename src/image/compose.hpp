#pragma once

#include "peel/color.hpp"
#include "peel/geometry.hpp"
#include "peel/image.hpp"

// Profile and resolution of the picture are kept in all of these.
namespace peel {

/// A picture with alpha laid over a colour (in the picture's own colour space). Without alpha afterwards if the colour
/// is opaque. A grey picture over a grey stays grey.
/// `into` is as in cutout.hpp, here and below.
Image over_color(const Image& picture, const Color& color, int threads, const PixelBuffer* into = nullptr);

/// The same over another picture, which is scaled to cover and centred. With alpha afterwards where that picture is not
/// opaque everywhere.
Image over_picture(const Image& picture, const Image& background, int threads, const PixelBuffer* into = nullptr);

/// What a format without alpha takes: over white where the picture has alpha, else the picture itself.
Image on_white(const Image& picture, int threads);

/// RGBA: grey in three channels, opaque where it had no alpha. A grey profile no longer fits and is left out.
Image as_rgba(const Image& picture);

/// The box must lie inside the picture.
Image crop(const Image& picture, const Box& box);

}  // namespace peel
