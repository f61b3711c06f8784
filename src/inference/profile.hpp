#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "inference/session.hpp"

namespace peel {

/// How many operators each provider ran, from a profile ONNX Runtime wrote (the Trace Event format of Chrome, JSON):
/// one for every kernel of a node, by distinct node; copies between devices are not counted. A provider that compiles
/// its part of the graph (TensorRT) shows as one operator a part. Sorted: `first` (the runtime's name for a provider),
/// then the others by number. Names are peel's, or the runtime's for a provider peel does not know. Empty where the
/// file is no such profile.
std::vector<Share> count_operators(const std::filesystem::path& profile, std::string_view first);

}  // namespace peel
