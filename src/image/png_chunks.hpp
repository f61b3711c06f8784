#pragma once

#include <libdeflate.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "image/big_endian.hpp"

namespace peel {

/// One chunk of a PNG, where it lies.
struct PngChunk {
  std::string_view type;
  std::span<const std::byte> content;
  bool behind_pixels = false;  ///< an IDAT came before it
};

constexpr std::size_t PNG_SIGNATURE_BYTES = 8;
constexpr std::size_t PNG_CHUNK_FRAME_BYTES = 12;  ///< length, type and checksum around a chunk's content

/// The number in so many bytes, the highest first.
inline void append_big_endian(std::vector<std::byte>& out, std::uint32_t value, int size = 4) {
  for (int shift = 8 * (size - 1); shift >= 0; shift -= 8)
    out.push_back(static_cast<std::byte>((value >> shift) & 255));
}

/// A chunk around its content.
inline void append_png_chunk(std::vector<std::byte>& out, std::string_view type, std::span<const std::byte> content) {
  append_big_endian(out, static_cast<std::uint32_t>(content.size()));
  const std::size_t start = out.size();
  const auto name = std::as_bytes(std::span(type));
  out.insert(out.end(), name.begin(), name.end());
  out.insert(out.end(), content.begin(), content.end());
  append_big_endian(out, libdeflate_crc32(0, out.data() + start, out.size() - start));
}

/// Hands every chunk of a PNG to `use`, in order, up to one that is cut short. False where that one stands in front of
/// the pixels. Checksums are not looked at.
template <typename Use>
bool each_png_chunk(std::span<const std::byte> png, const Use& use) {
  bool behind_pixels = false;
  for (std::size_t at = PNG_SIGNATURE_BYTES; at + 8 <= png.size();) {
    const std::size_t length = big_endian(png, at);
    const std::string_view type(reinterpret_cast<const char*>(png.data()) + at + 4, 4);
    behind_pixels = behind_pixels || type == "IDAT";
    if (length > png.size() - at - 8) return behind_pixels;
    use(PngChunk{type, png.subspan(at + 8, length), behind_pixels});
    at += length + PNG_CHUNK_FRAME_BYTES;
  }
  return true;
}

}  // namespace peel
