#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "base/parallel.hpp"
#include "image/image_data.hpp"
#include "mask/mask.hpp"
#include "mask/mask_offset.hpp"
#include "mask/mask_pieces.hpp"
#include "options/limits.hpp"
#include "peel/error.hpp"
#include "peel/mask.hpp"

namespace peel {
namespace {

void check(const char* what, double value, double least, double most) {
  if (value >= least && value <= most) return;
  throw Error(ErrorCode::usage, fmt::format("{} of a mask is {}", what, value),
              fmt::format("it goes from {} to {}", least, most));
}

void check(const char* what, const MaskArea& area) {
  check(what, area.amount, 0, area.percent ? 100 : HUGE_VAL);
}

void check(const MaskCleaning& cleaning) {
  if (cleaning.threshold) check("the threshold", *cleaning.threshold, 0, 255);
  check("the least area", cleaning.least_area);
  if (cleaning.fill_holes) check("the area of filled holes", *cleaning.fill_holes);
  check("the offset", cleaning.offset, -options::MOST_OFFSET, options::MOST_OFFSET);
  check("the feather", cleaning.feather, 0, options::MOST_OFFSET);
}

/// Every value by itself.
template <typename Change>
Image changed(const Image& mask, int threads, Change change) {
  const int width = mask.width();
  auto out = std::make_shared<Image::Data>(width, mask.height(), PixelFormat::gray8);
  parallel_for(0, mask.height(), 1 + (1 << 20) / width, threads, [&, width](std::int64_t begin, std::int64_t end) {
    for (std::int64_t y = begin; y < end; ++y) {
      const auto* const from = reinterpret_cast<const std::uint8_t*>(mask.data()) + y * mask.stride();
      std::uint8_t* const to = out->row<std::uint8_t>(static_cast<int>(y));
      for (int x = 0; x < width; ++x) to[x] = change(from[x]);
    }
  });
  return Image(std::move(out));
}

// A Gaussian costs its width for each pixel. A wide one has nothing fine in it: it is made of a copy that is smaller by
// a power of two, for which a sigma of at least this is left.
constexpr double LEAST_SIGMA_OF_COPY = 4;

Image feathered(const Image& mask, double pixels) {
  double sigma = pixels / 2;
  int shrink = 1;
  while (sigma / (2 * shrink) >= LEAST_SIGMA_OF_COPY) shrink *= 2;
  auto out = std::make_shared<Image::Data>(mask.width(), mask.height(), PixelFormat::gray8);
  // OpenCV does not write to what it is told to read.
  const cv::Mat in(mask.height(), mask.width(), CV_8UC1, const_cast<std::byte*>(mask.data()),
                   static_cast<std::size_t>(mask.stride()));
  cv::Mat result(mask.height(), mask.width(), CV_8UC1, out->pixels.data(), out->row_bytes());
  if (shrink == 1) {
    cv::GaussianBlur(in, result, {0, 0}, sigma, sigma, cv::BORDER_REPLICATE);
    return Image(std::move(out));
  }
  // Averaging squares of n pixels and drawing lines between their middles blur too, by a variance of (n^2 - 1) / 12 and
  // about n^2 / 6: that is left out of the Gaussian.
  const double squares = static_cast<double>(shrink) * shrink;
  sigma = std::sqrt(sigma * sigma - (squares - 1) / 12 - squares / 6) / shrink;
  // To a whole number of squares, else the copy would be a little out of scale, and by one on every side: what lies
  // beyond the picture's edge is like the edge itself, not like the squares at it.
  const cv::Size size((mask.width() + shrink - 1) / shrink + 2, (mask.height() + shrink - 1) / shrink + 2);
  cv::Mat padded;
  cv::copyMakeBorder(in, padded, shrink, (size.height - 1) * shrink - mask.height(), shrink,
                     (size.width - 1) * shrink - mask.width(), cv::BORDER_REPLICATE);
  cv::Mat copy;
  cv::resize(padded, copy, size, 0, 0, cv::INTER_AREA);
  copy.convertTo(copy, CV_32F);
  cv::GaussianBlur(copy, copy, {0, 0}, sigma, sigma, cv::BORDER_REPLICATE);
  copy.convertTo(copy, CV_8U);
  cv::resize(copy, padded, padded.size(), 0, 0, cv::INTER_LINEAR);
  padded(cv::Rect(shrink, shrink, mask.width(), mask.height())).copyTo(result);
  return Image(std::move(out));
}

}  // namespace

Image clean_mask(const Image& mask, const MaskCleaning& cleaning, int threads) {
  check(cleaning);
  check_mask(mask);
  Image result = mask;
  if (const auto threshold = cleaning.threshold) {
    result = changed(result, threads, [least = static_cast<std::uint8_t>(*threshold)](std::uint8_t value) {
      return static_cast<std::uint8_t>(value >= least ? 255 : 0);
    });
  }
  if (cleaning.largest || cleaning.least_area.amount > 0) {
    result = without_islands(result, cleaning.least_area, cleaning.largest);
  }
  if (cleaning.fill_holes) result = without_holes(result, *cleaning.fill_holes);
  if (cleaning.offset != 0) result = offset_mask(result, cleaning.offset, threads);
  if (cleaning.feather > 0) result = feathered(result, cleaning.feather);
  if (cleaning.invert) {
    result = changed(result, threads, [](std::uint8_t value) { return static_cast<std::uint8_t>(255 - value); });
  }
  return result;
}

}  // namespace peel
