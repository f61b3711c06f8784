#include "document/paper.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "document/statistics.hpp"

namespace peel::document {
namespace {

constexpr int CELL = 12;                 // pixels of the working copy: a line or two of print
constexpr double PAPER_QUANTILE = 0.85;  // of a cell's lightness: print covers less than the rest
constexpr float PRINT = 0.78F;           // of the paper's lightness
constexpr float NO_PRINT = 0.9F;
constexpr int LETTERED_ROWS = 2;  // of a cell, with two strokes side by side: the joints of tiles have one

std::uint8_t lightness(const std::uint8_t* pixel) {
  return static_cast<std::uint8_t>((77 * pixel[0] + 150 * pixel[1] + 29 * pixel[2]) >> 8);
}

std::size_t index_in_cell(int x, int y) {
  return static_cast<std::size_t>(y) * CELL + static_cast<std::size_t>(x);
}

}  // namespace

PaperMap::PaperMap(const WorkingCopy& picture) : columns_(picture.width / CELL), rows_(picture.height / CELL) {
  cells_.reserve(static_cast<std::size_t>(columns_) * static_cast<std::size_t>(rows_));
  std::array<std::uint8_t, CELL * CELL> levels{};
  for (int row = 0; row < rows_; ++row) {
    for (int column = 0; column < columns_; ++column) {
      for (int y = 0; y < CELL; ++y) {
        for (int x = 0; x < CELL; ++x) {
          levels[index_in_cell(x, y)] = lightness(picture.at(column * CELL + x, row * CELL + y));
        }
      }
      auto sorted = levels;
      const auto quantile = sorted.begin() + static_cast<std::ptrdiff_t>(PAPER_QUANTILE * CELL * CELL);
      std::nth_element(sorted.begin(), quantile, sorted.end());
      Cell cell;
      cell.centre = {(column + 0.5) * CELL, (row + 0.5) * CELL};
      cell.level = std::max<float>(*quantile, 1);
      float red = 0;
      float blue = 0;
      float count = 0;
      int dark = 0;
      int dim = 0;
      int lettered_rows = 0;
      for (int y = 0; y < CELL; ++y) {
        bool before = false;
        int strokes = 0;
        for (int x = 0; x < CELL; ++x) {
          const float level = levels[index_in_cell(x, y)];
          const bool print = level < PRINT * cell.level;
          dark += print ? 1 : 0;
          dim += level < NO_PRINT * cell.level ? 1 : 0;
          strokes += print && !before ? 1 : 0;
          before = print;
          if (level < cell.level - 4) continue;
          const std::uint8_t* pixel = picture.at(column * CELL + x, row * CELL + y);
          red += static_cast<float>(pixel[0]) / cell.level;
          blue += static_cast<float>(pixel[2]) / cell.level;
          count += 1;
        }
        lettered_rows += strokes >= 2 ? 1 : 0;
      }
      cell.red = red / count;
      cell.blue = blue / count;
      cell.printed = dark >= 3 && dark < CELL * CELL * 6 / 10 && lettered_rows >= LETTERED_ROWS;
      cell.blank = dim <= CELL * CELL / 50;
      cells_.push_back(cell);
    }
  }
}

bool PaperMap::fills_picture() const {
  if (columns_ < 4 || rows_ < 4) return false;
  std::vector<float> levels;
  std::vector<float> reds;
  std::vector<float> blues;
  levels.reserve(cells_.size());
  reds.reserve(cells_.size());
  blues.reserve(cells_.size());
  for (const Cell& cell : cells_) {
    levels.push_back(cell.level);
    reds.push_back(cell.red);
    blues.push_back(cell.blue);
  }
  const float level = median(std::move(levels));
  const float red = median(std::move(reds));
  const float blue = median(std::move(blues));
  constexpr float DARKEST_PAPER = 70;
  if (level < DARKEST_PAPER) return false;
  const auto is_paper = [&](const Cell& cell) {
    constexpr float SHADE = 0.55F;  // of the usual lightness
    constexpr float TINT = 0.12F;
    return cell.level > SHADE * level && std::abs(cell.red - red) < TINT && std::abs(cell.blue - blue) < TINT;
  };
  double paper = 0;
  double printed = 0;
  double frame = 0;
  double frame_paper = 0;
  double frame_blank = 0;
  for (int y = 0; y < rows_; ++y) {
    for (int x = 0; x < columns_; ++x) {
      const Cell& cell = at(x, y);
      paper += is_paper(cell) ? 1 : 0;
      printed += cell.printed ? 1 : 0;
      if (x > 0 && y > 0 && x + 1 < columns_ && y + 1 < rows_) continue;
      frame += 1;
      frame_paper += is_paper(cell) ? 1 : 0;
      frame_blank += is_paper(cell) && cell.blank ? 1 : 0;
    }
  }
  const auto all = static_cast<double>(cells_.size());
  // Flattened pages with a margin have print in 0.07 to 0.31 of their cells, floors and tables with as plain a frame at
  // most 0.02.
  return frame_paper >= 0.95 * frame && frame_blank >= 0.6 * frame && paper >= 0.8 * all && printed >= 0.06 * all &&
         printed < 0.8 * all;
}

double PaperMap::print_outside(const Corners& corners) const {
  double printed = 0;
  double outside = 0;
  for (const Cell& cell : cells_) {
    if (!cell.printed) continue;
    printed += 1;
    for (std::size_t i = 0; i < 4; ++i) {
      if (cross(corners[(i + 1) % 4] - corners[i], cell.centre - corners[i]) < 0) {
        outside += 1;
        break;
      }
    }
  }
  return printed > 0 ? outside / printed : 0;
}

}  // namespace peel::document
