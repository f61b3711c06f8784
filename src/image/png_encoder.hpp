#pragma once

#include <cstddef>
#include <vector>

#include "peel/image.hpp"

namespace peel {

/// Encodes a PNG on several threads (0: all cores). The bytes do not depend on how many.
///
/// Pixels are stored as they are, 8 or 16 bits, 1 to 4 channels; no chunk is written but IHDR, iCCP and pHYs where the
/// picture has a profile and a resolution, IDAT and IEND. The rows are cut into strips that are filtered and compressed
/// apart; see PieceCompressor for what an effort means.
std::vector<std::byte> encode_png(const Image& image, Effort effort, int threads);

}  // namespace peel
