#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace peel::quantization {

/// How often which values occur, over any number of tensors, in one pass: the range doubles where a value is outside,
/// two bins becoming one, as TensorRT's calibrator does (S. Migacz, "8-bit Inference with TensorRT", GTC 2017). Counts
/// are whole numbers, so the result depends neither on the number of threads nor on the order of the tensors beyond the
/// first.
class Histogram {
 public:
  static constexpr std::size_t BINS = 2048;  ///< on each side of zero

  /// Values that are no finite numbers are left out.
  void add(std::span<const float> values, int threads);

  std::uint64_t count() const noexcept { return count_; }
  float least() const noexcept { return least_; }
  float greatest() const noexcept { return greatest_; }
  /// Of a bin, in the tensor's unit. 0 while nothing but zeros was added.
  double bin_width() const noexcept { return limit_ / static_cast<double>(BINS); }
  /// Bin i of `above` holds values in [i, i + 1) x bin_width(), zero included; of `below` the same for -value, value <
  /// 0.
  const std::vector<std::uint64_t>& above() const noexcept { return above_; }
  const std::vector<std::uint64_t>& below() const noexcept { return below_; }

 private:
  void widen_to(float magnitude);

  double limit_ = 0;
  std::uint64_t count_ = 0;
  float least_ = 0;
  float greatest_ = 0;
  std::vector<std::uint64_t> above_ = std::vector<std::uint64_t>(BINS);
  std::vector<std::uint64_t> below_ = std::vector<std::uint64_t>(BINS);
};

}  // namespace peel::quantization
