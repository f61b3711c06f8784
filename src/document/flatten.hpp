#pragma once

#include <memory>

#include "image/image_data.hpp"
#include "peel/document.hpp"

namespace peel::document {

/// flatten_page(), for what has more to say of the page than its pixels.
std::shared_ptr<Image::Data> flattened(const Image& picture, const Corners& corners, int width, int height,
                                       int threads);

}  // namespace peel::document
