#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "image/color_numbers.hpp"
#include "image/header.hpp"
#include "peel/image.hpp"

namespace peel {

/// What a file says of its pictures that libvips leaves out or gets wrong.
struct SourceFacts {
  std::optional<int> orientation;  ///< EXIF's; nothing: as libvips finds it
  std::optional<Resolution> resolution;
  std::optional<ColorNumbers> color;  ///< where they count: no ICC profile of the file is before them
  bool premultiplied = false;         ///< the colours are multiplied by alpha
  int pages = 1;                      ///< frames of a PNG; libvips counts those of others
  std::int64_t declared_width = 0;    ///< of a HEIF's largest picture, as its properties say, in pixels; 0: unknown
  std::int64_t declared_height = 0;
  std::string unread;  ///< more pictures that cannot be taken from it: "an image sequence"
};

/// EXIF's orientation in a block that may begin with "Exif\0\0"; nothing where it has none. Any bytes are allowed.
std::optional<int> exif_orientation(std::span<const std::byte> exif) noexcept;

/// tiff:Orientation in a packet of XMP, as an attribute or as an element.
std::optional<int> xmp_orientation(std::string_view xmp) noexcept;

/// Of a PNG: all chunks are looked at, also those behind the pixels. Nothing where a chunk in front of the pixels
/// claims to be longer than the file.
std::optional<SourceFacts> png_facts(std::span<const std::byte> png);

/// Nothing where it is not sound up to its pixels.
std::optional<PictureHeader> png_header(std::span<const std::byte> png);

/// A PNG with the right checksums on its IDAT chunks; empty where they are right already.
std::vector<std::byte> with_right_checksums(std::span<const std::byte> png);

/// A PNG without its packed texts where there is so much of them that libpng, which unpacks them all, would have work
/// for seconds; empty where there is not.
std::vector<std::byte> without_large_texts(std::span<const std::byte> png);

/// Throws Error(input) for a JPEG that has far more scans than any program writes, so that it would take minutes, or
/// less than the fewest bytes that so many pixels take: libjpeg would make the rest of it grey.
void check_jpeg(std::span<const std::byte> jpeg, std::string_view name);

/// Of a HEIF or AVIF, and of a JPEG XL: of what the libraries for these cannot read nothing is said. `page`: unset: the
/// primary one.
SourceFacts heif_facts(std::span<const std::byte> heif, std::optional<int> page);
SourceFacts jxl_facts(std::span<const std::byte> jxl);

}  // namespace peel
