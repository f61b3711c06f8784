#include "document/paper.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "document/statistics.hpp"

namespace peel::document {
namespace {

constexpr int CELL = 12;  // pixels of the working copy: a line or two of print
constexpr std::size_t PIXELS = static_cast<std::size_t>(CELL) * CELL;
constexpr double PAPER_QUANTILE = 0.85;  // of a cell's lightness: print covers less than the rest
constexpr float PRINT = 0.78F;           // of the paper's lightness
constexpr float NO_PRINT = 0.9F;
constexpr int LETTERED_ROWS = 2;  // of a cell, with two strokes side by side: the joints of tiles have one

using Levels = std::array<std::uint8_t, PIXELS>;

std::uint8_t lightness(const std::uint8_t* pixel) {
  return static_cast<std::uint8_t>((77 * pixel[0] + 150 * pixel[1] + 29 * pixel[2]) >> 8);
}

std::size_t index_in_cell(int x, int y) {
  return static_cast<std::size_t>(y) * CELL + static_cast<std::size_t>(x);
}

struct Marks {
  bool words = false;
  bool rules = false;
};

/// What a cell's print looks like.
template <typename IsPrint>
Marks marks_in(const Levels& levels, const IsPrint& is_print) {
  int printed = 0;
  int lettered_rows = 0;
  int full_rows = 0;
  int mixed_rows = 0;
  std::array<int, CELL> in_column{};
  for (int y = 0; y < CELL; ++y) {
    bool before = false;
    int strokes = 0;
    int in_row = 0;
    for (int x = 0; x < CELL; ++x) {
      const bool print = is_print(static_cast<float>(levels[index_in_cell(x, y)]));
      in_row += print ? 1 : 0;
      in_column[static_cast<std::size_t>(x)] += print ? 1 : 0;
      strokes += print && !before ? 1 : 0;
      before = print;
    }
    printed += in_row;
    lettered_rows += strokes >= 2 ? 1 : 0;
    full_rows += in_row == CELL ? 1 : 0;
    mixed_rows += in_row > 0 && in_row < CELL ? 1 : 0;
  }
  const auto full_columns = std::count(in_column.begin(), in_column.end(), CELL);
  const auto empty_columns = std::count(in_column.begin(), in_column.end(), 0);
  constexpr int MOST = static_cast<int>(PIXELS) * 6 / 10;
  Marks marks;
  marks.words = printed >= 3 && printed < MOST && lettered_rows >= LETTERED_ROWS;
  // One row between print and paper may be both.
  const bool across = full_rows > 0 && full_rows < CELL - 1 && mixed_rows <= 1;
  const bool down = full_columns > 0 && full_columns < CELL - 1 && full_columns + empty_columns >= CELL - 1;
  marks.rules = across || down;
  return marks;
}

}  // namespace

PaperMap::Cell PaperMap::read(const WorkingCopy& picture, int left, int top) {
  Levels levels{};
  for (int y = 0; y < CELL; ++y) {
    for (int x = 0; x < CELL; ++x) levels[index_in_cell(x, y)] = lightness(picture.at(left + x, top + y));
  }
  const auto quantile = [&](double share) {
    Levels sorted = levels;
    const auto nth = sorted.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(PIXELS));
    std::nth_element(sorted.begin(), nth, sorted.end());
    return std::max<float>(*nth, 1);
  };
  Cell cell;
  cell.centre = {left + 0.5 * CELL, top + 0.5 * CELL};
  cell.under_dark.level = quantile(PAPER_QUANTILE);
  cell.under_light.level = quantile(1 - PAPER_QUANTILE);
  for (Paper* const paper : {&cell.under_dark, &cell.under_light}) {
    float count = 0;
    for (int y = 0; y < CELL; ++y) {
      for (int x = 0; x < CELL; ++x) {
        const float level = levels[index_in_cell(x, y)];
        if (paper == &cell.under_dark ? level < paper->level - 4 : level > paper->level + 4) continue;
        const std::uint8_t* pixel = picture.at(left + x, top + y);
        paper->red += static_cast<float>(pixel[0]) / paper->level;
        paper->blue += static_cast<float>(pixel[2]) / paper->level;
        count += 1;
      }
    }
    paper->red /= count;
    paper->blue /= count;
  }
  const float dark = cell.under_dark.level;
  const float light = cell.under_light.level;
  const Marks below = marks_in(levels, [&](float level) { return level < PRINT * dark; });
  const Marks above = marks_in(levels, [&](float level) { return PRINT * level > light + 6; });
  cell.dark_words = below.words;
  cell.dark_rules = below.rules;
  cell.light_words = above.words;
  cell.light_rules = above.rules;
  const auto marked = std::count_if(levels.begin(), levels.end(), [&](std::uint8_t level) {
    const auto tone = static_cast<float>(level);
    return tone < NO_PRINT * dark || NO_PRINT * tone > dark + 2;
  });
  cell.blank = marked <= CELL * CELL / 50;
  return cell;
}

template <typename Choose>
PaperMap::Paper PaperMap::usual(const Choose& chosen) const {
  std::vector<float> levels;
  std::vector<float> reds;
  std::vector<float> blues;
  for (int y = 0; y < rows_; ++y) {
    for (int x = 0; x < columns_; ++x) {
      if (!chosen(x, y)) continue;
      const Paper& paper = at(x, y).under_dark;
      levels.push_back(paper.level);
      reds.push_back(paper.red);
      blues.push_back(paper.blue);
    }
  }
  return {median(std::move(levels)), median(std::move(reds)), median(std::move(blues))};
}

namespace {

/// Whether one is the other in another light.
template <typename Paper>
bool alike(const Paper& one, const Paper& other, float shade, float tint) {
  return one.level > shade * other.level && shade * one.level < other.level && std::abs(one.red - other.red) < tint &&
         std::abs(one.blue - other.blue) < tint;
}

constexpr float SHADE = 0.55F;  // across the whole picture
constexpr float TINT = 0.12F;

}  // namespace

PaperMap::PaperMap(const WorkingCopy& picture) : columns_(picture.width / CELL), rows_(picture.height / CELL) {
  if (columns_ < 4 || rows_ < 4) {
    columns_ = rows_ = 0;
    return;
  }
  cells_.reserve(static_cast<std::size_t>(columns_) * static_cast<std::size_t>(rows_));
  for (int row = 0; row < rows_; ++row) {
    for (int column = 0; column < columns_; ++column) cells_.push_back(read(picture, column * CELL, row * CELL));
  }
  sheet_ = usual([&](int x, int y) { return on_frame(x, y); });
  double frame = 0;
  std::array<int, 4> sides{};
  for (int y = 0; y < rows_; ++y) {
    for (int x = 0; x < columns_; ++x) {
      if (!on_frame(x, y)) continue;
      frame += 1;
      const bool paper = alike(at(x, y).under_dark, sheet_, SHADE, TINT);
      frame_paper_ += paper ? 1 : 0;
      if (paper) {
        sides[0] += y == 0 ? 1 : 0;
        sides[1] += x + 1 == columns_ ? 1 : 0;
        sides[2] += y + 1 == rows_ ? 1 : 0;
        sides[3] += x == 0 ? 1 : 0;
      }
      frame_blank_ += paper && at(x, y).blank ? 1 : 0;
    }
  }
  frame_paper_ /= frame;
  frame_blank_ /= frame;
  constexpr double MOST = 0.7;
  for (std::size_t i = 0; i < sides.size(); ++i) {
    sides_of_paper_ += sides[i] >= MOST * (i % 2 == 0 ? columns_ : rows_) ? 1 : 0;
  }
}

bool PaperMap::overflows_picture() const {
  if (sides_of_paper_ < 3 || frame_paper_ < 0.6) return false;
  double paper = 0;
  double words = 0;
  for (const Cell& cell : cells_) {
    const bool is_paper = alike(cell.under_dark, sheet_, SHADE, TINT);
    paper += is_paper ? 1 : 0;
    words += is_paper && cell.dark_words ? 1 : 0;
  }
  const auto all = static_cast<double>(cells_.size());
  return paper >= 0.6 * all && words >= 0.04 * all && words < 0.8 * all;
}

bool PaperMap::is_flat() const {
  constexpr double ACROSS = 0.6;  // of the picture
  std::vector<int> in_row(static_cast<std::size_t>(rows_));
  std::vector<int> in_column(static_cast<std::size_t>(columns_));
  for (int y = 0; y < rows_; ++y) {
    for (int x = 0; x < columns_; ++x) {
      const bool ruled = at(x, y).dark_rules || at(x, y).light_rules;
      in_row[static_cast<std::size_t>(y)] += ruled ? 1 : 0;
      in_column[static_cast<std::size_t>(x)] += ruled ? 1 : 0;
    }
  }
  return std::any_of(in_row.begin(), in_row.end(), [&](int count) { return count >= ACROSS * columns_; }) ||
         std::any_of(in_column.begin(), in_column.end(), [&](int count) { return count >= ACROSS * rows_; });
}

bool PaperMap::frames_picture() const {
  return frame_paper_ >= 0.97 && frame_blank_ >= 0.9;
}

bool PaperMap::fills_picture() const {
  if (cells_.empty() || frame_paper_ < 0.95 || frame_blank_ < 0.6) return false;
  constexpr float DARKEST_PAPER = 70;
  double paper = 0;
  double blank = 0;
  double words = 0;
  double own_words = 0;  // on the sheet itself
  double marks = 0;      // words and rules there
  for (const Cell& cell : cells_) {
    const bool dark_print = sheet_.level >= DARKEST_PAPER && alike(cell.under_dark, sheet_, SHADE, TINT);
    const bool light_print = alike(cell.under_light, sheet_, SHADE, TINT);
    paper += dark_print ? 1 : 0;
    blank += alike(cell.under_dark, sheet_, SHADE, TINT) && cell.blank ? 1 : 0;
    words += cell.dark_words ? 1 : 0;
    own_words += (dark_print && cell.dark_words) || (light_print && cell.light_words) ? 1 : 0;
    marks +=
        (dark_print && (cell.dark_words || cell.dark_rules)) || (light_print && (cell.light_words || cell.light_rules))
            ? 1
            : 0;
  }
  const auto all = static_cast<double>(cells_.size());
  // Flattened pages with a margin have print in 0.07 to 0.31 of their cells, floors and tables with as plain a frame at
  // most 0.02.
  if (paper >= 0.8 * all && words >= 0.06 * all && words < 0.8 * all) return true;
  // With less on it: what is not blank is print. Rules without words have to end before the picture does, which joints
  // of tiles do not.
  constexpr double FEWEST = 4;
  const double least_blank = own_words >= FEWEST ? 0.9 : 0.99;
  return frame_blank_ >= least_blank && marks >= FEWEST && marks >= 0.4 * (all - blank);
}

PaperMap::Words PaperMap::words_around(const Corners& corners) const {
  const auto outside = [&](Point p) {
    double farthest = -HUGE_VAL;
    for (std::size_t i = 0; i < 4; ++i) {
      const Point side = corners[(i + 1) % 4] - corners[i];
      farthest = std::max(farthest, -cross(side, p - corners[i]) / length(side));
    }
    return farthest;
  };
  constexpr double RING = 2.5 * CELL;
  const auto in_ring = [&](int x, int y) {
    const double away = outside(at(x, y).centre);
    return away > CELL && away < RING;
  };
  const Paper ground = usual(in_ring);
  constexpr float NEAR_SHADE = 0.75F;
  constexpr float NEAR_TINT = 0.08F;
  double ring = 0;
  double even = 0;
  Words words;
  for (int y = 0; y < rows_; ++y) {
    for (int x = 0; x < columns_; ++x) {
      const Cell& cell = at(x, y);
      const double away = outside(cell.centre);
      if (away <= 0) {
        words.inside += cell.dark_words || cell.light_words ? 1 : 0;
        continue;
      }
      if (away < CELL) continue;
      const bool under_dark = alike(cell.under_dark, ground, NEAR_SHADE, NEAR_TINT);
      const bool under_light = alike(cell.under_light, ground, NEAR_SHADE, NEAR_TINT);
      words.outside += (under_dark && cell.dark_words) || (under_light && cell.light_words) ? 1 : 0;
      if (away < RING) {
        ring += 1;
        even += under_dark || under_light ? 1 : 0;
      }
    }
  }
  if (even < 0.6 * ring) words.outside = 0;
  return words;
}

}  // namespace peel::document
