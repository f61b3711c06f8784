#include "document/line_quadrilaterals.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace peel::document {
namespace {

constexpr double LEAST_PAGE_SHARE = 0.02;  // of the picture
constexpr double OPPOSITE = 0.64;  // sine of 40 degrees: perspective turns opposite sides against each other by less
constexpr double ADJACENT = 0.57;  // sine of 35 degrees: and adjacent ones towards each other by less
constexpr double BEYOND_FRAME = 0.15;    // of the picture's size: how far outside a corner may be
constexpr double LEAST_COVERAGE = 0.25;  // of each side
constexpr double SIZE_COUNTS = 0.12;     // what doubling the area is worth, in coverage, over ln 2

struct Enumeration {
  const std::vector<EdgeLine>& lines;
  double width;
  double height;
  std::vector<std::vector<std::optional<Point>>> meetings;

  bool in_reach(Point p) const {
    return p.x > -BEYOND_FRAME * width && p.x < (1 + BEYOND_FRAME) * width && p.y > -BEYOND_FRAME * height &&
           p.y < (1 + BEYOND_FRAME) * height;
  }
  void meet();
  std::optional<LineQuadrilateral> make(std::size_t a, std::size_t b, std::size_t c, std::size_t d) const;
  double coverage(const EdgeLine& line, Point from, Point to) const;
};

void Enumeration::meet() {
  meetings.assign(lines.size(), std::vector<std::optional<Point>>(lines.size()));
  for (std::size_t i = 0; i < lines.size(); ++i) {
    for (std::size_t k = i + 1; k < lines.size(); ++k) {
      if (std::abs(cross(lines[i].line.normal, lines[k].line.normal)) < ADJACENT) continue;
      const auto p = intersection(lines[i].line, lines[k].line);
      if (p && in_reach(*p)) meetings[i][k] = meetings[k][i] = p;
    }
  }
}

// Only what lies in the picture can be covered.
double Enumeration::coverage(const EdgeLine& line, Point from, Point to) const {
  const Point frame[] = {{0, 0}, {width, 0}, {width, height}, {0, height}};
  const Point side[] = {from, to};
  const auto seen = clip(side, frame);
  if (seen.size() < 2) return 0;
  const auto [low, high] = std::minmax_element(
      seen.begin(), seen.end(), [&](Point a, Point b) { return dot(line.direction(), a) < dot(line.direction(), b); });
  return line.coverage(dot(line.direction(), *low), dot(line.direction(), *high));
}

/// a and b are opposite, c and d too.
std::optional<LineQuadrilateral> Enumeration::make(std::size_t a, std::size_t b, std::size_t c, std::size_t d) const {
  const auto& ac = meetings[a][c];
  const auto& cb = meetings[c][b];
  const auto& bd = meetings[b][d];
  const auto& da = meetings[d][a];
  if (!ac || !cb || !bd || !da) return std::nullopt;
  const Corners corners = in_order({*ac, *cb, *bd, *da});
  if (!is_convex(corners)) return std::nullopt;
  const double share = area(corners) / (width * height);
  if (share < LEAST_PAGE_SHARE) return std::nullopt;
  const std::pair<const EdgeLine*, std::pair<Point, Point>> sides[] = {
      {&lines[c], {*ac, *cb}}, {&lines[b], {*cb, *bd}}, {&lines[d], {*bd, *da}}, {&lines[a], {*da, *ac}}};
  double sum = 0;
  double perimeter = 0;
  for (const auto& [line, ends] : sides) {
    const double covered = coverage(*line, ends.first, ends.second);
    if (covered < LEAST_COVERAGE) return std::nullopt;
    const double length = distance(ends.first, ends.second);
    sum += covered * length;
    perimeter += length;
  }
  return LineQuadrilateral{corners, sum / perimeter + SIZE_COUNTS * std::log(share)};
}

}  // namespace

std::vector<LineQuadrilateral> line_quadrilaterals(const std::vector<EdgeLine>& lines, int width, int height,
                                                   std::size_t most) {
  Enumeration all{lines, static_cast<double>(width), static_cast<double>(height), {}};
  all.meet();
  std::vector<std::pair<std::size_t, std::size_t>> opposite;
  const double least_distance = 0.05 * std::min(width, height);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    for (std::size_t k = i + 1; k < lines.size(); ++k) {
      if (std::abs(cross(lines[i].line.normal, lines[k].line.normal)) > OPPOSITE) continue;
      const double sense = dot(lines[i].line.normal, lines[k].line.normal) > 0 ? 1 : -1;
      const bool far = std::abs(lines[i].line.d - sense * lines[k].line.d) > least_distance ||
                       std::abs(cross(lines[i].line.normal, lines[k].line.normal)) > 0.05;
      if (far) opposite.emplace_back(i, k);
    }
  }
  std::vector<LineQuadrilateral> found;
  for (std::size_t i = 0; i < opposite.size(); ++i) {
    for (std::size_t k = i + 1; k < opposite.size(); ++k) {
      const auto [a, b] = opposite[i];
      const auto [c, d] = opposite[k];
      if (auto made = all.make(a, b, c, d)) found.push_back(*made);
    }
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.score > b.score; });
  std::vector<LineQuadrilateral> best;
  constexpr double THE_SAME = 0.97;  // intersection over union
  for (const LineQuadrilateral& one : found) {
    if (best.size() == most) break;
    const auto same = [&](const LineQuadrilateral& other) { return iou(one.corners, other.corners) > THE_SAME; };
    if (std::none_of(best.begin(), best.end(), same)) best.push_back(one);
  }
  return best;
}

}  // namespace peel::document
