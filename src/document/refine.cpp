#include "document/refine.hpp"

#include <algorithm>
#include <cmath>

namespace peel::document {
namespace {

/// The line of the picture's frame that a side lies along, led from corner to corner; empty where it does not.
std::optional<SideFit> along_frame(const PixelView& picture, const Corners& corners, std::size_t side) {
  constexpr double NEAR = 0.012;  // of the picture's longer side; a mask's pixel and a half
  const double tolerance = NEAR * std::max(picture.width, picture.height);
  Point from = corners[side];
  Point to = corners[(side + 1) % 4];
  const auto snap = [&](double Point::*part, double border) {
    if (std::abs(from.*part - border) > tolerance || std::abs(to.*part - border) > tolerance) return false;
    from.*part = to.*part = border;
    return true;
  };
  const bool along =
      snap(&Point::x, 0) || snap(&Point::y, 0) || snap(&Point::x, picture.width) || snap(&Point::y, picture.height);
  return along ? std::optional(expected_side(from, to)) : std::nullopt;
}

}  // namespace

FittedPage expected_page(const Corners& corners) {
  FittedPage page;
  page.corners = corners;
  for (std::size_t i = 0; i < 4; ++i) page.sides[i] = expected_side(corners[i], corners[(i + 1) % 4]);
  return page;
}

FittedPage enlarged(const FittedPage& page, double factor) {
  FittedPage large = page;
  for (Point& corner : large.corners) corner = factor * corner;
  for (SideFit& side : large.sides) {
    side.frame.origin = factor * side.frame.origin;
    side.frame.length *= factor;
    side.spread *= factor;
    side.bend *= factor;
    for (double& node : side.curve.nodes) node *= factor;
    for (SideLine& end : side.ends) end = {factor * end.offset, factor * end.slope};
  }
  return large;
}

std::optional<FittedPage> fit_page(const PixelView& picture, const FittedPage& expected, const ProfileSearch& search,
                                   bool straight) {
  FittedPage page = expected;
  for (std::size_t i = 0; i < 4; ++i) {
    SideFit& side = page.sides[i];
    side = fit_side(picture, side, search, straight);
    // Where the picture ends there is no edge to be seen; what was found instead is print.
    constexpr double AN_EDGE = 0.5;
    if (side.support >= AN_EDGE) continue;
    if (const auto frame = along_frame(picture, expected.corners, i)) side = *frame;
  }
  for (std::size_t i = 0; i < 4; ++i) {
    const auto corner = corner_of(page.sides[(i + 3) % 4], page.sides[i]);
    if (!corner) return std::nullopt;
    page.corners[i] = *corner;
  }
  if (!is_convex(page.corners)) return std::nullopt;
  return page;
}

}  // namespace peel::document
