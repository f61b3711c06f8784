#include "document/mask_region.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <opencv2/imgproc.hpp>
#include <optional>

namespace peel::document {
namespace {

constexpr int LARGEST_SIDE = 400;             // a finer mask is reduced: its edges are only a start
constexpr double LEAST_REGION_SHARE = 0.004;  // of the picture; a bank card in a picture of a table

cv::Mat small_mask(const Image& mask) {
  // OpenCV has no const view; nothing writes through it.
  cv::Mat whole(mask.height(), mask.width(), CV_8UC1, const_cast<std::byte*>(mask.data()),  // NOLINT
                static_cast<std::size_t>(mask.stride()));
  const double scale = static_cast<double>(LARGEST_SIDE) / std::max(mask.width(), mask.height());
  if (scale >= 1) return whole;
  cv::Mat reduced;
  const cv::Size size(std::max(1, static_cast<int>(std::lround(mask.width() * scale))),
                      std::max(1, static_cast<int>(std::lround(mask.height() * scale))));
  cv::resize(whole, reduced, size, 0, 0, cv::INTER_AREA);
  return reduced;
}

// Contours run through the centres of pixels: their polygon lacks half a pixel all round.
std::vector<Point> widened(const std::vector<cv::Point>& contour, double by_x, double by_y) {
  std::vector<Point> points;
  points.reserve(contour.size() * 4);
  for (const cv::Point& p : contour) points.push_back({(p.x + 0.5) * by_x, (p.y + 0.5) * by_y});
  return points;
}

std::vector<Point> hull_of_pixels(const std::vector<cv::Point>& contour, double by_x, double by_y) {
  std::vector<cv::Point> corners;
  corners.reserve(contour.size() * 4);
  for (const cv::Point& p : contour) {
    corners.push_back(p);
    corners.emplace_back(p.x + 1, p.y);
    corners.emplace_back(p.x, p.y + 1);
    corners.emplace_back(p.x + 1, p.y + 1);
  }
  std::vector<cv::Point> hull;
  cv::convexHull(corners, hull);
  std::vector<Point> points;
  points.reserve(hull.size());
  for (const cv::Point& p : hull) points.push_back({p.x * by_x, p.y * by_y});
  if (area(points) < 0) std::reverse(points.begin(), points.end());
  return points;
}

struct Side {
  Point from;
  Point to;
  bool frame = false;
};

// What the polygon gains when side i goes and its neighbours are led on until they meet.
struct Removal {
  std::size_t side = 0;
  Point meeting;
  double cost = std::numeric_limits<double>::infinity();
};

Removal cheapest(const std::vector<Side>& sides, double farthest, double frame_price) {
  Removal best;
  for (std::size_t i = 0; i < sides.size(); ++i) {
    const Side& before = sides[(i + sides.size() - 1) % sides.size()];
    const Side& after = sides[(i + 1) % sides.size()];
    if (cross(before.to - before.from, after.to - after.from) <= 0) continue;  // they part
    const auto meeting =
        intersection(line_through(before.from, before.to), line_through(after.from, after.to), farthest);
    if (!meeting) continue;
    const Point triangle[] = {sides[i].from, *meeting, sides[i].to};
    double cost = std::abs(area(triangle));
    if (sides[i].frame) cost *= frame_price;
    if (cost < best.cost) best = {i, *meeting, cost};
  }
  return best;
}

void remove(std::vector<Side>& sides, const Removal& removal) {
  const std::size_t count = sides.size();
  sides[(removal.side + count - 1) % count].to = removal.meeting;
  sides[(removal.side + 1) % count].from = removal.meeting;
  sides.erase(sides.begin() + static_cast<std::ptrdiff_t>(removal.side));
}

}  // namespace

double mask_share(const Image& mask) {
  std::size_t inside = 0;
  const auto* values = reinterpret_cast<const std::uint8_t*>(mask.data());
  for (std::size_t i = 0; i < mask.size_bytes(); ++i) inside += values[i] >= 128 ? 1 : 0;
  return static_cast<double>(inside) / static_cast<double>(mask.size_bytes());
}

std::vector<MaskRegion> mask_regions(const Image& mask, int picture_width, int picture_height, std::size_t most) {
  const cv::Mat binary = small_mask(mask) >= 128;
  const double by_x = static_cast<double>(picture_width) / binary.cols;
  const double by_y = static_cast<double>(picture_height) / binary.rows;
  std::vector<std::vector<cv::Point>> contours;
  cv::findContours(binary, contours, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_NONE);

  std::vector<MaskRegion> regions;
  regions.reserve(contours.size());
  for (const auto& contour : contours) {
    MaskRegion region;
    region.hull = hull_of_pixels(contour, by_x, by_y);
    if (region.hull.size() < 3) continue;
    region.outline = widened(contour, by_x, by_y);
    if (area(region.outline) < 0) std::reverse(region.outline.begin(), region.outline.end());
    region.area = area(region.outline);
    region.share = region.area / (static_cast<double>(picture_width) * picture_height);
    region.pixel = std::max(by_x, by_y);
    if (region.share >= LEAST_REGION_SHARE) regions.push_back(std::move(region));
  }
  std::sort(regions.begin(), regions.end(), [](const auto& a, const auto& b) { return a.area > b.area; });
  if (regions.size() > most) regions.resize(most);
  return regions;
}

std::vector<Corners> quadrilaterals_of(const MaskRegion& region, int picture_width, int picture_height) {
  const double tolerance = 1.01 * region.pixel;
  const auto along_frame = [&](Point a, Point b) {
    return (a.x < tolerance && b.x < tolerance) || (a.y < tolerance && b.y < tolerance) ||
           (a.x > picture_width - tolerance && b.x > picture_width - tolerance) ||
           (a.y > picture_height - tolerance && b.y > picture_height - tolerance);
  };
  std::vector<Side> hull;
  hull.reserve(region.hull.size());
  for (std::size_t i = 0; i < region.hull.size(); ++i) {
    const Point a = region.hull[i];
    const Point b = region.hull[(i + 1) % region.hull.size()];
    hull.push_back({a, b, along_frame(a, b)});
  }
  const double farthest = 3.0 * std::max(picture_width, picture_height);
  std::vector<Corners> found;
  // A stretch of the frame cuts a corner off, or hides a side: which of these is for the judge to say.
  for (const double frame_price : {0.1, 0.001}) {
    std::vector<Side> sides = hull;
    while (sides.size() > 4) {
      const Removal removal = cheapest(sides, farthest, frame_price);
      if (!std::isfinite(removal.cost)) break;
      remove(sides, removal);
    }
    if (sides.size() != 4) continue;
    const Corners corners = {sides[0].from, sides[1].from, sides[2].from, sides[3].from};
    if (!is_convex(corners)) continue;
    constexpr double THE_SAME = 0.99;  // intersection over union
    if (found.empty() || iou(found.front(), corners) < THE_SAME) found.push_back(in_order(corners));
  }
  return found;
}

}  // namespace peel::document
