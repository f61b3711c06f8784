#include "document/illumination.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "base/parallel.hpp"
#include "document/fills.hpp"

namespace peel::document {
namespace {

constexpr int BLOCKS_ALONG = 640;
constexpr int MEASURED_PER_THREAD = 1 << 17;
// Of the page's longer side: what is narrower is print, and closed over. 4.8 mm of A4.
constexpr double WIDEST_PRINT = 0.016;
// Of the page's bright paper. A shadow leaves more light than that; what is darker is print or a picture.
constexpr float DARKEST_SHADOW = 0.25F;
// Of a colour's share in the sum of the three. The shadow that only the blue sky lights is off by 0.06.
constexpr float STRANGEST_LIGHT = 0.09F;
constexpr float LEAST_PAPER = 0.1F;
constexpr int BLURRED_EDGE = 9;  // blocks, of both sides: as wide as hard edges are seen

template <typename T, int colors>
void sum_blocks(const Image& page, Blocks& blocks, int threads) {
  constexpr auto FULL = static_cast<double>(std::numeric_limits<T>::max());
  const int side = blocks.side;
  const auto pixels_of_row = static_cast<std::int64_t>(page.width()) * side;
  parallel_for(
      0, blocks.mean.rows, 1 + MEASURED_PER_THREAD / pixels_of_row, threads, [&](std::int64_t begin, std::int64_t end) {
        for (auto by = static_cast<int>(begin); by < end; ++by) {
          const int top = by * side;
          const int bottom = std::min(page.height(), top + side);
          for (int bx = 0; bx < blocks.mean.cols; ++bx) {
            const int left = bx * side;
            const int right = std::min(page.width(), left + side);
            std::array<std::uint64_t, 3> sums{};
            std::uint64_t luminance = 0;
            std::uint64_t square = 0;
            for (int y = top; y < bottom; ++y) {
              const T* pixel = reinterpret_cast<const T*>(page.data() + y * page.stride()) + left * colors;
              for (int x = left; x < right; ++x, pixel += colors) {
                for (std::size_t c = 0; c < colors; ++c) sums[c] += pixel[c];
                const std::uint64_t luma_here = luma<T, colors>(pixel);
                luminance += luma_here;
                square += luma_here * luma_here;
              }
            }
            const double part = 1.0 / ((bottom - top) * (right - left));
            for (int c = 0; c < colors; ++c) {
              blocks.mean.ptr<float>(by)[bx * colors + c] =
                  static_cast<float>(static_cast<double>(sums[static_cast<std::size_t>(c)]) * part / FULL);
            }
            blocks.luminance.at<float>(by, bx) = static_cast<float>(static_cast<double>(luminance) * part / FULL);
            blocks.square.at<float>(by, bx) = static_cast<float>(static_cast<double>(square) * part / FULL / FULL);
            const T* middle = reinterpret_cast<const T*>(page.data() + (top + bottom) / 2 * page.stride()) +
                              (left + right) / 2 * colors;
            blocks.centre.at<float>(by, bx) = static_cast<float>(luma<T, colors>(middle) / FULL);
          }
        }
      });
}

}  // namespace

void pull_push(cv::Mat& sums, cv::Mat& weights) {
  if (sums.rows > 1 || sums.cols > 1) {
    const cv::Size half((sums.cols + 1) / 2, (sums.rows + 1) / 2);
    cv::Mat coarse_sums;
    cv::Mat coarse_weights;
    cv::resize(sums, coarse_sums, half, 0, 0, cv::INTER_AREA);
    cv::resize(weights, coarse_weights, half, 0, 0, cv::INTER_AREA);
    pull_push(coarse_sums, coarse_weights);
    cv::Mat around;
    cv::resize(coarse_sums, around, sums.size(), 0, 0, cv::INTER_LINEAR);
    const int count = sums.channels();
    for (int y = 0; y < sums.rows; ++y) {
      for (int x = 0; x < sums.cols; ++x) {
        const float missing = 1 - weights.at<float>(y, x);
        for (int c = 0; c < count; ++c)
          sums.ptr<float>(y)[x * count + c] += missing * around.ptr<float>(y)[x * count + c];
      }
    }
  } else if (const float weight = weights.at<float>(0, 0); weight > 0) {
    sums /= weight;
  }
  weights.setTo(1);
}

namespace {

// 255 where a block is of another colour than paper in any light, else 0.
cv::Mat strange_colours(const cv::Mat& colours, const cv::Mat& luminance, float bright) {
  cv::Mat strange = cv::Mat::zeros(colours.size(), CV_8U);
  if (colours.channels() != 3) return strange;
  std::array<cv::Mat, 3> shares;
  cv::split(colours, shares.data());
  const cv::Mat sum = shares[0] + shares[1] + shares[2] + std::numeric_limits<float>::min();
  const cv::Mat in_light = luminance >= 0.6F * bright;
  for (cv::Mat& share : shares) {
    share /= sum;
    std::vector<float> lit;
    for (auto i = 0; i < share.rows * share.cols; ++i) {
      const int y = i / share.cols;
      const int x = i % share.cols;
      if (in_light.at<std::uint8_t>(y, x) != 0) lit.push_back(share.at<float>(y, x));
    }
    const float usual = lit.empty() ? 1.0F / 3 : percentile(cv::Mat(lit), 0.5);
    strange |= cv::abs(share - usual) > STRANGEST_LIGHT;
  }
  return strange;
}

// 1 where a block of the closed page may be paper in some light, else 0.
cv::Mat paper_blocks(const cv::Mat& closed, const cv::Mat& luminance, float bright) {
  const cv::Mat paper = (luminance >= DARKEST_SHADOW * bright) & (strange_colours(closed, luminance, bright) == 0);
  cv::Mat weights;
  paper.convertTo(weights, CV_32F, 1.0 / 255);
  return weights;
}

}  // namespace

cv::Mat luminance_of(const cv::Mat& colours) {
  if (colours.channels() == 1) return colours;
  cv::Mat luminance;
  cv::transform(colours, luminance, cv::Matx13f(0.299F, 0.587F, 0.114F));
  return luminance;
}

float percentile(const cv::Mat& matrix, double part) {
  std::vector<float> values(matrix.begin<float>(), matrix.end<float>());
  const auto nth = values.begin() + static_cast<std::ptrdiff_t>(static_cast<double>(values.size() - 1) * part);
  std::nth_element(values.begin(), nth, values.end());
  return *nth;
}

Blocks blocks_of(const Image& page, int threads) {
  Blocks blocks;
  blocks.side = std::max(
      1, static_cast<int>(std::lround(std::max(page.width(), page.height()) / static_cast<double>(BLOCKS_ALONG))));
  const cv::Size size((page.width() + blocks.side - 1) / blocks.side, (page.height() + blocks.side - 1) / blocks.side);
  const int colors = channels(page.format());
  blocks.mean.create(size, CV_32FC(colors));
  for (cv::Mat* const matrix : {&blocks.luminance, &blocks.square, &blocks.centre}) matrix->create(size, CV_32F);
  const auto sum = bytes_per_sample(page.format()) == 2
                       ? (colors == 3 ? sum_blocks<std::uint16_t, 3> : sum_blocks<std::uint16_t, 1>)
                       : (colors == 3 ? sum_blocks<std::uint8_t, 3> : sum_blocks<std::uint8_t, 1>);
  sum(page, blocks, threads);
  return blocks;
}

Illumination illumination_of(const Blocks& blocks) {
  const double longest = std::max(blocks.mean.cols, blocks.mean.rows);
  const int window = 2 * static_cast<int>(std::lround(longest * WIDEST_PRINT / 2)) + 1;
  cv::Mat soft;
  cv::blur(blocks.mean, soft, {3, 3}, {-1, -1}, cv::BORDER_REPLICATE);
  cv::Mat closed;
  // A closing keeps the edges of shadows where they are, which a plain maximum moves.
  cv::morphologyEx(soft, closed, cv::MORPH_CLOSE, cv::getStructuringElement(cv::MORPH_RECT, {window, window}));
  const cv::Mat luminance = luminance_of(closed);
  const float bright = percentile(luminance, 0.9);
  cv::Mat weights = paper_blocks(closed, luminance, bright);
  Illumination result;
  result.fills = fills_of(luminance, bright);
  // Its blurred edge belongs to a fill.
  cv::Mat filled;
  cv::dilate(result.fills > 0, filled, cv::getStructuringElement(cv::MORPH_RECT, {BLURRED_EDGE, BLURRED_EDGE}));
  weights.setTo(0, filled);
  // Light print that stands close hides the ground under it from the closing; its colour does not.
  add_coloured_areas(strange_colours(soft, luminance, bright), window, result.fills);
  cv::Mat weighted;
  const std::vector<cv::Mat> each(static_cast<std::size_t>(closed.channels()), weights);
  cv::merge(each, weighted);
  cv::Mat paper = closed.mul(weighted);
  pull_push(paper, weights);
  cv::GaussianBlur(paper, paper, {0, 0}, window / 5.0, 0, cv::BORDER_REPLICATE);
  cv::max(paper, cv::Scalar::all(LEAST_PAPER), result.paper);
  return result;
}

}  // namespace peel::document
