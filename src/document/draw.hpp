#pragma once

#include "document/find_page.hpp"
#include "peel/document.hpp"

namespace peel::document {

/// What a search went by, over the picture it was made in.
ScanDrawings draw_search(const Image& picture, const Search& search, const ScanResult& result);

/// The same for corners given by hand: the candidates are the picture alone.
ScanDrawings draw_corners(const Image& picture, const Corners& corners);

}  // namespace peel::document
