#pragma once

#include "peel/benchmark.hpp"

namespace peel::benchmark {

/// The baseline of a measurement's model, itself or another; null where it did not run.
const BenchmarkMeasurement* baseline_of(const BenchmarkSummary& summary, const BenchmarkMeasurement& measurement);
bool is_baseline(const BenchmarkSummary& summary, const BenchmarkMeasurement& measurement);

/// Pictures a configuration has finished, in the order of the summary: their outputs are this run's.
std::vector<std::size_t> pictures_done(const BenchmarkMeasurement& measurement);

std::filesystem::path cutout_file(const BenchmarkSummary& summary, const BenchmarkConfiguration& configuration,
                                  std::size_t picture);
std::filesystem::path mask_file(const BenchmarkSummary& summary, const BenchmarkConfiguration& configuration,
                                std::size_t picture);

/// Fills in what follows from the samples: times, throughput, speed-up.
void add_statistics(BenchmarkSummary& summary);
/// Compares the masks on disk with the baseline's and with ground truth.
void add_fidelity(BenchmarkSummary& summary, const ProgressCallback& progress);

}  // namespace peel::benchmark
