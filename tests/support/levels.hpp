#pragma once

#include <cstdint>
#include <vector>

#include "peel/image.hpp"

namespace peel::test {

/// The samples of a picture of 8 bits, from its top left.
inline std::vector<std::uint8_t> levels(const Image& picture) {
  const auto* const first = reinterpret_cast<const std::uint8_t*>(picture.data());
  return {first, first + picture.size_bytes()};
}

}  // namespace peel::test
