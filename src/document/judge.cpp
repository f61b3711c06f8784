#include "document/judge.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace peel::document {
namespace {

void judge_shape(const Corners& corners, Evidence& evidence) {
  double departure = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const Point a = corners[(i + 1) % 4] - corners[i];
    const Point b = corners[(i + 3) % 4] - corners[i];
    const double angle = std::atan2(std::abs(cross(a, b)), dot(a, b));
    departure = std::max(departure, std::abs(angle - std::numbers::pi / 2) / (std::numbers::pi / 2));
  }
  evidence.squareness = 1 - departure;
}

}  // namespace

Evidence evidence_for(const PixelView& picture, const FittedPage& page, std::span<const MaskRegion> regions,
                      bool has_mask) {
  const double picture_width = picture.width;
  const double picture_height = picture.height;
  Evidence evidence;
  evidence.has_mask = has_mask;
  judge_shape(page.corners, evidence);
  double outline = 0;
  double seen = 0;
  double supported = 0;
  int ends_seen = 0;
  evidence.least_support = 1;
  evidence.straightness = 1;
  for (std::size_t i = 0; i < 4; ++i) {
    const SideFit& side = page.sides[i];
    const double length = distance(page.corners[i], page.corners[(i + 1) % 4]);
    outline += length;
    seen += length * side.visible;
    supported += length * side.visible * side.support;
    evidence.unrest += length * side.visible * side.unrest;
    constexpr double SEEN_ENOUGH = 0.2;
    if (side.visible < SEEN_ENOUGH) continue;
    if (const auto beyond = overrun(picture, side, page.corners[i], page.corners[(i + 1) % 4])) {
      evidence.overrun += *beyond;
      ++ends_seen;
    }
    evidence.least_support = std::min(evidence.least_support, side.support);
    evidence.straightness = std::min(evidence.straightness, 1 - side.bend / std::max(length, 1e-9));
  }
  if (ends_seen > 0) evidence.overrun /= ends_seen;
  evidence.visible = seen / outline;
  evidence.support = seen > 0 ? supported / seen : 0;
  evidence.unrest = seen > 0 ? evidence.unrest / seen : 1;
  if (seen <= 0) evidence.least_support = 0;

  const Point frame[] = {{0, 0}, {picture_width, 0}, {picture_width, picture_height}, {0, picture_height}};
  const std::vector<Point> in_picture = clip(page.corners, frame);
  const double own = std::max(area(in_picture), 1e-9);
  evidence.size = own / (picture_width * picture_height);
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

double log_odds(const Evidence& e) {
  double sum = -28 + 13.8 * e.support + 1.8 * e.least_support + 2.7 * e.visible - 7.4 * e.overrun;
  sum += 1.2 * e.squareness + 10.5 * std::min(e.straightness, 0.97);
  // In noise every line has steps under it; beside pages that are there this was at most 0.21.
  sum -= 25 * std::max(0.0, e.unrest - 0.2);
  // A page that is but a speck is seldom meant; and a frame printed on a page is as sharp as the page.
  sum += 3.1 * std::min(1.0, e.size / 0.05) + 1.3 * std::min(0.0, std::log(std::max(e.size, 1e-6) / 0.35));
  if (e.has_mask) {
    sum += 28.5 * std::max(0.0, e.likeness - 0.8);
    // A mask of the print alone lies inside its page; one of something else lies elsewhere, or fills much of it.
    sum -= 1.4 * (1 - e.holds) + 8 * e.holds * (1 - std::max(e.likeness, 0.5));
  }
  return sum;
}

double confidence(const Evidence& evidence) {
  return 1 / (1 + std::exp(-log_odds(evidence)));
}

}  // namespace peel::document
