#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "image/vips.hpp"
#include "peel/image.hpp"

namespace peel {

/// What Image can hold as it stands: 8- or 16-bit samples of grey or RGB, with or without alpha.
struct StorableImage {
  VipsImagePointer pixels;
  PixelFormat format = PixelFormat::rgb8;
  bool pillow_cmyk = false;  ///< four inks, to become rgb8 row by row as Pillow does it
  int low_bits = 0;          ///< 16-bit samples that use only their upper bits: how many lower ones are empty
  bool converted = false;    ///< the pixels are sRGB now; a profile that came with the file no longer fits
};

/// Brings a decoded picture of any colour space and depth into a form Image holds; nothing is computed yet.
/// Throws Error(input), naming `name`, for samples that are no picture.
StorableImage to_storable(VipsImagePointer image, const DecodeOptions& options, std::string_view name);

/// A picture's colours, the first `colors` of its bands, and its alpha, where a band is one; what is not these is left
/// out. Throws Error(input).
VipsImagePointer without_extra_bands(VipsImagePointer image, int colors, std::optional<int> alpha,
                                     std::string_view name);

/// Makes straight alpha of one that the colours are multiplied by. Throws Error(input).
void unpremultiply(StorableImage& image, std::string_view name);

/// Pillow's CMYK to RGB (libImaging/Convert.c, cmyk2rgb): 255 is full ink.
void cmyk_to_rgb(const std::uint8_t* cmyk, std::uint8_t* rgb, int width) noexcept;

/// Repeats the upper bits of samples of which only `bits` are used in the lower ones, so that white becomes 65535.
void fill_low_bits(const std::uint16_t* from, std::uint16_t* to, std::size_t count, int bits) noexcept;

}  // namespace peel
