#pragma once

#include <cstdint>
#include <vector>

#include "inference/session.hpp"
#include "peel/image.hpp"
#include "peel/models.hpp"

namespace peel {

/// What a network sees of a picture: its small copy in sRGB, normalised. `shape` is the network's input, -1 where its
/// graph leaves a size open: the model's own size then, else the picture's proportions at no more than `max_size`.
/// `compat`: colours as they are in the file, whatever the profile says.
Tensor picture_input(const Image& picture, const ModelInfo& model, const std::vector<std::int64_t>& shape, int max_size,
                     int threads, bool compat = false);

}  // namespace peel
