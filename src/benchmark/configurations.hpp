#pragma once

#include <string>
#include <vector>

#include "peel/benchmark.hpp"

namespace peel::benchmark {

/// The configurations of one model, the baseline (CPU FP32, first number of threads, one picture at a time) first, each
/// once. `label` is how their names begin, `words` as BenchmarkOptions::configurations. Throws Error(usage) for a word
/// that is none.
std::vector<BenchmarkConfiguration> configurations_of(const std::string& model, const std::string& label,
                                                      const std::vector<std::string>& words,
                                                      const std::vector<int>& threads, const std::vector<int>& batches);

/// A name that can stand in a file's: letters, digits, '.', '_' and '-' are kept, a path's folders and .onnx go.
std::string plain_name(const std::string& model);

/// Every name once: "dog", "dog-2". `taken` holds those given out so far.
std::string unique_name(const std::string& name, std::vector<std::string>& taken);

}  // namespace peel::benchmark
