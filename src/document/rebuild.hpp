#pragma once

#include <optional>

#include "base/geometry.hpp"
#include "document/camera.hpp"
#include "peel/document.hpp"

namespace peel::document {

/// The corners of a page of which one side (0 top, 1 right, 2 bottom, 3 left) lies outside the picture, from the three
/// others: two of them are parallel on the page and give its one vanishing point, the focal length gives the other on
/// the third side, square to it.
///
/// With a forced shape the hidden side is where the page's proportions put it, standing or lying, whichever of these
/// that lies outside the picture is nearer. Without one it is put where the page leaves the picture, parallel to the
/// opposite side on the page: the part that is seen becomes a rectangle. Empty where the sides make no page.
std::optional<Corners> rebuild(const Corners& seen, std::size_t hidden, int width, int height, const Pinhole& camera,
                               const PageShape& shape);

}  // namespace peel::document
