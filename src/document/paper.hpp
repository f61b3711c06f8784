#pragma once

#include <vector>

#include "base/geometry.hpp"
#include "document/working_copy.hpp"

namespace peel::document {

/// A picture looked at as if all of it were one sheet: in cells, what is paper and what is print.
class PaperMap {
 public:
  explicit PaperMap(const WorkingCopy& picture);

  /// Blank paper of one colour nearly all along the picture's frame, and words or rules on it: the page is as large as
  /// the picture or larger.
  bool fills_picture() const;

  /// Paper of one colour all along the picture's frame, nothing on it there.
  bool frames_picture() const;

  /// Paper of one colour along most of the picture's frame, on three of its sides at least, and a page's worth of words
  /// on it: a page that is larger than the picture.
  bool overflows_picture() const;
  /// A ruled line or the edge of a block that runs straight across, along the picture's rows or columns: a scanner's or
  /// a printer's page, as a camera sees none so straight.
  bool is_flat() const;

  /// Words around a quadrilateral (corners in the working copy's pixels) on the ground that it lies on.
  struct Words {
    int outside = 0;  ///< cells
    int inside = 0;   ///< cells, on any ground
    double share() const { return outside == 0 ? 0 : static_cast<double>(outside) / (outside + inside); }
  };
  Words words_around(const Corners& corners) const;

 private:
  struct Paper {
    float level = 0;  ///< lightness, 0 to 255
    float red = 0;    ///< red and blue over the lightness
    float blue = 0;
  };
  struct Cell {
    Point centre;
    Paper under_dark;          ///< the paper if the print is darker than it
    Paper under_light;         ///< and if it is lighter
    bool dark_words = false;   ///< strokes side by side, darker than the paper
    bool light_words = false;  ///< lighter
    bool dark_rules = false;   ///< edges of print along the picture's rows or columns
    bool light_rules = false;
    bool blank = false;  ///< nothing but paper
  };
  const Cell& at(int x, int y) const {
    return cells_[static_cast<std::size_t>(y) * static_cast<std::size_t>(columns_) + static_cast<std::size_t>(x)];
  }
  bool on_frame(int x, int y) const { return x == 0 || y == 0 || x + 1 == columns_ || y + 1 == rows_; }
  template <typename Choose>
  Paper usual(const Choose& chosen) const;
  static Cell read(const WorkingCopy& picture, int left, int top);

  int columns_ = 0;
  int rows_ = 0;
  std::vector<Cell> cells_;
  Paper sheet_;             ///< the paper along the frame
  double frame_paper_ = 0;  ///< share of the frame's cells that are it
  double frame_blank_ = 0;  ///< and have nothing on it
  int sides_of_paper_ = 0;  ///< of the picture, along most of which it lies
};

}  // namespace peel::document
