#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "peel/benchmark.hpp"
#include "peel/image.hpp"

namespace peel {

/// How far two masks (gray8, equal size) are apart, in levels of 255.
struct Difference {
  double mean = 0;
  int largest = 0;
};
Difference difference(const Image& a, const Image& b);

/// The same in the terms of a benchmark.
MaskAgreement agreement(const Image& a, const Image& b);

/// A picture's first channel as 8-bit grey: ground truth is kept as RGB by some.
Image gray(const Image& picture);

/// Salient object detection's usual measures over a set of pictures, as in Achanta et al., "Frequency-tuned salient
/// region detection" (CVPR 2009), section 4 and every paper since.
class Salience {
 public:
  /// Adds one picture: a mask and its ground truth (both gray8, equal size). Truth of 128 and more is subject.
  void add(const Image& mask, const Image& truth);

  std::size_t count() const { return count_; }
  /// Mean absolute error over pictures, 0 to 1; soft ground truth is used as it is.
  double mae() const;
  /// The greatest F-measure over the 256 thresholds, beta squared 0.3, of precision and recall averaged over pictures.
  double max_f() const;

 private:
  std::size_t count_ = 0;
  double mae_ = 0;
  std::array<double, 256> precision_{};
  std::array<double, 256> recall_{};
};

}  // namespace peel
