#pragma once

#include <vector>

#include "document/side_profile.hpp"

namespace peel::document {

/// A place on a side's edge.
struct EdgePoint {
  double place = 0;   ///< along the side, 0 to 1
  double offset = 0;  ///< across it, in pixels, to a part of one
  double weight = 0;  ///< how strong the edge is there, 0 to 1 of its usual strength
};

struct EdgePath {
  std::vector<EdgePoint> points;  ///< in rows where there is an edge
  double strength = 0;            ///< usual step of colour, in levels
  double unrest = 0;              ///< usual change from column to column on the page's side, over `strength`
};

/// Follows the edge through a profile. With `straight`, the straight line of most edge under it is looked for first,
/// over all of the window; then, around it or around the guide, the path of most edge from row to row, which may bend
/// as paper does (Viterbi's algorithm, with a price for leaving the line and for every sideways step).
EdgePath follow_edge(const SideProfile& profile, bool straight);

}  // namespace peel::document
