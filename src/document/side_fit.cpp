#include "document/side_fit.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "document/statistics.hpp"

namespace peel::document {
namespace {

// Of a side: so long a piece of paper's edge is taken for straight. At the corners three lengths are used and what they
// say is averaged, which is steadier than any one of them.
constexpr double STRETCH = 0.16;
constexpr std::array<double, 3> END_STRETCHES{0.7 * STRETCH, STRETCH, 1.4 * STRETCH};
constexpr double GREATEST_TURN = 0.18;     // sine of 10 degrees: a sheet's end may be turned so against the whole
constexpr std::size_t ENOUGH_POINTS = 10;  // for a line that says more of its stretch than the whole side does

struct RobustLine {
  SideLine line;
  double spread = 0;  ///< median distance
};

SideLine least_squares(std::span<const EdgePoint> points, const std::vector<double>& weights) {
  double sum = 0;
  double sum_place = 0;
  double sum_offset = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    sum += weights[i];
    sum_place += weights[i] * points[i].place;
    sum_offset += weights[i] * points[i].offset;
  }
  if (!(sum > 0)) return {};
  const double place = sum_place / sum;
  const double offset = sum_offset / sum;
  double square = 0;
  double product = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    square += weights[i] * (points[i].place - place) * (points[i].place - place);
    product += weights[i] * (points[i].place - place) * (points[i].offset - offset);
  }
  const double slope = square > 1e-12 ? product / square : 0;
  return {offset - slope * place, slope};
}

/// Iteratively reweighted least squares with Tukey's biweight (Holland and Welsch 1977: c = 4.685 standard deviations,
/// 1.4826 of these to a median distance). `weights`: of the points at first.
RobustLine robust_line(std::span<const EdgePoint> points, const std::vector<double>& weights, double least_spread) {
  RobustLine fit;
  std::vector<double> current = weights;
  std::vector<double> distances(points.size());
  for (int round = 0; round < 6; ++round) {
    fit.line = least_squares(points, current);
    for (std::size_t i = 0; i < points.size(); ++i) {
      distances[i] = std::abs(points[i].offset - fit.line.at(points[i].place));
    }
    fit.spread = median(distances);
    const double reach = 4.685 * 1.4826 * std::max(fit.spread, least_spread);
    for (std::size_t i = 0; i < points.size(); ++i) {
      const double u = distances[i] / reach;
      current[i] = u < 1 ? weights[i] * (1 - u * u) * (1 - u * u) : 0;
    }
  }
  return fit;
}

/// The line through the points within a stretch around a place, nearer ones counting more (Cleveland's LOWESS, 1979).
/// Empty where there are too few.
std::optional<SideLine> local_line(std::span<const EdgePoint> points, double place, double stretch,
                                   double least_spread) {
  const double low = std::clamp(place - stretch / 2, 0.0, 1 - stretch);
  const auto after = [](const EdgePoint& p, double value) { return p.place < value; };
  const auto first = std::lower_bound(points.begin(), points.end(), low, after);
  const auto last = std::lower_bound(first, points.end(), low + stretch, after);
  const std::span<const EdgePoint> near(first, last);
  if (near.size() < ENOUGH_POINTS) return std::nullopt;
  std::vector<double> weights;
  weights.reserve(near.size());
  for (const EdgePoint& p : near) {
    const double u = std::min(1.0, std::abs(p.place - place) / (1.2 * stretch));
    weights.push_back(p.weight * (1 - u * u * u));
  }
  return robust_line(near, weights, least_spread).line;
}

/// Curve and ends of a side from points on it, in order of place.
void follow_points(SideFit& side, std::span<const EdgePoint> points, double least_spread) {
  std::vector<double> weights;
  weights.reserve(points.size());
  for (const EdgePoint& p : points) weights.push_back(p.weight);
  const RobustLine whole = robust_line(points, weights, least_spread);
  const auto usable = [&](const std::optional<SideLine>& line) {
    return line && std::abs(line->slope - whole.line.slope) <= GREATEST_TURN * side.frame.length;
  };
  side.bend = 0;
  for (std::size_t i = 0; i < SideCurve::NODES; ++i) {
    const double place = static_cast<double>(i) / (SideCurve::NODES - 1);
    const auto line = local_line(points, place, STRETCH, least_spread);
    side.curve.nodes[i] = usable(line) ? line->at(place) : whole.line.at(place);
    side.bend = std::max(side.bend, std::abs(side.curve.nodes[i] - whole.line.at(place)));
  }
  for (std::size_t i = 0; i < 2; ++i) {
    SideLine sum;
    double count = 0;
    for (const double stretch : END_STRETCHES) {
      const auto line = local_line(points, static_cast<double>(i), stretch, least_spread);
      if (!usable(line)) continue;
      sum = {sum.offset + line->offset, sum.slope + line->slope};
      count += 1;
    }
    side.ends[i] = count > 0 ? SideLine{sum.offset / count, sum.slope / count} : whole.line;
  }
  std::vector<double> distances;
  distances.reserve(points.size());
  for (const EdgePoint& p : points) distances.push_back(std::abs(p.offset - side.curve.at(p.place)));
  side.spread = median(std::move(distances));
}

Line line_of(const SideFrame& frame, const SideLine& line) {
  return line_through(frame.at(0, line.at(0)), frame.at(1, line.at(1)));
}

}  // namespace

double SideCurve::at(double place) const noexcept {
  const double x = std::clamp(place, 0.0, 1.0) * (NODES - 1);
  const std::size_t i = std::min(static_cast<std::size_t>(x), NODES - 2);
  return nodes[i] + (x - static_cast<double>(i)) * (nodes[i + 1] - nodes[i]);
}

SideFit expected_side(Point from, Point to, double visible) {
  SideFit side;
  side.frame = side_frame(from, to);
  side.visible = visible;
  return side;
}

SideFit side_along(Point from, Point to, std::span<const Point> outline, double spacing) {
  constexpr double NEAR = 0.08;  // of the side's length: farther off is another side, or not the page
  SideFit side = expected_side(from, to);
  std::vector<EdgePoint> points;
  points.reserve(outline.size());
  for (const Point& p : outline) {
    const double place = dot(p - from, side.frame.along) / side.frame.length;
    const double offset = dot(p - from, side.frame.outward);
    if (place > 0.04 && place < 0.96 && std::abs(offset) < NEAR * side.frame.length)
      points.push_back({place, offset, 1});
  }
  if (points.size() < ENOUGH_POINTS) return side;
  std::sort(points.begin(), points.end(), [](const EdgePoint& a, const EdgePoint& b) { return a.place < b.place; });
  follow_points(side, points, 0.5 * spacing);
  return side;
}

std::optional<Point> corner_of(const SideFit& a, const SideFit& b) {
  return intersection(line_of(a.frame, a.ends[1]), line_of(b.frame, b.ends[0]));
}

std::optional<double> overrun(const PixelView& picture, const SideFit& side, Point from, Point to) {
  constexpr double NEAR = 0.06;  // of the side's length: from here
  constexpr double FAR = 0.26;   // to here beyond the corner
  ProfileSearch search;
  search.reach = 2;
  search.rows = 12;
  search.margin = 0;
  const Point along = to - from;
  double seen = 0;
  double with_edge = 0;
  for (const auto& [near, far] :
       {std::pair{from - NEAR * along, from - FAR * along}, {to + NEAR * along, to + FAR * along}}) {
    const SideProfile profile = side_profile(picture, side_frame(near, far), search, [](double) { return 0.0; });
    for (int row = 0; row < profile.rows; ++row) {
      if (profile.seen[static_cast<std::size_t>(row)] == 0) continue;
      float most = 0;
      for (int column = 0; column < profile.columns; ++column) most = std::max(most, profile.at(row, column));
      seen += 1;
      with_edge += most > 0.5 * side.strength ? 1 : 0;
    }
  }
  if (seen == 0) return std::nullopt;
  return with_edge / seen;
}

SideFit fit_side(const PixelView& picture, const SideFit& expected, const ProfileSearch& search, bool straight) {
  SideFit side = expected;
  side.support = side.visible = side.strength = side.spread = 0;
  if (side.frame.length < 4) return side;
  const SideProfile profile =
      side_profile(picture, side.frame, search, [&](double place) { return expected.curve.at(place); });
  side.visible = static_cast<double>(profile.seen_rows) / profile.rows;
  if (profile.seen_rows < std::max(4, profile.rows / 8)) return side;
  const EdgePath path = follow_edge(profile, straight);
  if (path.points.size() < 4) return side;

  follow_points(side, path.points, 0.1 * search.step);
  side.strength = path.strength;
  side.unrest = path.unrest;
  const double near = std::max(1.5 * search.step, 3 * side.spread);
  const auto on_it = std::count_if(path.points.begin(), path.points.end(), [&](const EdgePoint& p) {
    return std::abs(p.offset - side.curve.at(p.place)) <= near;
  });
  side.support = static_cast<double>(on_it) / profile.seen_rows;
  return side;
}

}  // namespace peel::document
