#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace peel {

/// The number of `size` bytes at a place inside of `bytes`, the highest first.
inline std::uint32_t big_endian(std::span<const std::byte> bytes, std::size_t at, std::size_t size = 4) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = value << 8 | std::to_integer<std::uint32_t>(bytes[at + i]);
  return value;
}

}  // namespace peel
