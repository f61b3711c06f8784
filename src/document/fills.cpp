#include "document/fills.hpp"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "document/illumination.hpp"
#include "document/statistics.hpp"

namespace peel::document {
namespace {

constexpr int LEAST_SIDE = 7;  // of an area, in blocks: 3 mm of A4
constexpr int RIM = 5;         // blocks, of both sides: a fill's blurred edge is made what the fill is

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

// The area inside the outline of what bears a number, its holes too.
cv::Mat filled(const cv::Mat& labels, int label, const cv::Rect& where) {
  cv::Mat area = labels(where) == label;
  std::vector<std::vector<cv::Point>> outlines;
  cv::findContours(area, outlines, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_NONE);
  cv::drawContours(area, outlines, -1, cv::Scalar(255), cv::FILLED);
  return area;
}

// Whether a part of the page, darker than the paper, was printed so. `tone`: over that of the paper around.
bool is_printed_area(const cv::Mat& labels, int label, const cv::Rect& where, double tone) {
  constexpr double RECTANGLE = 0.85;  // of its bounding box
  // Facets of creased paper have hard edges too, and a folded sheet is darker on one side of the fold.
  constexpr double TONE_OF_RECTANGLE = 0.93;
  constexpr double TONE_AT_EDGE = 0.7;
  constexpr double TONE_OF_ANY_SHAPE = 0.8;
  constexpr int AT_EDGE = 3;  // blocks
  if (std::min(where.width, where.height) < LEAST_SIDE) return false;
  const bool at_edge = where.x <= AT_EDGE || where.y <= AT_EDGE || where.br().x >= labels.cols - AT_EDGE ||
                       where.br().y >= labels.rows - AT_EDGE;
  if (!at_edge && tone < TONE_OF_ANY_SHAPE) return true;
  if (tone >= (at_edge ? TONE_AT_EDGE : TONE_OF_RECTANGLE)) return false;
  return cv::countNonZero(filled(labels, label, where)) >= RECTANGLE * where.area();
}

cv::Rect box_of(const cv::Mat& stats, int label) {
  return {stats.at<int>(label, cv::CC_STAT_LEFT), stats.at<int>(label, cv::CC_STAT_TOP),
          stats.at<int>(label, cv::CC_STAT_WIDTH), stats.at<int>(label, cv::CC_STAT_HEIGHT)};
}

// Of an area's blocks most are its ground, in a coloured one with print on it too.
double median_of(const cv::Mat& values, const cv::Mat& where) {
  std::vector<float> inside;
  for (int y = 0; y < values.rows; ++y) {
    for (int x = 0; x < values.cols; ++x) {
      if (where.at<std::uint8_t>(y, x) != 0) inside.push_back(values.at<float>(y, x));
    }
  }
  return static_cast<double>(median(std::move(inside)));
}

// Sums of a matrix over what bears each number.
std::vector<double> sums_of(const cv::Mat& labels, int count, const cv::Mat& values) {
  std::vector<double> sums(static_cast<std::size_t>(count));
  for (int y = 0; y < labels.rows; ++y) {
    for (int x = 0; x < labels.cols; ++x) {
      sums[static_cast<std::size_t>(labels.at<int>(y, x))] += static_cast<double>(values.at<float>(y, x));
    }
  }
  return sums;
}

}  // namespace

cv::Mat fills_of(const cv::Mat& closed, float bright) {
  constexpr double LIT = 0.6;  // of well lit paper
  const cv::Mat edges = hard_edges(closed);
  cv::Mat labels;
  cv::Mat stats;
  cv::Mat centres;
  const cv::Mat open = edges == 0;
  const int count = cv::connectedComponentsWithStats(open, labels, stats, centres, 4, CV_32S);
  // The paper: the largest part that is well lit.
  cv::Mat lit;
  cv::Mat((closed >= LIT * bright) & open).convertTo(lit, CV_32F, 1.0 / 255);
  const std::vector<double> lit_areas = sums_of(labels, count, lit);
  const auto sheet = static_cast<int>(std::max_element(lit_areas.begin(), lit_areas.end()) - lit_areas.begin());
  cv::Mat weights;
  cv::Mat(labels == sheet).convertTo(weights, CV_32F, 1.0 / 255);
  cv::Mat around = closed.mul(weights);
  pull_push(around, weights);

  const std::vector<double> levels = sums_of(labels, count, closed);
  const std::vector<double> papers = sums_of(labels, count, around);
  std::vector<int> numbers(static_cast<std::size_t>(count));
  int last = 0;
  for (int i = 1; i < count; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const double tone = levels[at] / std::max(papers[at], 1e-6);
    if (i != sheet && is_printed_area(labels, i, box_of(stats, i), tone)) numbers[at] = ++last;
  }
  for (int y = 0; y < labels.rows; ++y) {
    for (int x = 0; x < labels.cols; ++x)
      labels.at<int>(y, x) = numbers[static_cast<std::size_t>(labels.at<int>(y, x))];
  }
  return labels;
}

void add_coloured_areas(cv::Mat strange, int window, cv::Mat& fills) {
  constexpr double MOST_KNOWN = 0.5;
  cv::morphologyEx(strange, strange, cv::MORPH_OPEN, box(3));
  cv::morphologyEx(strange, strange, cv::MORPH_CLOSE, box(window));
  cv::morphologyEx(strange, strange, cv::MORPH_OPEN, box(LEAST_SIDE));
  cv::Mat labels;
  cv::Mat stats;
  cv::Mat centres;
  const int count = cv::connectedComponentsWithStats(strange, labels, stats, centres, 4, CV_32S);
  double last = 0;
  cv::minMaxLoc(fills, nullptr, &last);
  for (int i = 1; i < count; ++i) {
    const cv::Rect where = box_of(stats, i);
    // Of the table beside a curled page no area is made.
    if (!is_printed_area(labels, i, where, 0)) continue;
    cv::Mat known = fills(where);
    const cv::Mat area = (labels(where) == i) & (known == 0);
    if (cv::countNonZero(area) < MOST_KNOWN * stats.at<int>(i, cv::CC_STAT_AREA)) continue;
    last += 1;
    known.setTo(last, area);
  }
}

namespace {

// A fill of which `--enhance bw` makes one colour, and the other of its print.
struct EvenFill {
  cv::Rect where;
  cv::Mat area;  // 255 inside its outline, of `where`
  double tone = 0;
  bool black = false;
};

// What bears a number; none where it is as light as paper or has no even ground. `even`: luminance over the paper's.
std::optional<EvenFill> even_fill(const cv::Mat& fills, int label, const cv::Rect& where, const cv::Mat& even) {
  constexpr double LIGHTEST = 0.88;  // lighter than this it is paper
  constexpr double ALIKE = 0.05;
  constexpr double GROUND = 0.45;       // of the area
  constexpr double DARK = 0.75;         // becomes black where nothing is printed on it
  constexpr double OFF = 0.06;          // the fill's tone: print
  constexpr double SOME_PRINT = 0.004;  // of the area
  const cv::Mat bears = fills(where) == label;
  const cv::Mat own = even(where);
  const double tone = median_of(own, bears);
  if (tone > LIGHTEST) return std::nullopt;
  // What few of its blocks have is no ground's tone: coloured letters side by side, a photograph.
  const cv::Mat alike = (cv::abs(own - tone) < ALIKE) & bears;
  if (cv::countNonZero(alike) < GROUND * cv::countNonZero(bears)) return std::nullopt;
  const cv::Mat area = filled(fills, label, where);
  cv::Mat inside;
  cv::erode(area, inside, box(RIM), {-1, -1}, 1, cv::BORDER_CONSTANT, cv::Scalar(0));
  const double lighter = cv::mean(cv::max(own - tone - OFF, 0), inside)[0];
  const double darker = cv::mean(cv::max(tone - own - OFF, 0), inside)[0];
  const bool plain = std::max(lighter, darker) < SOME_PRINT;
  return EvenFill{where, area, tone, plain ? tone < DARK : lighter > darker};
}

// Sets the limits of a fill and its rim, but for what `blackened` marks; marks its own there if it is black.
void set_threshold(const EvenFill& fill, const cv::Mat& paper_luminance, cv::Mat& limits, cv::Mat& blackened) {
  constexpr double TO_LIGHT_PRINT = 0.35;  // of the way from the fill to white: thin strokes do not get there
  constexpr double TO_DARK_PRINT = 0.75;   // of the fill's tone
  const cv::Rect& own = fill.where;
  const cv::Rect wide =
      cv::Rect(own.x - RIM, own.y - RIM, own.width + 2 * RIM, own.height + 2 * RIM) & cv::Rect({0, 0}, limits.size());
  cv::Mat grown = cv::Mat::zeros(wide.size(), CV_8U);
  fill.area.copyTo(grown(cv::Rect(own.tl() - wide.tl(), own.size())));
  cv::dilate(grown, grown, box(RIM));
  for (int y = 0; y < wide.height; ++y) {
    for (int x = 0; x < wide.width; ++x) {
      if (grown.at<std::uint8_t>(y, x) == 0) continue;
      const cv::Point at(wide.x + x, wide.y + y);
      const double paper = static_cast<double>(paper_luminance.at<float>(at));
      float& limit = limits.at<float>(at);
      if (fill.black) {
        limit = static_cast<float>((fill.tone + TO_LIGHT_PRINT * (1 - fill.tone)) * paper);
        blackened.at<std::uint8_t>(at) = 255;
      } else if (blackened.at<std::uint8_t>(at) == 0) {
        limit = std::min(limit, static_cast<float>(TO_DARK_PRINT * fill.tone * paper));
      }
    }
  }
}

}  // namespace

void set_fill_thresholds(const cv::Mat& fills, const cv::Mat& luminance, const cv::Mat& paper_luminance,
                         cv::Mat& limits) {
  double most = 0;
  cv::minMaxLoc(fills, nullptr, &most);
  std::vector<cv::Rect> boxes(static_cast<std::size_t>(most) + 1);
  for (int y = 0; y < fills.rows; ++y) {
    for (int x = 0; x < fills.cols; ++x) {
      if (fills.at<int>(y, x) != 0) boxes[static_cast<std::size_t>(fills.at<int>(y, x))] |= cv::Rect(x, y, 1, 1);
    }
  }
  const cv::Mat even = luminance / paper_luminance;
  std::vector<EvenFill> found;
  for (std::size_t i = 1; i < boxes.size(); ++i) {
    if (auto fill = even_fill(fills, static_cast<int>(i), boxes[i], even)) found.push_back(*std::move(fill));
  }
  // Black ones first: where two rims meet theirs counts.
  std::stable_partition(found.begin(), found.end(), [](const EvenFill& fill) { return fill.black; });
  cv::Mat blackened = cv::Mat::zeros(fills.size(), CV_8U);
  for (const EvenFill& fill : found) set_threshold(fill, paper_luminance, limits, blackened);
}

namespace {

// Marks what is dark along one side of the page, seen upright as its left side.
void mark_slivers(const cv::Mat& dark, double longest, cv::Mat& slivers) {
  constexpr double THIN = 0.006;  // of the longer side: of any shape
  constexpr double DEEPEST = 0.045;
  constexpr double WEDGE = 0.75;  // mean depth over the greatest
  constexpr double LONG = 0.05;   // of the side
  constexpr int GAP = 2;          // blocks of light wood
  constexpr double SOLID = 0.85;  // dark, of its area: a line of print that the edge cuts is not
  std::vector<int> depth(static_cast<std::size_t>(dark.rows));
  std::vector<int> filled_to(depth.size());  // of that, how many are dark
  for (int y = 0; y < dark.rows; ++y) {
    int last = -1;
    for (int x = 0; x < dark.cols && x <= last + 1 + GAP; ++x) {
      if (dark.at<std::uint8_t>(y, x) == 0) continue;
      last = x;
      ++filled_to[static_cast<std::size_t>(y)];
    }
    depth[static_cast<std::size_t>(y)] = last + 1 <= DEEPEST * longest ? last + 1 : -1;  // -1: something else
  }
  for (int begin = 0; begin < dark.rows;) {
    int end = begin;
    int most = 0;
    double sum = 0;
    double dark_sum = 0;
    while (end < dark.rows && depth[static_cast<std::size_t>(end)] > 0) {
      most = std::max(most, depth[static_cast<std::size_t>(end)]);
      sum += depth[static_cast<std::size_t>(end)];
      dark_sum += filled_to[static_cast<std::size_t>(end)];
      ++end;
    }
    const int count = end - begin;
    if (count >= LONG * dark.rows && dark_sum >= SOLID * sum &&
        (most <= THIN * longest || sum / count < WEDGE * most)) {
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
  constexpr int EDGE = 5;  // blocks: blurred
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
  cv::dilate(slivers, slivers, box(EDGE));
  return slivers;
}

}  // namespace peel::document
