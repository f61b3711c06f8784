#include "document/rebuild.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace peel::document {
namespace {

/// A direction from the camera, or a line in the picture as the plane through the camera it lies in.
using Vector = std::array<double, 3>;

Vector crossed(const Vector& a, const Vector& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}
double dotted(const Vector& a, const Vector& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
Vector unit(const Vector& a) {
  const double size = std::sqrt(dotted(a, a));
  return {a[0] / size, a[1] / size, a[2] / size};
}
Vector sum(const Vector& a, double s, const Vector& b) {
  return {a[0] + s * b[0], a[1] + s * b[1], a[2] + s * b[2]};
}

class View {
 public:
  explicit View(const Pinhole& camera) : camera_(camera) {}
  Vector ray(Point p) const {
    return {(p.x - camera_.centre.x) / camera_.focal_length, (p.y - camera_.centre.y) / camera_.focal_length, 1};
  }
  std::optional<Point> image(const Vector& v) const {
    if (!(v[2] > 1e-9)) return std::nullopt;
    return Point{camera_.centre.x + camera_.focal_length * v[0] / v[2],
                 camera_.centre.y + camera_.focal_length * v[1] / v[2]};
  }

 private:
  Pinhole camera_;
};

/// The page in space: the two ends of the side opposite the hidden one, in units of the first's distance; the page
/// reaches from there along `away`.
struct SidePlane {
  Vector first, second;
  Vector away;
  double width = 0;  ///< of the opposite side
};

std::optional<SidePlane> plane_of(const View& view, Point first, Point second, Point beyond_first,
                                  Point beyond_second) {
  const Vector p = view.ray(first);
  const Vector q = view.ray(second);
  const Vector side_a = crossed(p, view.ray(beyond_first));
  const Vector side_b = crossed(q, view.ray(beyond_second));
  SidePlane plane;
  plane.away = unit(crossed(side_a, side_b));
  const Vector across = unit(crossed(plane.away, crossed(p, q)));
  const Vector normal = crossed(plane.away, across);
  const double depth = dotted(normal, p) / dotted(normal, q);
  if (!(depth > 0) || !std::isfinite(depth)) return std::nullopt;
  plane.first = p;
  plane.second = {depth * q[0], depth * q[1], depth * q[2]};
  const Vector side = sum(plane.second, -1, plane.first);
  plane.width = std::sqrt(dotted(side, side));
  // Of the two ways along the sides, that into the page.
  const auto step = view.image(sum(plane.first, 1e-3 * plane.width, plane.away));
  if (!step) return std::nullopt;
  if (dot(*step - first, beyond_first - first) < 0) plane.away = {-plane.away[0], -plane.away[1], -plane.away[2]};
  return plane;
}

/// How far along the page's side a point of the picture lies; empty where the side never shows there.
std::optional<double> place_of(const View& view, const SidePlane& plane, const Vector& from, Point p) {
  // from + s * away is a multiple of p's ray: the rest across the ray must vanish.
  const Vector ray = view.ray(p);
  const Vector a = crossed(from, ray);
  const Vector b = crossed(plane.away, ray);
  const double s = -dotted(a, b) / dotted(b, b);
  return std::isfinite(s) && s > 0 ? std::optional(s) : std::nullopt;
}

}  // namespace

std::optional<Corners> rebuild(const Corners& seen, std::size_t hidden, int width, int height, const Pinhole& camera,
                               const PageShape& shape) {
  const std::size_t after = (hidden + 1) % 4;
  const Point beyond_second = seen[hidden];
  const Point beyond_first = seen[after];
  const Point first = seen[(hidden + 2) % 4];
  const Point second = seen[(hidden + 3) % 4];
  const View view(camera);
  const auto plane = plane_of(view, first, second, beyond_first, beyond_second);
  if (!plane) return std::nullopt;

  std::vector<double> lengths;
  if (shape.kind == PageShape::Kind::forced) {
    const double ratio = shape.height_mm / shape.width_mm;
    lengths = {plane->width / ratio, plane->width * ratio};
  } else {
    const auto a = place_of(view, *plane, plane->first, beyond_first);
    const auto b = place_of(view, *plane, plane->second, beyond_second);
    if (!a || !b) return std::nullopt;
    lengths = {std::min(*a, *b)};
  }
  for (const double length : lengths) {
    const auto p = view.image(sum(plane->first, length, plane->away));
    const auto q = view.image(sum(plane->second, length, plane->away));
    if (!p || !q) continue;
    Corners corners = seen;
    corners[after] = *p;
    corners[hidden] = *q;
    if (!is_convex(corners)) continue;
    // A side inside the picture would have been seen.
    const double slack = 0.01 * std::max(width, height);
    const auto inside = [&](Point c) {
      return c.x > slack && c.y > slack && c.x < width - slack && c.y < height - slack;
    };
    if (shape.kind == PageShape::Kind::forced && inside(*p) && inside(*q)) continue;
    return corners;
  }
  return std::nullopt;
}

}  // namespace peel::document
