#pragma once

#include <string_view>
#include <vector>

#include "peel/models.hpp"

namespace peel {

/// The text of models/manifest.json.
extern const std::string_view manifest_json;

/// Throws Error(internal) naming the model and the key where the text is not as it should be.
std::vector<ModelInfo> parse_manifest(std::string_view json);

}  // namespace peel
