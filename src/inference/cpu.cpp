#include <unistd.h>

#include <array>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/parallel.hpp"
#include "peel/providers.hpp"

namespace peel {
namespace {

// As Linux spells them in /proc/cpuinfo (x86-64: "flags", 64-bit Arm: "Features"). What each is good for here:
// 8-bit dot products (avx512_vnni, avx_vnni, asimddp, i8mm, amx_int8), half precision (avx512_bf16, amx_bf16, fphp),
// width.
constexpr std::array<std::string_view, 14> FEATURES = {"sse4_2",   "avx",         "avx2",     "fma",         "avx512f",
                                                       "avx512bw", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_int8",
                                                       "amx_bf16", "asimddp",     "i8mm",     "fphp"};

CpuInfo read_cpu_info() {
  CpuInfo info;
  info.cores = available_cores();
  info.physical_cores = physical_cores();
  info.memory_bytes =
      static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  std::ifstream file("/proc/cpuinfo");
  std::unordered_set<std::string> present;
  for (std::string line; std::getline(file, line) && (info.name.empty() || present.empty());) {
    const auto colon = line.find(':');
    if (colon == line.npos) continue;
    const std::string key = line.substr(0, line.find_last_not_of(" \t", colon - 1) + 1);
    const std::string value = colon + 2 <= line.size() ? line.substr(colon + 2) : std::string();
    if (key == "model name") info.name = value;
    if (key == "flags" || key == "Features") {
      std::istringstream words(value);
      for (std::string word; words >> word;) present.insert(word);
    }
  }
  for (const auto feature : FEATURES) {
    if (present.contains(std::string(feature))) info.features.emplace_back(feature);
  }
  return info;
}

}  // namespace

CpuInfo cpu_info() {
  static const CpuInfo info = read_cpu_info();
  return info;
}

}  // namespace peel
