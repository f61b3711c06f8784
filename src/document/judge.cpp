#include "document/judge.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace peel::document {
namespace {

double logit(const Evidence& e) {
  double sum = -9.5 + 6.0 * e.support + 3.0 * e.least_support + 2.0 * e.squareness + 1.0 * e.evenness;
  if (e.has_mask) sum += 5.0 * (e.likeness - 0.6) + 1.5 * (e.holds - 0.5);
  // Sides outside the picture were not seen.
  sum -= 4.0 * (1 - e.visible);
  // A page that is but a speck is seldom meant.
  sum -= 2.0 * std::max(0.0, 1 - e.size / 0.03);
  return sum;
}

void judge_shape(const Corners& corners, Evidence& evidence) {
  double departure = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const Point a = corners[(i + 1) % 4] - corners[i];
    const Point b = corners[(i + 3) % 4] - corners[i];
    const double angle = std::atan2(std::abs(cross(a, b)), dot(a, b));
    departure = std::max(departure, std::abs(angle - std::numbers::pi / 2) / (std::numbers::pi / 2));
  }
  evidence.squareness = 1 - departure;
  const auto side = [&](std::size_t i) { return distance(corners[i], corners[(i + 1) % 4]); };
  const auto ratio = [&](std::size_t i) { return std::min(side(i), side(i + 2)) / std::max(side(i), side(i + 2)); };
  evidence.evenness = std::min(ratio(0), ratio(1));
}

}  // namespace

Evidence evidence_for(const FittedPage& page, std::span<const MaskRegion> regions, double picture_width,
                      double picture_height) {
  Evidence evidence;
  judge_shape(page.corners, evidence);
  double outline = 0;
  double seen = 0;
  double supported = 0;
  evidence.least_support = 1;
  evidence.straightness = 1;
  for (std::size_t i = 0; i < 4; ++i) {
    const SideFit& side = page.sides[i];
    const double length = distance(page.corners[i], page.corners[(i + 1) % 4]);
    outline += length;
    seen += length * side.visible;
    supported += length * side.visible * side.support;
    constexpr double SEEN_ENOUGH = 0.2;
    if (side.visible < SEEN_ENOUGH) continue;
    evidence.least_support = std::min(evidence.least_support, side.support);
    evidence.straightness = std::min(evidence.straightness, 1 - side.bend / std::max(length, 1e-9));
  }
  evidence.visible = seen / outline;
  evidence.support = seen > 0 ? supported / seen : 0;
  if (seen <= 0) evidence.least_support = 0;

  const Point frame[] = {{0, 0}, {picture_width, 0}, {picture_width, picture_height}, {0, picture_height}};
  const std::vector<Point> in_picture = clip(page.corners, frame);
  const double own = std::max(area(in_picture), 1e-9);
  evidence.size = own / (picture_width * picture_height);
  evidence.has_mask = !regions.empty();
  double all = 0;
  double inside = 0;
  for (const MaskRegion& region : regions) {
    const double both = std::max(0.0, area(clip(region.outline, page.corners)));
    all += region.area;
    inside += both;
    evidence.likeness = std::max(evidence.likeness, both / (own + region.area - both));
  }
  evidence.holds = all > 0 ? std::min(1.0, inside / all) : 0;
  return evidence;
}

double confidence(const Evidence& evidence) {
  return 1 / (1 + std::exp(-logit(evidence)));
}

double rank(const Evidence& evidence) {
  return logit(evidence) + 0.8 * std::log(std::max(evidence.size, 1e-6));
}

}  // namespace peel::document
