#pragma once

#include <optional>
#include <string_view>

#include "peel/document.hpp"

namespace peel::document {

/// Whether a page is a bank or identity card: its shape is one's, and its corners are rounded as these are.
bool is_card(const Image& picture, const Corners& corners, const AspectRatio& measured);

/// One of page_formats().
const PageFormat& format_named(std::string_view name);

/// How large a page of so many pixels is on paper. `whole`: it is the picture itself. A format that this tells, where
/// none was taken, is put into `aspect`.
PageSize page_size(const Image& picture, const PageDimensions& page, bool whole, const PageShape& shape,
                   AspectRatio& aspect);

}  // namespace peel::document
