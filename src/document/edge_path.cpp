#include "document/edge_path.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

#include "document/statistics.hpp"

namespace peel::document {
namespace {

constexpr float LEAST_STEP = 1.5f;    // of colour, in levels: below it noise and JPEG's blocks make edges everywhere
constexpr float LEAST_WORTH = -0.3f;  // of a step the wrong way
constexpr float LEAVING = 0.4f;       // price of lying as far from the line as the window reaches
constexpr float SIDEWAYS = 0.12f;     // price of one column from a row to the next

/// Steps of colour as shares of the usual one, at most 1: a line of print or a pen must not outweigh a faint side.
struct Worth {
  std::vector<float> values;
  float cap = LEAST_STEP;
};

float usual_strength(const SideProfile& profile) {
  std::vector<float> strongest;
  strongest.reserve(static_cast<std::size_t>(profile.rows));
  for (int row = 0; row < profile.rows; ++row) {
    if (profile.seen[static_cast<std::size_t>(row)] == 0) continue;
    float most = 0;
    for (int column = 0; column < profile.columns; ++column) most = std::max(most, profile.at(row, column));
    strongest.push_back(most);
  }
  return std::max(LEAST_STEP, median(std::move(strongest)));
}

Worth worth_of(const SideProfile& profile) {
  Worth worth;
  worth.cap = usual_strength(profile);
  worth.values.reserve(profile.change.size());
  for (const float change : profile.change) worth.values.push_back(std::clamp(change / worth.cap, LEAST_WORTH, 1.0f));
  return worth;
}

/// How restless the page itself is beside its edge. In noise and texture every line has steps under it.
double unrest_of(const SideProfile& profile, float strength) {
  std::vector<float> changes;
  changes.reserve(profile.change.size());
  for (int row = 0; row < profile.rows; ++row) {
    if (profile.seen[static_cast<std::size_t>(row)] == 0) continue;
    for (int column = 0; column < profile.columns / 2 - 1; ++column)
      changes.push_back(std::abs(profile.at(row, column)));
  }
  return median(std::move(changes)) / strength;
}

struct StraightLine {
  float first = 0;  ///< column at the side's first corner
  float last = 0;   ///< at its second
  float score = -std::numeric_limits<float>::infinity();
};

/// Every line from one end of the window to the other.
StraightLine best_line(const SideProfile& profile, const Worth& worth) {
  std::vector<std::pair<float, const float*>> rows;
  rows.reserve(static_cast<std::size_t>(profile.rows));
  for (std::size_t row = 0; row < static_cast<std::size_t>(profile.rows); ++row) {
    if (profile.seen[row] == 0) continue;
    rows.emplace_back(static_cast<float>(profile.place[row]),
                      worth.values.data() + row * static_cast<std::size_t>(profile.columns));
  }
  StraightLine best;
  const float middle = static_cast<float>(profile.columns - 1) / 2;
  for (int first = 0; first < profile.columns; ++first) {
    for (int last = 0; last < profile.columns; ++last) {
      const auto from = static_cast<float>(first);
      const auto slope = static_cast<float>(last - first);
      float sum = 0;
      for (const auto& [place, values] : rows) sum += values[static_cast<int>(from + place * slope + 0.5f)];
      // Of two as good that nearer to what was expected.
      const float far = (std::abs(from - middle) + std::abs(from + slope - middle)) / (2 * middle);
      const float score = sum / static_cast<float>(rows.size()) - 0.05f * far;
      if (score > best.score) best = {from, from + slope, score};
    }
  }
  return best;
}

/// The column of the path in each row.
std::vector<int> best_path(const SideProfile& profile, const Worth& worth, const StraightLine& line) {
  constexpr int FARTHEST = 2;  // columns from row to row
  const auto columns = static_cast<std::size_t>(profile.columns);
  const auto rows = static_cast<std::size_t>(profile.rows);
  const float half = static_cast<float>(profile.columns - 1) / 2;
  std::vector<float> total(columns, 0);
  std::vector<float> next(columns);
  std::vector<std::int8_t> came(rows * columns, 0);
  for (std::size_t row = 0; row < rows; ++row) {
    const float expected = line.first + static_cast<float>(profile.place[row]) * (line.last - line.first);
    for (int column = 0; column < profile.columns; ++column) {
      float best = -std::numeric_limits<float>::infinity();
      int from = 0;
      for (int move = -FARTHEST; move <= FARTHEST; ++move) {
        const int before = column - move;
        if (before < 0 || before >= profile.columns) continue;
        const float sum = total[static_cast<std::size_t>(before)] - SIDEWAYS * static_cast<float>(std::abs(move));
        if (sum > best) {
          best = sum;
          from = move;
        }
      }
      const float away = (static_cast<float>(column) - expected) / half;
      const std::size_t index = row * columns + static_cast<std::size_t>(column);
      const float value = profile.seen[row] != 0 ? worth.values[index] : 0;
      next[static_cast<std::size_t>(column)] = best + value - LEAVING * std::min(away * away, 1.0f);
      came[index] = static_cast<std::int8_t>(from);
    }
    std::swap(total, next);
  }
  std::vector<int> path(rows);
  int column = static_cast<int>(std::max_element(total.begin(), total.end()) - total.begin());
  for (std::size_t row = rows; row-- > 0;) {
    path[row] = column;
    column -= came[row * columns + static_cast<std::size_t>(column)];
  }
  return path;
}

/// The path's places to a part of a pixel, by a parabola through three columns.
std::vector<EdgePoint> points_on(const SideProfile& profile, const std::vector<int>& path, float cap) {
  std::vector<EdgePoint> points;
  points.reserve(path.size());
  for (int row = 0; row < profile.rows; ++row) {
    if (profile.seen[static_cast<std::size_t>(row)] == 0) continue;
    int peak = path[static_cast<std::size_t>(row)];
    for (const int beside : {peak - 1, peak + 1}) {
      if (beside >= 0 && beside < profile.columns && profile.at(row, beside) > profile.at(row, peak)) {
        peak = beside;
      }
    }
    const float most = profile.at(row, peak);
    if (most < std::max(LEAST_STEP, 0.3f * cap)) continue;
    double shift = 0;
    if (peak > 0 && peak + 1 < profile.columns) {
      const float before = profile.at(row, peak - 1);
      const float after = profile.at(row, peak + 1);
      const float bend = 2 * most - before - after;
      if (bend > 1e-3f) shift = std::clamp(0.5 * (after - before) / bend, -0.5, 0.5);
    }
    points.push_back({profile.place[static_cast<std::size_t>(row)], profile.offset_of(row, peak + shift),
                      std::min(1.0, static_cast<double>(most / cap))});
  }
  return points;
}

}  // namespace

EdgePath follow_edge(const SideProfile& profile, bool straight) {
  if (profile.seen_rows == 0) return {};
  const float middle = static_cast<float>(profile.columns - 1) / 2;
  const Worth worth = worth_of(profile);
  const StraightLine line = straight ? best_line(profile, worth) : StraightLine{middle, middle, 0};
  return {points_on(profile, best_path(profile, worth, line), worth.cap), worth.cap, unrest_of(profile, worth.cap)};
}

}  // namespace peel::document
