#include "document/side_profile.hpp"

#include <algorithm>
#include <cmath>

#include "document/colour_sampler.hpp"

namespace peel::document {
namespace {

// Levels. With less contrast between page and ground the difference may be one of light and shadow.
constexpr float CLEAR_CONTRAST = 12;
constexpr float DARK_PAGE = 0.7f;  // what a step counts where the page would be the darker

float projected(const Colour& colour, const Colour& axis) {
  return colour[0] * axis[0] + colour[1] * axis[1] + colour[2] * axis[2];
}

/// Colours under the profile, with one column more at either side than it has.
struct Patch {
  int rows;
  int columns;
  std::vector<Colour> colours;
  std::vector<char> known;

  std::size_t index(int row, int column) const {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(columns) + static_cast<std::size_t>(column);
  }
};

// The mean of three places along the side takes noise away, and of the edge nothing.
void sample(Patch& patch, int row, int column, const ColourSampler& sampler, Point p, Point neighbour) {
  const Point before = p - neighbour;
  const Point after = p + neighbour;
  if (!sampler.covers(before) || !sampler.covers(after)) return;
  const Colour a = sampler(before);
  const Colour b = sampler(p);
  const Colour c = sampler(after);
  const std::size_t i = patch.index(row, column);
  for (std::size_t k = 0; k < 3; ++k) patch.colours[i][k] = (a[k] + b[k] + c[k]) / 3;
  patch.known[i] = 1;
}

struct Difference {
  Colour page{}, ground{};
  float page_count = 0, ground_count = 0;
};

Difference difference_in(const Patch& patch, int row) {
  Difference sums;
  const int middle = patch.columns / 2;
  const int gap = patch.columns / 6;
  for (int column = 0; column < patch.columns; ++column) {
    const std::size_t i = patch.index(row, column);
    if (std::abs(column - middle) <= gap || patch.known[i] == 0) continue;
    Colour& sum = column < middle ? sums.page : sums.ground;
    for (std::size_t k = 0; k < 3; ++k) sum[k] += patch.colours[i][k];
    (column < middle ? sums.page_count : sums.ground_count) += 1;
  }
  return sums;
}

/// The axis to measure a row's changes along, from the rows around it: what lies under a page may change along a side.
struct Axis {
  Colour direction{};
  bool either_sense = false;
};

std::vector<Axis> axes_of(const Patch& patch) {
  constexpr int PARTS = 8;  // of a side, over which page and ground are compared
  std::vector<Difference> differences;
  differences.reserve(static_cast<std::size_t>(patch.rows));
  for (int row = 0; row < patch.rows; ++row) differences.push_back(difference_in(patch, row));
  const int around = std::max(1, patch.rows / PARTS / 2);
  std::vector<Axis> axes(static_cast<std::size_t>(patch.rows));
  for (int row = 0; row < patch.rows; ++row) {
    Difference sum;
    for (int near = std::max(0, row - around); near <= std::min(patch.rows - 1, row + around); ++near) {
      const Difference& one = differences[static_cast<std::size_t>(near)];
      for (std::size_t k = 0; k < 3; ++k) {
        sum.page[k] += one.page[k];
        sum.ground[k] += one.ground[k];
      }
      sum.page_count += one.page_count;
      sum.ground_count += one.ground_count;
    }
    Axis& axis = axes[static_cast<std::size_t>(row)];
    for (std::size_t k = 0; k < 3; ++k) {
      axis.direction[k] =
          sum.page[k] / std::max(sum.page_count, 1.0f) - sum.ground[k] / std::max(sum.ground_count, 1.0f);
    }
    const float contrast = std::sqrt(projected(axis.direction, axis.direction));
    axis.either_sense = contrast < CLEAR_CONTRAST || sum.page_count == 0 || sum.ground_count == 0;
    for (float& part : axis.direction) part = axis.either_sense ? 1 / std::sqrt(3.0f) : part / contrast;
  }
  return axes;
}

}  // namespace

SideFrame side_frame(Point from, Point to) noexcept {
  SideFrame frame;
  frame.origin = from;
  frame.length = std::max(distance(from, to), 1e-9);
  frame.along = (1 / frame.length) * (to - from);
  frame.outward = {frame.along.y, -frame.along.x};
  return frame;
}

SideProfile side_profile(const PixelView& picture, const SideFrame& frame, const ProfileSearch& search,
                         const std::function<double(double)>& guide) {
  SideProfile profile;
  const int half = std::max(2, static_cast<int>(std::ceil(search.reach / search.step)));
  profile.columns = 2 * half + 1;
  profile.rows = search.rows;
  profile.step = search.step;
  const auto rows = static_cast<std::size_t>(profile.rows);
  profile.place.resize(rows);
  profile.guide.resize(rows);
  profile.seen.assign(rows, 0);

  Patch patch{profile.rows, profile.columns + 2, {}, {}};
  patch.colours.resize(rows * static_cast<std::size_t>(patch.columns));
  patch.known.assign(patch.colours.size(), 0);
  const ColourSampler sampler(picture);
  const Point neighbour = search.step * frame.along;
  for (int row = 0; row < profile.rows; ++row) {
    const auto r = static_cast<std::size_t>(row);
    profile.place[r] = search.margin + (1 - 2 * search.margin) * (row + 0.5) / profile.rows;
    profile.guide[r] = guide(profile.place[r]);
    for (int column = 0; column < patch.columns; ++column) {
      sample(patch, row, column, sampler, frame.at(profile.place[r], profile.offset_of(row, column - 1)), neighbour);
    }
    const auto known = [&](int column) { return patch.known[patch.index(row, column)] != 0; };
    // An edge is a change from what is seen of the page to what is seen beyond it.
    profile.seen[r] = known(half / 2) && known(half + 2) ? 1 : 0;
    profile.seen_rows += profile.seen[r];
  }

  const std::vector<Axis> axes = axes_of(patch);
  profile.change.assign(rows * static_cast<std::size_t>(profile.columns), 0);
  for (int row = 0; row < profile.rows; ++row) {
    const Axis& axis = axes[static_cast<std::size_t>(row)];
    for (int column = 0; column < profile.columns; ++column) {
      const std::size_t inner = patch.index(row, column);
      const std::size_t outer = inner + 2;
      if (patch.known[inner] == 0 || patch.known[outer] == 0) continue;
      float change = projected(patch.colours[inner], axis.direction) - projected(patch.colours[outer], axis.direction);
      // Paper is more often the lighter of the two.
      if (axis.either_sense && change < 0) change *= -DARK_PAGE;
      profile.change[static_cast<std::size_t>(row) * static_cast<std::size_t>(profile.columns) +
                     static_cast<std::size_t>(column)] = change;
    }
  }
  return profile;
}

}  // namespace peel::document
