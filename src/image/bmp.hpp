#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "image/header.hpp"
#include "image/image_data.hpp"

namespace peel {

/// Decodes a BMP (Windows 2 to 5 and OS/2, 1 to 32 bits a pixel, plain, RLE4, RLE8 or bit fields): libvips reads them
/// only through ImageMagick, which it does not trust itself. gray8 comes out where the palette holds nothing but greys,
/// rgba8 where an alpha mask is given, otherwise rgb8.
/// Throws Error(input): damaged, cut short, over a limit, or of a kind nobody writes (JPEG, PNG, Huffman or RLE24
/// inside).
std::shared_ptr<Image::Data> decode_bmp(std::span<const std::byte> bytes, const DecodeLimits& limits,
                                        std::string_view name);

/// Throws Error(input).
PictureHeader bmp_header(std::span<const std::byte> bytes);

}  // namespace peel
