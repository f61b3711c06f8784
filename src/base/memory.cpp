#include "base/memory.hpp"

#include <algorithm>
#include <fstream>
#include <string>
#include <string_view>

#include "base/control_group.hpp"

namespace peel {
namespace {

/// A line "NAME: 123 kB" of a table of the kernel's.
std::uint64_t kilobytes_in(const char* file, std::string_view name) {
  std::ifstream table(file);
  for (std::string word; table >> word;) {
    if (std::uint64_t kilobytes = 0; word == name && table >> kilobytes) return kilobytes * 1024;
  }
  return 0;
}

}  // namespace

std::uint64_t resident_memory() {
  return kilobytes_in("/proc/self/status", "VmRSS:");
}

std::uint64_t peak_memory() {
  return kilobytes_in("/proc/self/status", "VmHWM:");
}

std::uint64_t free_memory() {
  const std::uint64_t machine = kilobytes_in("/proc/meminfo", "MemAvailable:");
  const auto room = group_limits().room;
  if (!room) return machine;
  // One byte: none is left, which is not what 0 says.
  return std::max<std::uint64_t>(machine > 0 ? std::min(machine, *room) : *room, 1);
}

}  // namespace peel
