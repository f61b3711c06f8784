#pragma once

#include <vector>

#include "peel/models.hpp"

namespace peel {

/// A model as models of one file each, with the sources of that file: nearly every model itself alone; of Segment
/// Anything the encoder, then the decoder.
std::vector<ModelInfo> by_file(const ModelInfo& model);

/// Whether any source says what a file of this model must be.
bool has_hash(const ModelInfo& model);

}  // namespace peel
