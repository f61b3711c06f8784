#pragma once

#include <array>
#include <optional>
#include <span>

#include "base/geometry.hpp"
#include "document/edge_path.hpp"
#include "document/side_profile.hpp"
#include "peel/image.hpp"

namespace peel::document {

/// Offset over place, from node to node in straight lines: paper bends, waves and folds.
struct SideCurve {
  static constexpr std::size_t NODES = 25;
  std::array<double, NODES> nodes{};  ///< at places 0 to 1
  double at(double place) const noexcept;
};

/// A straight line in a side's frame.
struct SideLine {
  double offset = 0;  ///< at place 0
  double slope = 0;   ///< pixels over the whole side
  double at(double place) const noexcept { return offset + place * slope; }
};

/// A side of a page as it was found in a picture.
struct SideFit {
  SideFrame frame;
  SideCurve curve;
  /// What the stretches beside its two ends alone would be led on to: a curled sheet has its corners there.
  std::array<SideLine, 2> ends;
  double support = 0;   ///< share of the seen stretch along which an edge lies on the curve; 0: not found
  double visible = 0;   ///< share of the side that lies in the picture
  double strength = 0;  ///< usual step of colour across the edge, in levels of 255
  double spread = 0;    ///< median distance of the edge from the curve, in pixels
  double unrest = 0;    ///< see EdgePath
  double bend = 0;      ///< greatest distance of the curve from a straight line, in pixels
};

/// The line from corner to corner, not looked for.
SideFit expected_side(Point from, Point to, double visible = 0);

/// The side as an outline shows it: its points near the line from corner to corner make the curve.
SideFit side_along(Point from, Point to, std::span<const Point> outline, double spacing);

/// Looks for the edge near a side; coordinates are those of `picture`. `straight`: the edge is first looked for
/// along every straight line in reach of the side's curve, else near that curve alone. Without an edge the side comes
/// back with support 0.
SideFit fit_side(const PixelView& picture, const SideFit& expected, const ProfileSearch& search, bool straight);

/// How much of the side's edge goes on in a straight line beyond its corners, 0 to 1: a page's ends there, a tile's or
/// a table's does not. Empty where the picture ends before that can be seen. `from` and `to`: the corners.
std::optional<double> overrun(const PixelView& picture, const SideFit& side, Point from, Point to);

/// Where the end of one side meets the start of the next.
std::optional<Point> corner_of(const SideFit& a, const SideFit& b);

}  // namespace peel::document
