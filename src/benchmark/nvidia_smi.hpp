#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace peel::benchmark {

/// A process's device memory out of what `nvidia-smi --query-compute-apps=pid,used_memory
/// --format=csv,noheader,nounits` prints ("1234, 560": MiB), over all GPUs.
std::optional<std::uint64_t> memory_in(std::string_view table, int process);

/// Asks it. Nothing where there is no nvidia-smi, or where it cannot tell (in a container it sees other numbers).
std::optional<std::uint64_t> device_memory(int process);

}  // namespace peel::benchmark
