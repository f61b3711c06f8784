#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace peel {

/// What the control groups leave this process: its own, as of a container or a service, and all around it; of each kind
/// the tightest. Nothing where there is no limit, or none that can be read.
struct GroupLimits {
  std::optional<std::uint64_t> room;  ///< bytes it may still take; what is only cached files counts as free
  std::optional<double> cores;        ///< by its quota of the CPUs' time
};

/// Of control groups v2 and v1, by the files below `root`: "/" but in tests.
GroupLimits group_limits(const std::filesystem::path& root = "/");

}  // namespace peel
