#pragma once

#include <cstddef>

#include "peel/benchmark.hpp"

namespace peel::benchmark {

/// The rule, for the first model measured: of its configurations that take one picture at a time, the one with the
/// least median time among those that are
///   - clearly faster than the baseline: the whole interval of the speed-up above 1.05, of at least six samples,
///   - as good: a mean IoU of at least 0.98 with the baseline's masks,
///   - on every picture: none with an IoU below 0.90, unless the masks differ by less than 0.01 on average there
///     (an IoU of a few pixels says nothing);
/// the baseline where there is none. Another model is never recommended for its speed: whether its masks are as good is
/// not known, or is for the user to weigh.
inline constexpr double CLEARLY_FASTER = 1.05;
/// Of fewer samples not even the whole range holds the median with 95 % confidence: of six it does with 97, of five
/// with 94 (1 - 2 / 2^n).
inline constexpr std::size_t LEAST_SAMPLES = 6;
inline constexpr double MEAN_IOU = 0.98;
inline constexpr double WORST_IOU = 0.90;
inline constexpr double WORST_MAE = 0.01;

Recommendation recommend(const BenchmarkSummary& summary);

}  // namespace peel::benchmark
