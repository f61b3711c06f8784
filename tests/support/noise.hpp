#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace peel::test {

/// Reproducible bytes: the upper 8 bits of a linear congruential generator (Numerical Recipes' constants), which a
/// reference in another language can make as easily.
inline std::vector<std::uint8_t> noise(std::size_t count, std::uint32_t seed) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    seed = seed * 1664525u + 1013904223u;
    bytes.push_back(static_cast<std::uint8_t>(seed >> 24));
  }
  return bytes;
}

inline std::string noise_text(std::size_t count, std::uint32_t seed = 1) {
  const auto bytes = noise(count, seed);
  return {bytes.begin(), bytes.end()};
}

/// FNV-1a, 64 bits: stands for a reference too long to write down.
template <typename Bytes>
std::uint64_t fnv1a(const Bytes& bytes) {
  std::uint64_t hash = 0xcbf29ce484222325ull;
  for (const auto byte : bytes) hash = (hash ^ static_cast<std::uint8_t>(byte)) * 0x100000001b3ull;
  return hash;
}

}  // namespace peel::test
