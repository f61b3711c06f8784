#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "peel/geometry.hpp"

namespace peel {

inline Point operator+(Point a, Point b) noexcept {
  return {a.x + b.x, a.y + b.y};
}
inline Point operator-(Point a, Point b) noexcept {
  return {a.x - b.x, a.y - b.y};
}
inline Point operator*(double s, Point a) noexcept {
  return {s * a.x, s * a.y};
}
inline double dot(Point a, Point b) noexcept {
  return a.x * b.x + a.y * b.y;
}
/// Positive where b lies clockwise of a as one sees it on a screen (y downwards).
inline double cross(Point a, Point b) noexcept {
  return a.x * b.y - a.y * b.x;
}
double length(Point a) noexcept;
std::vector<Point> scaled(std::span<const Point> points, double by);
double distance(Point a, Point b) noexcept;

/// Finite, convex, no corner of 180 degrees or nearly so (sine below 0.01), clockwise as Corners are.
bool is_convex(const Corners& corners) noexcept;

/// Twice nothing: the area itself, positive for clockwise on a screen.
double area(std::span<const Point> polygon) noexcept;

/// The part of a polygon inside a convex, clockwise one (Sutherland and Hodgman 1974).
std::vector<Point> clip(std::span<const Point> polygon, std::span<const Point> convex);

/// Intersection over union of two convex clockwise polygons.
double iou(std::span<const Point> a, std::span<const Point> b);

/// The points as Corners: clockwise, beginning with the one that is top left once the quadrilateral is turned by less
/// than an eighth of a full turn; so a page that lies askew keeps the end up that it shows.
Corners in_order(Corners corners) noexcept;

/// Normal form n.p = d with |n| = 1.
struct Line {
  Point normal{1, 0};
  double d = 0;
  double distance_to(Point p) const noexcept { return dot(normal, p) - d; }
};
Line line_through(Point a, Point b) noexcept;
/// Empty for lines that are parallel, or so nearly that they meet beyond `farthest`.
std::optional<Point> intersection(const Line& a, const Line& b, double farthest = 1e7) noexcept;

/// A projective map of the plane, row by row.
struct Homography {
  std::array<double, 9> m{1, 0, 0, 0, 1, 0, 0, 0, 1};
  Point operator()(Point p) const noexcept {
    const double w = m[6] * p.x + m[7] * p.y + m[8];
    return {(m[0] * p.x + m[1] * p.y + m[2]) / w, (m[3] * p.x + m[4] * p.y + m[5]) / w};
  }
};
/// Takes (0,0), (width,0), (width,height), (0,height) to the corners (Heckbert, "Fundamentals of texture mapping and
/// image warping", 1989, section 2.2.3). The corners must be convex.
Homography from_rectangle(double width, double height, const Corners& corners) noexcept;
/// Throws nothing: a homography of convex corners has an inverse.
Homography inverse(const Homography& h) noexcept;

}  // namespace peel
