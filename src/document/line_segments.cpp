#include "document/line_segments.hpp"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace peel::document {
namespace {

struct Segment {
  Point from;
  Point to;
  double size = 0;
};

cv::Mat lightness(const WorkingCopy& picture) {
  // OpenCV has no const view; nothing writes through it.
  const cv::Mat rgb(picture.height, picture.width, CV_8UC3, const_cast<std::uint8_t*>(picture.rgb.data()));  // NOLINT
  cv::Mat gray;
  cv::cvtColor(rgb, gray, cv::COLOR_RGB2GRAY);
  return gray;
}

std::vector<Segment> segments_in(const WorkingCopy& picture) {
  std::vector<cv::Vec4f> found;
  // Size as it is: the copy has been smoothed by being reduced.
  cv::createLineSegmentDetector(cv::LSD_REFINE_NONE, 1.0)->detect(lightness(picture), found);
  const double least = 0.02 * std::max(picture.width, picture.height);
  std::vector<Segment> segments;
  segments.reserve(found.size());
  for (const cv::Vec4f& s : found) {
    // Whole numbers are centres of pixels there.
    const Segment segment{{s[0] + 0.5, s[1] + 0.5}, {s[2] + 0.5, s[3] + 0.5}, std::hypot(s[2] - s[0], s[3] - s[1])};
    if (segment.size >= least) segments.push_back(segment);
  }
  std::sort(segments.begin(), segments.end(), [](const Segment& a, const Segment& b) { return a.size > b.size; });
  return segments;
}

double covered(std::vector<Stretch> stretches, double from, double to) {
  std::sort(stretches.begin(), stretches.end(), [](const Stretch& a, const Stretch& b) { return a.from < b.from; });
  double sum = 0;
  double reached = from;
  for (const Stretch& s : stretches) {
    const double begin = std::max(s.from, reached);
    const double end = std::min(s.to, to);
    if (end > begin) {
      sum += end - begin;
      reached = end;
    }
  }
  return sum;
}

/// Adds a segment to the line, which turns a little with it.
void add(EdgeLine& edge, const Segment& segment) {
  const Point direction = edge.direction();
  const double a = dot(direction, segment.from);
  const double b = dot(direction, segment.to);
  // LSD runs along an edge with the brighter side to one hand, always the same.
  (b > a ? edge.bright : edge.dark).push_back({std::min(a, b), std::max(a, b)});
  edge.length += segment.size;
}

}  // namespace

double EdgeLine::coverage(double from, double to) const noexcept {
  if (to < from) std::swap(from, to);
  return std::max(covered(bright, from, to), covered(dark, from, to)) / std::max(to - from, 1e-9);
}

std::vector<EdgeLine> edge_lines(const WorkingCopy& picture, std::size_t most) {
  constexpr double SAME_DIRECTION = 0.05;  // sine of 3 degrees
  const double same_line = 0.005 * std::max(picture.width, picture.height) + 1;
  std::vector<EdgeLine> lines;
  for (const Segment& segment : segments_in(picture)) {
    const Line own = line_through(segment.from, segment.to);
    const auto joins = [&](const EdgeLine& edge) {
      return std::abs(cross(own.normal, edge.line.normal)) < SAME_DIRECTION &&
             std::abs(edge.line.distance_to(segment.from)) < same_line &&
             std::abs(edge.line.distance_to(segment.to)) < same_line;
    };
    const auto found = std::find_if(lines.begin(), lines.end(), joins);
    if (found != lines.end()) {
      add(*found, segment);
    } else {
      lines.emplace_back();
      lines.back().line = own;
      add(lines.back(), segment);
    }
  }
  std::sort(lines.begin(), lines.end(), [](const EdgeLine& a, const EdgeLine& b) { return a.length > b.length; });
  if (lines.size() > most) lines.resize(most);
  return lines;
}

}  // namespace peel::document
