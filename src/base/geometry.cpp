#include "base/geometry.hpp"

#include <algorithm>
#include <cmath>

namespace peel {

std::vector<Point> scaled(std::span<const Point> points, double by) {
  std::vector<Point> out;
  out.reserve(points.size());
  for (const Point& p : points) out.push_back(by * p);
  return out;
}

double length(Point a) noexcept {
  return std::hypot(a.x, a.y);
}

double distance(Point a, Point b) noexcept {
  return length(b - a);
}

bool is_convex(const Corners& corners) noexcept {
  constexpr double LEAST_SINE = 0.01;
  for (std::size_t i = 0; i < 4; ++i) {
    const Point a = corners[(i + 1) % 4] - corners[i];
    const Point b = corners[(i + 2) % 4] - corners[(i + 1) % 4];
    // Written so that what is not a number fails.
    if (!(cross(a, b) > LEAST_SINE * length(a) * length(b)) || !std::isfinite(cross(a, b))) return false;
  }
  // Four right turns are two full circles for a star, one for a convex quadrilateral; a star has crossing sides.
  return cross(corners[2] - corners[0], corners[1] - corners[0]) *
             cross(corners[2] - corners[0], corners[3] - corners[0]) <
         0;
}

double area(std::span<const Point> polygon) noexcept {
  double twice = 0;
  for (std::size_t i = 0; i < polygon.size(); ++i) twice += cross(polygon[i], polygon[(i + 1) % polygon.size()]);
  return twice / 2;
}

std::vector<Point> clip(std::span<const Point> polygon, std::span<const Point> convex) {
  std::vector<Point> part(polygon.begin(), polygon.end());
  for (std::size_t i = 0; i < convex.size() && !part.empty(); ++i) {
    const Point origin = convex[i];
    const Point along = convex[(i + 1) % convex.size()] - origin;
    std::vector<Point> next;
    next.reserve(part.size() + 1);
    for (std::size_t k = 0; k < part.size(); ++k) {
      const Point from = part[k];
      const Point to = part[(k + 1) % part.size()];
      const double a = cross(along, from - origin);
      const double b = cross(along, to - origin);
      if (a >= 0) next.push_back(from);
      if ((a >= 0) != (b >= 0)) next.push_back(from + (a / (a - b)) * (to - from));
    }
    part = std::move(next);
  }
  return part;
}

double iou(std::span<const Point> a, std::span<const Point> b) {
  const double both = std::max(0.0, area(clip(a, b)));
  const double either = area(a) + area(b) - both;
  return either > 0 ? both / either : 0;
}

Corners in_order(Corners corners) noexcept {
  if (area(corners) < 0) std::swap(corners[1], corners[3]);
  // The side whose outward direction is most nearly upwards is the top.
  std::size_t top = 0;
  double highest = -2;
  for (std::size_t i = 0; i < 4; ++i) {
    const Point side = corners[(i + 1) % 4] - corners[i];
    const double upwards = side.x / std::max(length(side), 1e-12);  // the outward normal's -y
    if (upwards > highest) {
      highest = upwards;
      top = i;
    }
  }
  std::rotate(corners.begin(), corners.begin() + static_cast<std::ptrdiff_t>(top), corners.end());
  return corners;
}

Line line_through(Point a, Point b) noexcept {
  const Point along = b - a;
  const double size = std::max(length(along), 1e-300);
  const Point normal{along.y / size, -along.x / size};
  return {normal, dot(normal, a)};
}

std::optional<Point> intersection(const Line& a, const Line& b, double farthest) noexcept {
  const double determinant = cross(a.normal, b.normal);
  const Point p{(a.d * b.normal.y - b.d * a.normal.y) / determinant,
                (b.d * a.normal.x - a.d * b.normal.x) / determinant};
  if (!(std::abs(p.x) < farthest && std::abs(p.y) < farthest)) return std::nullopt;
  return p;
}

Homography from_rectangle(double width, double height, const Corners& c) noexcept {
  const Point d1 = c[1] - c[2];
  const Point d2 = c[3] - c[2];
  const Point sum = c[0] - c[1] + (c[2] - c[3]);
  const double determinant = cross(d1, d2);
  const double g = cross(sum, d2) / determinant;
  const double h = cross(d1, sum) / determinant;
  return {{(c[1].x - c[0].x + g * c[1].x) / width, (c[3].x - c[0].x + h * c[3].x) / height, c[0].x,
           (c[1].y - c[0].y + g * c[1].y) / width, (c[3].y - c[0].y + h * c[3].y) / height, c[0].y, g / width,
           h / height, 1}};
}

Homography inverse(const Homography& h) noexcept {
  const auto& m = h.m;
  // The adjugate: a homography's scale means nothing.
  return {{m[4] * m[8] - m[5] * m[7], m[2] * m[7] - m[1] * m[8], m[1] * m[5] - m[2] * m[4], m[5] * m[6] - m[3] * m[8],
           m[0] * m[8] - m[2] * m[6], m[2] * m[3] - m[0] * m[5], m[3] * m[7] - m[4] * m[6], m[1] * m[6] - m[0] * m[7],
           m[0] * m[4] - m[1] * m[3]}};
}

}  // namespace peel
