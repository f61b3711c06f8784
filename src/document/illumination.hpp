#pragma once

#include <cstdint>
#include <opencv2/core.hpp>

#include "peel/image.hpp"

namespace peel::document {

/// A page in square blocks, about 640 along its longer side: small enough that there is one of bare paper between any
/// two lines of print, large enough that noise is averaged. Values are 0 to 1.
struct Blocks {
  int side = 1;       ///< pixels
  cv::Mat mean;       ///< CV_32FC1 or CV_32FC3: the average of each channel
  cv::Mat luminance;  ///< CV_32FC1: average
  cv::Mat square;     ///< CV_32FC1: average of the luminance's square
  cv::Mat centre;     ///< CV_32FC1: luminance of the pixel in the middle
};

/// Rec. 601 luma of a pixel (1 or 3 samples), in the samples' own range. Rounded down, as integers are.
template <typename T, int colors>
std::uint32_t luma(const T* pixel) noexcept {
  if constexpr (colors == 1) return pixel[0];
  return (77U * pixel[0] + 150U * pixel[1] + 29U * pixel[2]) >> 8;
}

/// Rec. 601 luma of a matrix with 1 or 3 channels.
cv::Mat luminance_of(const cv::Mat& colours);

/// The value below which that part (0 to 1) of a CV_32FC1 matrix lies.
float percentile(const cv::Mat& matrix, double part);

/// `page` has no alpha.
Blocks blocks_of(const Image& page, int threads);

/// Fills in what has no weight from what lies around it, by ever coarser averages (Gortler et al., "The Lumigraph",
/// 1996, section 3.4: pull and push). `sums` are values times weights, these 0 to 1.
void pull_push(cv::Mat& sums, cv::Mat& weights);

struct Illumination {
  /// The colour that bare paper has, or would have, in each block: what the light falling on it and the paper's own
  /// colour make together. Of the same size and channels as the blocks' `mean`, nowhere below a tenth.
  cv::Mat paper;
  cv::Mat fills;  ///< CV_32S: see fills_of()
};
Illumination illumination_of(const Blocks& blocks);

}  // namespace peel::document
