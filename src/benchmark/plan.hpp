#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "peel/benchmark.hpp"

namespace peel::benchmark {

/// What a benchmark is going to do, found out before anything is measured.
struct BenchmarkPlan {
  std::vector<BenchmarkConfiguration> configurations;  ///< that may run: by model, its baseline first
  std::vector<BenchmarkSkipped> skipped;               ///< that are known not to
  BenchmarkMachine machine;
  std::vector<BenchmarkPicture> pictures;
  std::vector<std::size_t> usable;  ///< pictures that can be read
  int rounds = 0;
  /// Pictures of a turn: as many as the greatest batch holds. A configuration of smaller batches takes several.
  std::size_t group = 1;
  std::size_t turns() const { return (usable.size() + group - 1) / group * static_cast<std::size_t>(rounds); }
  /// The pictures of a turn; the last group of a round is filled up with the first pictures again.
  std::vector<std::size_t> pictures_of(std::size_t turn) const;
};

/// To the others of the same reason.
void add_skipped(std::vector<BenchmarkSkipped>& list, const BenchmarkConfiguration& configuration,
                 const std::string& reason, const std::string& advice);

/// Throws as run_benchmark() does. Fetches models, makes the output folder.
BenchmarkPlan make_plan(const BenchmarkOptions& options, const Control& control);

}  // namespace peel::benchmark
