#pragma once

#include <vector>

#include "base/geometry.hpp"
#include "document/working_copy.hpp"

namespace peel::document {

/// A picture looked at as if all of it were one sheet: in cells, what is paper and what is print.
class PaperMap {
 public:
  explicit PaperMap(const WorkingCopy& picture);

  /// Blank paper nearly all along the picture's frame, paper of the same colour nearly everywhere, and print on it: the
  /// page is as large as the picture or larger.
  bool fills_picture() const;
  /// Share of the print that lies outside these corners (in the working copy's pixels); 0 where there is none.
  double print_outside(const Corners& corners) const;

 private:
  struct Cell {
    Point centre;
    float level = 0;  ///< lightness of its paper, 0 to 255
    float red = 0;    ///< its paper's red and blue over its lightness
    float blue = 0;
    bool printed = false;  ///< strokes side by side, darker than the paper
    bool blank = false;    ///< nothing but paper
  };
  const Cell& at(int x, int y) const {
    return cells_[static_cast<std::size_t>(y) * static_cast<std::size_t>(columns_) + static_cast<std::size_t>(x)];
  }

  int columns_ = 0;
  int rows_ = 0;
  std::vector<Cell> cells_;
};

}  // namespace peel::document
