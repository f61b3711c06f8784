#pragma once

#include <cstdint>
#include <span>

namespace peel::quantization {

/// Rounds one output channel of a convolution: `weights` in units of its scale, `taps` of them for each input channel,
/// to whole numbers of at most `most` in magnitude.
///
/// Not each to its nearest: neighbours in a picture, and in a layer's output, are much alike, so what counts is the sum
/// of a kernel's errors. Weights that were rounded by nearly half a step go the other way until that sum is below half
/// a step (the kernel-wise step of Guo et al., "SQuant: On-the-Fly Data-Free Quantization via Diagonal Hessian
/// Approximation", ICLR 2022, section 3.3).
void round_weights(std::span<const double> weights, std::size_t taps, int most, std::span<std::int8_t> rounded);

}  // namespace peel::quantization
