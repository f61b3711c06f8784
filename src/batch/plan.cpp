#include "batch/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <span>
#include <system_error>

#include "base/file.hpp"
#include "base/hash.hpp"
#include "base/log.hpp"
#include "peel/file.hpp"

namespace peel {

std::vector<Split> possible_splits(int cores, std::uint64_t run_bytes, std::uint64_t room) {
  std::vector<Split> splits;
  for (int threads = 1; threads < cores; threads *= 2) {
    const Split split{cores / threads, threads};
    if (run_bytes * static_cast<std::uint64_t>(split.jobs) <= room) splits.push_back(split);
  }
  splits.push_back({1, cores});
  return splits;
}

std::uint64_t run_memory(int input_width, int input_height) {
  constexpr std::uint64_t BYTES_A_PIXEL = 720;
  return BYTES_A_PIXEL * static_cast<std::uint64_t>(input_width) * static_cast<std::uint64_t>(input_height);
}

namespace {

// Bytes a pixel while edges are solved for, coloured or drawn: alpha, trimap and a copy of half the size are of the
// whole picture; of its pixels a sixth is taken to be unknown, at 150 bytes, or partly transparent, at 60.
std::uint64_t edge_memory(const RemoveOptions& options) {
  if (options.alpha_matting) return 10 + 150 / 6;
  if (options.decontaminate) return 3 + 60 / 6;
  return options.refine ? 2 : 0;
}

}  // namespace

std::uint64_t picture_memory(std::uint64_t file_bytes, const std::optional<PictureHeader>& header,
                             const RemoveOptions& options) {
  if (!header) return file_bytes;
  const auto pixel = static_cast<std::uint64_t>(header->pixel_bytes);
  // A byte for the mask; the cut-out has a channel more (of two bytes where there may be two), and half its size goes
  // for its file, which is compressed.
  const std::uint64_t cutout = pixel + 2 - pixel % 2;
  return file_bytes + header->pixels() * (pixel + 1 + cutout + cutout / 2 + edge_memory(options));
}

Split fastest(const std::vector<Split>& splits, const std::function<double(const Split&)>& pictures_per_second) {
  constexpr double SAME = 0.97;
  std::vector<double> rates;
  rates.reserve(splits.size());
  for (const Split& split : splits) rates.push_back(pictures_per_second(split));
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

std::optional<Split> RememberedSplit::get() const {
  std::ifstream file(file_);
  Split split;
  if (!(file >> split.jobs >> split.threads) || split.jobs < 1 || split.threads < 1) return std::nullopt;
  return split;
}

void RememberedSplit::set(const Split& split) const {
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
