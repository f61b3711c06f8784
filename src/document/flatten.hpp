#pragma once

#include <memory>

#include "image/image_data.hpp"
#include "peel/document.hpp"

namespace peel::document {

/// How long the page's sides are where the picture shows them best, in the picture's pixels.
struct LongestSides {
  double width = 0, height = 0;
};
LongestSides longest_sides(const Corners& corners) noexcept;

/// Throws Error(usage) for a corner that is not a number or farther outside a picture of that size, upright or not,
/// than its longer side: of such a page next to nothing is in the picture, and there is no end to how large it is.
void require_near(const Corners& corners, int width, int height);

/// flatten_page(), for what has more to say of the page than its pixels.
std::shared_ptr<Image::Data> flattened(const Image& picture, const Corners& corners, int width, int height,
                                       int threads);

}  // namespace peel::document
