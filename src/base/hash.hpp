#pragma once

#include <cstdint>
#include <string_view>

namespace peel {

/// FNV-1a, 64 bits: gives files names, guards nothing.
constexpr std::uint64_t short_hash(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325ull;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  return hash;
}

}  // namespace peel
