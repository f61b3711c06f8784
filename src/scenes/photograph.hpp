#pragma once

#include <memory>

#include "image/image_data.hpp"

namespace peel::scenes {

/// A smooth picture with a little noise, like a photograph; the same for the same arguments. The left third of a
/// picture with alpha is wholly transparent and zero, like a cut-out.
std::shared_ptr<Image::Data> photograph(int width, int height, PixelFormat format, unsigned seed = 1);

}  // namespace peel::scenes
