#include "document/fills.hpp"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace peel::document {
namespace {

cv::Mat box(int side) {
  return cv::getStructuringElement(cv::MORPH_RECT, {side, side});
}

// How much a matrix changes over a distance along one axis, centred.
cv::Mat change_over(const cv::Mat& values, int reach, bool across) {
  cv::Mat wide;
  cv::copyMakeBorder(values, wide, reach, reach, reach, reach, cv::BORDER_REPLICATE);
  const cv::Size size = values.size();
  const cv::Mat before = wide(cv::Rect({across ? 0 : reach, across ? reach : 0}, size));
  const cv::Mat after = wide(cv::Rect({across ? 2 * reach : reach, across ? reach : 2 * reach}, size));
  return cv::abs(after - before);
}

// Where the light changes by a tenth within a few blocks, and little beside these: 2 mm of A4, while the edge of a
// shadow is 3 mm wide in the sun and wider in any other light.
cv::Mat hard_edges(const cv::Mat& luminance) {
  constexpr int NEAR = 2;
  constexpr int FAR = 6;
  constexpr double STEP = 0.1;  // of a natural logarithm
  constexpr double OF_ALL = 0.7;
  cv::Mat logarithm;
  cv::log(cv::max(luminance, 0.02), logarithm);
  cv::Mat edges = cv::Mat::zeros(luminance.size(), CV_8U);
  for (const bool across : {true, false}) {
    const cv::Mat near = change_over(logarithm, NEAR, across);
    const cv::Mat far = change_over(logarithm, FAR, across);
    edges |= (near >= STEP) & (near >= OF_ALL * far);
  }
  return edges;
}

struct Part {
  cv::Rect box;
  int area = 0;
  double level = 0;   ///< mean
  double around = 0;  ///< of the paper that would be there
  double print = 0;   ///< share of its blocks
};

std::vector<Part> parts_of(const cv::Mat& labels, const cv::Mat& stats, const cv::Mat& level, const cv::Mat& around,
                           const cv::Mat& print) {
  std::vector<Part> parts(static_cast<std::size_t>(stats.rows));
  for (int i = 0; i < stats.rows; ++i) {
    parts[static_cast<std::size_t>(i)].box = {stats.at<int>(i, cv::CC_STAT_LEFT), stats.at<int>(i, cv::CC_STAT_TOP),
                                              stats.at<int>(i, cv::CC_STAT_WIDTH),
                                              stats.at<int>(i, cv::CC_STAT_HEIGHT)};
    parts[static_cast<std::size_t>(i)].area = stats.at<int>(i, cv::CC_STAT_AREA);
  }
  for (int y = 0; y < labels.rows; ++y) {
    for (int x = 0; x < labels.cols; ++x) {
      Part& part = parts[static_cast<std::size_t>(labels.at<int>(y, x))];
      part.level += static_cast<double>(level.at<float>(y, x)) / part.area;
      part.around += static_cast<double>(around.at<float>(y, x)) / part.area;
      part.print += print.at<std::uint8_t>(y, x) != 0 ? 1.0 / part.area : 0;
    }
  }
  return parts;
}

// No printed shape, large, from the page's edge, with print in it: a shadow with a hard edge, of a hand in the sun.
bool is_shadow(const Part& part, const cv::Size& page) {
  constexpr double LARGE = 0.02;  // of the page
  constexpr double PRINT = 0.02;  // of its blocks
  if (part.print < PRINT) return false;
  constexpr double PRINTED_SHAPE = 0.85;  // of its bounding box
  const bool at_edge =
      part.box.x <= 3 || part.box.y <= 3 || part.box.br().x >= page.width - 3 || part.box.br().y >= page.height - 3;
  return at_edge && part.area >= LARGE * page.area() && part.area < PRINTED_SHAPE * part.box.area();
}

}  // namespace

cv::Mat fills_of(const cv::Mat& closed, const cv::Mat& luminance, float bright) {
  constexpr double LIT = 0.6;         // of well lit paper
  constexpr double AS_BRIGHT = 0.93;  // as the paper around
  const cv::Mat edges = hard_edges(closed);
  cv::Mat labels;
  cv::Mat stats;
  cv::Mat centres;
  const cv::Mat open = edges == 0;
  cv::connectedComponentsWithStats(open, labels, stats, centres, 4, CV_32S);
  // The paper: the largest part that is well lit.
  const cv::Mat lit = (closed >= LIT * bright) & open;
  std::vector<int> lit_area(static_cast<std::size_t>(stats.rows));
  for (int y = 0; y < labels.rows; ++y) {
    for (int x = 0; x < labels.cols; ++x) {
      if (lit.at<std::uint8_t>(y, x) != 0) ++lit_area[static_cast<std::size_t>(labels.at<int>(y, x))];
    }
  }
  const auto sheet = static_cast<int>(std::max_element(lit_area.begin(), lit_area.end()) - lit_area.begin());
  cv::Mat weights;
  cv::Mat(labels == sheet).convertTo(weights, CV_32F, 1.0 / 255);
  cv::Mat around = closed.mul(weights);
  pull_push(around, weights);

  constexpr double INK = 0.8;  // of the paper under it
  const cv::Mat print = luminance < INK * closed;
  const std::vector<Part> parts = parts_of(labels, stats, closed, around, print);
  std::vector<char> is_fill(parts.size(), 0);
  for (std::size_t i = 1; i < parts.size(); ++i) {
    is_fill[i] = static_cast<int>(i) != sheet && parts[i].level < AS_BRIGHT * parts[i].around &&
                 !is_shadow(parts[i], closed.size());
  }
  cv::Mat fills = cv::Mat::zeros(closed.size(), CV_8U);
  for (int y = 0; y < labels.rows; ++y) {
    for (int x = 0; x < labels.cols; ++x) {
      if (is_fill[static_cast<std::size_t>(labels.at<int>(y, x))] != 0) fills.at<std::uint8_t>(y, x) = 255;
    }
  }
  // Its edge belongs to it, as far as it is no paper.
  cv::Mat grown;
  cv::dilate(fills, grown, box(5));
  return fills | (grown & edges);
}

namespace {

// Marks what is dark along one side of the page, seen upright as its left side.
void mark_slivers(const cv::Mat& dark, double longest, cv::Mat& slivers) {
  constexpr double THIN = 0.012;  // of the longer side: of any shape
  constexpr double DEEPEST = 0.045;
  constexpr double WEDGE = 0.75;  // mean depth over the greatest
  constexpr double LONG = 0.05;   // of the side
  constexpr int GAP = 2;          // blocks of light wood
  std::vector<int> depth(static_cast<std::size_t>(dark.rows));
  for (int y = 0; y < dark.rows; ++y) {
    int last = -1;
    for (int x = 0; x < dark.cols && x <= last + 1 + GAP; ++x) {
      if (dark.at<std::uint8_t>(y, x) != 0) last = x;
    }
    depth[static_cast<std::size_t>(y)] = last + 1 <= DEEPEST * longest ? last + 1 : -1;  // -1: something else
  }
  for (int begin = 0; begin < dark.rows;) {
    int end = begin;
    int most = 0;
    double sum = 0;
    while (end < dark.rows && depth[static_cast<std::size_t>(end)] > 0) {
      most = std::max(most, depth[static_cast<std::size_t>(end)]);
      sum += depth[static_cast<std::size_t>(end)];
      ++end;
    }
    const int count = end - begin;
    if (count >= LONG * dark.rows && (most <= THIN * longest || sum / count < WEDGE * most)) {
      for (int y = begin; y < end; ++y) {
        slivers.row(y).colRange(0, depth[static_cast<std::size_t>(y)]).setTo(255);
      }
    }
    begin = end + 1;
  }
}

}  // namespace

cv::Mat slivers_of(const cv::Mat& even) {
  constexpr double DARKER = 0.85;
  cv::Mat soft;
  cv::blur(even, soft, {3, 3}, {-1, -1}, cv::BORDER_REPLICATE);
  cv::Mat dark = soft < DARKER;
  cv::Mat slivers = cv::Mat::zeros(even.size(), CV_8U);
  const double longest = std::max(even.cols, even.rows);
  for (int side = 0; side < 4; ++side) {
    mark_slivers(dark, longest, slivers);
    cv::rotate(dark, dark, cv::ROTATE_90_CLOCKWISE);
    cv::rotate(slivers, slivers, cv::ROTATE_90_CLOCKWISE);
  }
  cv::dilate(slivers, slivers, box(5));
  return slivers;
}

namespace {

// Takes away areas that are nowhere wider than the strokes of large letters.
void keep_thick(const cv::Mat& core, cv::Mat& areas) {
  constexpr int STROKE = 7;  // blocks: 3 mm of A4
  cv::Mat thick;
  cv::morphologyEx(core, thick, cv::MORPH_OPEN, box(STROKE));
  cv::Mat labels;
  const int count = cv::connectedComponents(areas, labels, 8, CV_32S);
  std::vector<char> kept(static_cast<std::size_t>(count), 0);
  for (int y = 0; y < areas.rows; ++y) {
    for (int x = 0; x < areas.cols; ++x) {
      if (thick.at<std::uint8_t>(y, x) != 0) kept[static_cast<std::size_t>(labels.at<int>(y, x))] = 1;
    }
  }
  for (int y = 0; y < areas.rows; ++y) {
    for (int x = 0; x < areas.cols; ++x) {
      if (kept[static_cast<std::size_t>(labels.at<int>(y, x))] == 0) areas.at<std::uint8_t>(y, x) = 0;
    }
  }
}

// Where grounds of different tones are side by side: what differs from one there is the other, and no print.
cv::Mat two_tones(const cv::Mat& even, const cv::Mat& core) {
  constexpr double DIFFERENT = 0.1;
  constexpr int NEAR = 7;  // blocks
  cv::Mat most = even.clone();
  cv::Mat least = even.clone();
  most.setTo(0, core == 0);
  least.setTo(2, core == 0);
  cv::dilate(most, most, box(NEAR));
  cv::erode(least, least, box(NEAR));
  return most - least > DIFFERENT;
}

// What is not known yet (below 0) becomes what is known nearest by, led through the areas alone.
void spread_within(const cv::Mat& areas, cv::Mat& values) {
  std::vector<cv::Point> front;
  for (int y = 0; y < areas.rows; ++y) {
    for (int x = 0; x < areas.cols; ++x) {
      if (values.at<float>(y, x) >= 0) front.emplace_back(x, y);
    }
  }
  const cv::Rect all({0, 0}, areas.size());
  for (std::size_t i = 0; i < front.size(); ++i) {
    const cv::Point from = front[i];
    for (const cv::Point step : {cv::Point{-1, 0}, {1, 0}, {0, -1}, {0, 1}}) {
      const cv::Point to = from + step;
      if (!all.contains(to) || areas.at<std::uint8_t>(to) == 0 || values.at<float>(to) >= 0) continue;
      values.at<float>(to) = values.at<float>(from);
      front.push_back(to);
    }
  }
}

}  // namespace

Grounds grounds_of(const Blocks& blocks, const cv::Mat& paper_luminance) {
  constexpr double EVEN = 0.08;        // between neighbouring blocks
  constexpr double NO_STROKES = 0.04;  // deviation in a block
  constexpr double LIGHTEST = 0.88;    // lighter than this it is taken for paper
  constexpr double BLANK = 0.9;
  constexpr float INK = 0.02F;  // off the ground's tone, of a block's mean
  constexpr double DARK = 0.8;  // becomes black where nothing is printed on it
  const cv::Mat even = blocks.luminance / paper_luminance;
  cv::Mat variance = cv::max(blocks.square - blocks.luminance.mul(blocks.luminance), 0);
  cv::Mat deviation;
  cv::sqrt(variance, deviation);
  deviation /= paper_luminance;
  cv::Mat most;
  cv::Mat least;
  cv::dilate(even, most, box(3));
  cv::erode(even, least, box(3));
  const cv::Mat flat = (most - least <= EVEN) & (deviation <= NO_STROKES);
  const cv::Mat core = flat & (even < LIGHTEST);
  const cv::Mat blank = flat & (even >= BLANK);
  const double longest = std::max(even.cols, even.rows);
  const int window = print_window(longest);

  Grounds grounds;
  cv::Mat bordered;
  cv::copyMakeBorder(core, bordered, window, window, window, window, cv::BORDER_REPLICATE);
  cv::morphologyEx(bordered, bordered, cv::MORPH_CLOSE, box(window));
  grounds.areas = bordered(cv::Rect({window, window}, core.size())).clone();
  grounds.areas &= blank == 0;
  keep_thick(core, grounds.areas);
  cv::Mat weights;
  core.convertTo(weights, CV_32F, 1.0 / 255);
  grounds.tone = even.mul(weights);
  pull_push(grounds.tone, weights);

  // What is printed on the ground, away from the paper beside it.
  cv::Mat near_paper;
  cv::dilate(blank, near_paper, box(5));
  const cv::Mat printed = grounds.areas & (core == 0) & (near_paper == 0) & (two_tones(even, core) == 0);
  cv::Mat printed_weight;
  printed.convertTo(printed_weight, CV_32F, 1.0 / 255);
  cv::Mat lighter = cv::max(even - grounds.tone - INK, 0).mul(printed_weight);
  cv::Mat darker = cv::max(grounds.tone - even - INK, 0).mul(printed_weight);
  const int near = 2 * window + 1;
  cv::boxFilter(lighter, lighter, -1, {near, near}, {-1, -1}, false, cv::BORDER_CONSTANT);
  cv::boxFilter(darker, darker, -1, {near, near}, {-1, -1}, false, cv::BORDER_CONSTANT);
  cv::Mat heard = lighter + darker;
  cv::Mat share = lighter / cv::max(heard, 1e-6F);
  constexpr double SOME = 1;
  cv::Mat known = heard >= SOME;
  known &= grounds.areas;
  share.setTo(-1, known == 0);
  spread_within(grounds.areas, share);
  // Nothing printed on it: share is still below 0, and the tone of all of it decides.
  cv::Mat labels;
  const int count = cv::connectedComponents(grounds.areas, labels, 8, CV_32S);
  cv::Mat mean(grounds.tone.size(), CV_32F, cv::Scalar(1));
  for (int label = 1; label < count; ++label) {
    const cv::Mat area = labels == label;
    mean.setTo(cv::mean(grounds.tone, area), area);
  }
  grounds.becomes_black = ((share > 0.5) | ((share < 0) & (mean < DARK))) & grounds.areas;
  return grounds;
}

}  // namespace peel::document
