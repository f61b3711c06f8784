#include "pool/core_split.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <span>
#include <system_error>

#include "base/file.hpp"
#include "base/hash.hpp"
#include "base/log.hpp"
#include "base/parallel.hpp"
#include "peel/file.hpp"

namespace peel {

CoreSplit share_cores(int cores, int jobs, int threads) {
  if (jobs == 0) jobs = threads > 0 ? std::max(1, cores / threads) : cores;
  if (threads == 0) threads = std::max(1, cores / jobs);
  return {jobs, threads};
}

int pictures_in_hand(int jobs, bool on_cpu, int batch) {
  if (on_cpu) return jobs + std::max(1, jobs / 2);
  return std::max(available_cores(), (jobs + 1) * batch) + jobs;
}

std::vector<CoreSplit> possible_splits(int cores, std::uint64_t run_bytes, std::uint64_t room) {
  std::vector<CoreSplit> splits;
  for (int threads = 1; threads < cores; threads *= 2) {
    const CoreSplit split{cores / threads, threads};
    if (run_bytes * static_cast<std::uint64_t>(split.jobs) <= room) splits.push_back(split);
  }
  splits.push_back({1, cores});
  return splits;
}

CoreSplit fastest(const std::vector<CoreSplit>& splits,
                  const std::function<double(const CoreSplit&)>& pictures_per_second) {
  constexpr double SAME = 0.97;
  std::vector<double> rates;
  rates.reserve(splits.size());
  for (const CoreSplit& split : splits) rates.push_back(pictures_per_second(split));
  const double best = *std::max_element(rates.begin(), rates.end());
  std::size_t chosen = 0;
  for (std::size_t i = 0; i < splits.size(); ++i) {
    const bool good = rates[i] >= SAME * best;
    if (good && (rates[chosen] < SAME * best || splits[i].jobs < splits[chosen].jobs)) chosen = i;
  }
  return splits[chosen];
}

RememberedSplit::RememberedSplit(const std::string& depends_on) {
  const auto cache = user_cache_folder();
  if (cache) file_ = *cache / "splits" / fmt::format("{:016x}", short_hash(depends_on));
}

std::optional<CoreSplit> RememberedSplit::get() const {
  std::ifstream file(file_);
  CoreSplit split;
  if (!(file >> split.jobs >> split.threads) || split.jobs < 1 || split.threads < 1) return std::nullopt;
  return split;
}

void RememberedSplit::set(const CoreSplit& split) const {
  if (file_.empty()) return;
  try {
    std::filesystem::create_directories(file_.parent_path());
    const std::string text = fmt::format("{} {}\n", split.jobs, split.threads);
    write_file(file_, std::as_bytes(std::span(text)));
  } catch (const std::exception& error) {
    log(LogLevel::info, "what was found cannot be remembered: {}", error.what());
  }
}

}  // namespace peel
