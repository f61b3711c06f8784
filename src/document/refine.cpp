#include "document/refine.hpp"

namespace peel::document {

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
  for (SideFit& side : page.sides) side = fit_side(picture, side, search, straight);
  for (std::size_t i = 0; i < 4; ++i) {
    const auto corner = corner_of(page.sides[(i + 3) % 4], page.sides[i]);
    if (!corner) return std::nullopt;
    page.corners[i] = *corner;
  }
  if (!is_convex(page.corners)) return std::nullopt;
  return page;
}

}  // namespace peel::document
