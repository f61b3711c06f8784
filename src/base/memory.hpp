#pragma once

#include <cstdint>

namespace peel {

/// What this process holds in memory, by the kernel's account; 0 where that cannot be told.
std::uint64_t resident_memory();
/// The most it ever held.
std::uint64_t peak_memory();

/// What this process may still take without pushing others out: of the machine, and of its control groups where they
/// have a limit. 0 where it cannot be told.
std::uint64_t free_memory();

}  // namespace peel
