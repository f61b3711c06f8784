#include "base/memory.hpp"

#include <algorithm>
#include <fstream>
#include <string>
#include <string_view>

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

/// Of control group v2; "max" is no number.
std::uint64_t group_room() {
  std::uint64_t most = 0;
  std::uint64_t used = 0;
  if (!(std::ifstream("/sys/fs/cgroup/memory.max") >> most)) return 0;
  if (!(std::ifstream("/sys/fs/cgroup/memory.current") >> used)) return 0;
  return most - std::min(used, most);
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
  const std::uint64_t group = group_room();
  return group > 0 ? std::min(machine, group) : machine;
}

}  // namespace peel
