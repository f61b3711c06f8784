#pragma once

#include <cstddef>
#include <vector>

#include "peel/image.hpp"

namespace peel::document {

/// Whether it is gray8 and every sample 0 or 255.
bool is_black_and_white(const Image& page) noexcept;

/// A black and white page as one strip of CCITT group 4 (ITU-T T.6), as fax machines, TIFF and PDF have it: white runs
/// first, most significant bit first, with an end-of-block mark. Throws Error(output).
std::vector<std::byte> encode_group4(const Image& page);

}  // namespace peel::document
