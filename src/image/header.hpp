#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace peel {

/// What a picture's header says of it.
struct PictureHeader {
  int width = 0;
  int height = 0;
  int pixel_bytes = 0;  ///< of a pixel when decoded

  std::uint64_t pixels() const { return static_cast<std::uint64_t>(width) * static_cast<std::uint64_t>(height); }
};

/// Nothing for what cannot be read, or is over the limit of what any picture may have: decode() will say why.
std::optional<PictureHeader> read_header(std::span<const std::byte> bytes);

}  // namespace peel
