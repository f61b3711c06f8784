#pragma once

#include <filesystem>

#include "models/download.hpp"
#include "peel/models.hpp"

namespace peel {

/// rembg's switch: any value, also an empty one, turns the comparison with the manifest's hashes off.
bool checksum_disabled();

/// ModelStore::ensure, with the limits of its downloads.
std::filesystem::path ensure_model(const ModelStore& store, const ModelInfo& model, const FetchOptions& options,
                                   const DownloadLimits& limits = {});

}  // namespace peel
