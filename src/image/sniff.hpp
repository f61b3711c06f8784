#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace peel {

/// The kinds of file decode() reads.
enum class SourceFormat { jpeg, png, webp, tiff, gif, heif, jxl, bmp, netpbm, jp2k, none };

struct Sniffed {
  SourceFormat format = SourceFormat::none;
  /// With `none`: what the file is instead, "a PDF document"; empty where nobody knows.
  std::string_view description;
};

/// Tells what a file is by its first bytes. Cheap; makes no promise that the rest is sound.
Sniffed sniff(std::span<const std::byte> bytes) noexcept;

}  // namespace peel
