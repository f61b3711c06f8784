#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "base/parallel.hpp"
#include "document/fills.hpp"
#include "document/illumination.hpp"
#include "image/compose.hpp"
#include "image/image_data.hpp"
#include "peel/document.hpp"
#include "peel/error.hpp"

// Light is divided out of the samples as they are encoded: sRGB's curve is nearly a power, and a power of a product is
// the product of the powers.

namespace peel {

using namespace document;

namespace {

constexpr int ENHANCED_PER_THREAD = 1 << 17;

// A map with a value for each block, as it is at the page's pixels: bilinear between the blocks' centres.
class PixelRows {
 public:
  PixelRows(const cv::Mat& map, int side, int width) : map_(map), side_(side), width_(width) {
    for (auto& row : spread_) row.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(map.channels()));
    row_.resize(spread_[0].size());
  }

  // For consecutive rows each row of blocks is spread once.
  const float* at(int y) {
    const auto [first, part] = between(y, map_.rows);
    if (first != first_) {
      if (first == first_ + 1) {
        std::swap(spread_[0], spread_[1]);
      } else {
        spread(first, spread_[0]);
      }
      spread(std::min(first + 1, map_.rows - 1), spread_[1]);
      first_ = first;
    }
    const float* const above = spread_[0].data();
    const float* const below = spread_[1].data();
    for (std::size_t i = 0; i < row_.size(); ++i) row_[i] = above[i] + part * (below[i] - above[i]);
    return row_.data();
  }

 private:
  struct Between {
    int first;
    float part;  // of the way to the next
  };
  Between between(int pixel, int blocks) const {
    const float place = std::clamp((static_cast<float>(pixel) + 0.5F) / static_cast<float>(side_) - 0.5F, 0.0F,
                                   static_cast<float>(blocks - 1));
    const int first = static_cast<int>(place);
    return {first, place - static_cast<float>(first)};
  }
  void spread(int block_row, std::vector<float>& to) const {
    const int count = map_.channels();
    const float* const from = map_.ptr<float>(block_row);
    float* out = to.data();
    for (int x = 0; x < width_; ++x) {
      const auto [first, part] = between(x, map_.cols);
      const float* const left = from + first * count;
      const float* const right = from + std::min(first + 1, map_.cols - 1) * count;
      for (int c = 0; c < count; ++c) *out++ = left[c] + part * (right[c] - left[c]);
    }
  }

  cv::Mat map_;
  int side_;
  int width_;
  int first_ = -2;
  std::array<std::vector<float>, 2> spread_;
  std::vector<float> row_;
};

template <typename Body>
void for_rows(const Image& page, const cv::Mat& map, int side, int threads, Body body) {
  parallel_for(0, page.height(), 1 + ENHANCED_PER_THREAD / page.width(), threads,
               [&](std::int64_t begin, std::int64_t end) {
                 PixelRows rows(map, side, page.width());
                 for (auto y = static_cast<int>(begin); y < end; ++y) body(y, rows.at(y));
               });
}

struct Tones {
  float black = 0;  // of evened luminance, paper being about 1
  float white = 1;
};

// The darkest ink becomes black, and white what is as bright as most of the paper; neither by much.
Tones tones_of(const Blocks& blocks, const cv::Mat& paper_luminance) {
  constexpr double INK = 0.01;
  constexpr float MOST_BLACK = 0.3F;
  constexpr float DARKEST_PAPER = 0.85F;
  // Paper is as wide about its median as its noise and grain.
  constexpr float BELOW_MEDIAN = 0.96F;
  const cv::Mat even = blocks.centre / paper_luminance;
  cv::Mat paper = even.clone();
  paper.setTo(1, even < DARKEST_PAPER);
  return {std::min(percentile(even, INK), MOST_BLACK), std::min(percentile(paper, 0.5), 1.0F) * BELOW_MEDIAN};
}

template <typename T>
void stretch(const Image& page, const cv::Mat& gain, const Blocks& blocks, float offset, int threads,
             Image::Data& out) {
  constexpr auto FULL = static_cast<float>(std::numeric_limits<T>::max());
  const int samples = page.width() * channels(page.format());
  for_rows(page, gain, blocks.side, threads, [&](int y, const float* gains) {
    const T* const in = reinterpret_cast<const T*>(page.data() + y * page.stride());
    T* const to = out.row<T>(y);
    for (int i = 0; i < samples; ++i) {
      const float value = static_cast<float>(in[i]) * gains[i] + offset;
      const float bounded = value < 0 ? 0 : value > FULL ? FULL : value;
      to[i] = static_cast<T>(static_cast<std::int32_t>(bounded + 0.5F));
    }
  });
}

template <typename T>
void whiten_samples(const cv::Mat& marked, int side, Image::Data& out) {
  const int depth = channels(out.format);
  for (int by = 0; by < marked.rows; ++by) {
    for (int bx = 0; bx < marked.cols; ++bx) {
      if (marked.at<std::uint8_t>(by, bx) == 0) continue;
      const int right = std::min(out.width, (bx + 1) * side);
      for (int y = by * side; y < std::min(out.height, (by + 1) * side); ++y) {
        T* const row = out.row<T>(y);
        std::fill(row + bx * side * depth, row + right * depth, std::numeric_limits<T>::max());
      }
    }
  }
}

// Makes blocks white.
void whiten(const cv::Mat& marked, int side, Image::Data& out) {
  if (bytes_per_sample(out.format) == 2) {
    whiten_samples<std::uint16_t>(marked, side, out);
  } else {
    whiten_samples<std::uint8_t>(marked, side, out);
  }
}

// A page and the light on it.
struct LitPage {
  LitPage(const Image& page, int threads)
      : blocks(blocks_of(page, threads)), light(illumination_of(blocks)), paper_luminance(luminance_of(light.paper)) {}

  Blocks blocks;
  Illumination light;
  cv::Mat paper_luminance;
};

std::shared_ptr<Image::Data> with_contrast(const Image& page, const LitPage& lit, int threads) {
  const Tones tones = tones_of(lit.blocks, lit.paper_luminance);
  const float range = tones.white - tones.black;
  const cv::Mat gain = 1 / (range * lit.light.paper);
  auto out = like(page, page.width(), page.height(), page.format());
  if (bytes_per_sample(page.format()) == 2) {
    stretch<std::uint16_t>(page, gain, lit.blocks, -tones.black / range * 65535, threads, *out);
  } else {
    stretch<std::uint8_t>(page, gain, lit.blocks, -tones.black / range * 255, threads, *out);
  }
  return out;
}

// Below this luminance a pixel is ink, for each block: Sauvola and Pietikäinen, "Adaptive document image binarization",
// 2000, formula 5, T = m (1 + k (s / R - 1)), with mean m and deviation s of the evened luminance in a window. Their k
// is 0.5; with the light evened beforehand less is enough to keep blank paper clean, and keeps pale print.
cv::Mat thresholds(const Blocks& blocks, const cv::Mat& paper) {
  constexpr double K = 0.25;
  constexpr double R = 128.0 / 255;
  // Of the page's longer side: 5 mm of A4, some more than a line of print.
  constexpr double WINDOW = 1.0 / 60;
  constexpr int LEAST_WINDOW = 15;
  // Inside an area of solid ink the deviation says nothing, and inside solid grey too little.
  constexpr double SURELY_INK = 0.4;
  constexpr double SURELY_PAPER = 0.88;

  const cv::Mat even = blocks.luminance / paper;
  const cv::Mat even_square = blocks.square / paper.mul(paper);
  cv::Mat sums;
  cv::Mat squares;
  cv::Mat unused;
  cv::integral(even, sums, CV_64F);
  cv::integral(even_square, squares, CV_64F);
  const auto area = [](const cv::Mat& table, int left, int top, int right, int bottom) {
    return table.at<double>(bottom, right) - table.at<double>(top, right) - table.at<double>(bottom, left) +
           table.at<double>(top, left);
  };
  const double longest = std::max(even.cols, even.rows) * static_cast<double>(blocks.side);
  const int reach = static_cast<int>(std::lround(std::max<double>(LEAST_WINDOW, longest * WINDOW) / blocks.side / 2));
  cv::Mat limits(even.size(), CV_32F);
  for (int y = 0; y < even.rows; ++y) {
    const int top = std::max(0, y - reach);
    const int bottom = std::min(even.rows, y + reach + 1);
    for (int x = 0; x < even.cols; ++x) {
      const int left = std::max(0, x - reach);
      const int right = std::min(even.cols, x + reach + 1);
      const double part = 1.0 / ((bottom - top) * (right - left));
      const double mean = area(sums, left, top, right, bottom) * part;
      const double variance = area(squares, left, top, right, bottom) * part - mean * mean;
      const double limit = mean * (1 + K * (std::sqrt(std::max(0.0, variance)) / R - 1));
      limits.at<float>(y, x) = static_cast<float>(std::clamp(limit, SURELY_INK, SURELY_PAPER)) * paper.at<float>(y, x);
    }
  }
  return limits;
}

template <typename T, int colors>
void binarise(const Image& page, const cv::Mat& limits, int side, int threads, Image::Data& out) {
  constexpr auto FULL = static_cast<float>(std::numeric_limits<T>::max());
  for_rows(page, limits, side, threads, [&](int y, const float* row) {
    const T* pixel = reinterpret_cast<const T*>(page.data() + y * page.stride());
    auto* const to = out.row<std::uint8_t>(y);
    for (int x = 0; x < page.width(); ++x, pixel += colors) {
      to[x] = static_cast<float>(luma<T, colors>(pixel)) < row[x] * FULL ? 0 : 255;
    }
  });
}

std::shared_ptr<Image::Data> black_and_white(const Image& page, const LitPage& lit, int threads) {
  cv::Mat limits = thresholds(lit.blocks, lit.paper_luminance);
  set_fill_thresholds(lit.light.fills, lit.blocks.luminance, lit.paper_luminance, limits);
  auto out = std::make_shared<Image::Data>(page.width(), page.height(), PixelFormat::gray8);
  out->resolution = page.resolution();
  out->source_format = page.source_format();
  const bool wide = bytes_per_sample(page.format()) == 2;
  const auto run = channels(page.format()) == 3 ? (wide ? binarise<std::uint16_t, 3> : binarise<std::uint8_t, 3>)
                                                : (wide ? binarise<std::uint16_t, 1> : binarise<std::uint8_t, 1>);
  run(page, limits, lit.blocks.side, threads, *out);
  return out;
}

}  // namespace

Image enhance_page(const Image& page, Enhance how, int threads, bool flattened) {
  if (page.empty()) throw Error(ErrorCode::usage, "there is no page to enhance");
  if (how == Enhance::none) return page;
  const Image opaque = on_white(page, threads);
  const LitPage lit(opaque, threads);
  auto out = how == Enhance::bw ? black_and_white(opaque, lit, threads) : with_contrast(opaque, lit, threads);
  if (flattened) whiten(slivers_of(lit.blocks.luminance / lit.paper_luminance), lit.blocks.side, *out);
  return Image(std::move(out));
}

}  // namespace peel
