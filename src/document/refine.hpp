#pragma once

#include <array>
#include <optional>

#include "document/side_fit.hpp"

namespace peel::document {

/// A quadrilateral whose sides have been looked for in a picture.
struct FittedPage {
  Corners corners{};
  std::array<SideFit, 4> sides;  ///< top, right, bottom, left
};

/// Sides known only by their corners.
FittedPage expected_page(const Corners& corners);

/// The same in a picture `factor` times as large.
FittedPage enlarged(const FittedPage& page, double factor);

/// Fits each side near where it is expected and intersects them; `straight` as in fit_side(). Empty where what comes
/// out is no convex quadrilateral.
std::optional<FittedPage> fit_page(const PixelView& picture, const FittedPage& expected, const ProfileSearch& search,
                                   bool straight);

}  // namespace peel::document
