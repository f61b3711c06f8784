#include "matting/trimap.hpp"

#include <algorithm>
#include <cstddef>

#include "base/parallel.hpp"

namespace peel {
namespace {

constexpr std::uint8_t UNKNOWN = 128;
constexpr int COLUMNS_A_PART = 256;

/// How far a structure of `side` pixels reaches from its origin.
struct Reach {
  int before, after;
  explicit Reach(int side) : before(side / 2), after(side - 1 - side / 2) {}
};

// out[x]: whether all of in[x - before .. x + after] are set; what is beyond the row counts as `beyond`.
void erode_row(const std::uint8_t* in, int width, const Reach& reach, bool beyond, std::uint8_t* out) {
  const int side = reach.before + 1 + reach.after;
  int set = beyond ? side : 0;  // pixels in a row that are, up to here
  for (int x = 0; x < width + reach.after; ++x) {
    set = (x < width ? in[x] != 0 : beyond) ? std::min(set + 1, side) : 0;
    if (x >= reach.after) out[x - reach.after] = set >= side ? 1 : 0;
  }
}

// The same downwards, for some columns of a plane.
void erode_columns(const std::vector<std::uint8_t>& in, int width, int height, int left, int right, const Reach& reach,
                   bool beyond, std::vector<std::uint8_t>& out) {
  const int side = reach.before + 1 + reach.after;
  std::vector<int> set(static_cast<std::size_t>(right - left), beyond ? side : 0);
  for (int y = 0; y < height + reach.after; ++y) {
    const std::uint8_t* const row =
        y < height ? in.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(width) : nullptr;
    std::uint8_t* const to =
        y >= reach.after ? out.data() + static_cast<std::size_t>(y - reach.after) * static_cast<std::size_t>(width)
                         : nullptr;
    for (int x = left; x < right; ++x) {
      int& count = set[static_cast<std::size_t>(x - left)];
      count = (row ? row[x] != 0 : beyond) ? std::min(count + 1, side) : 0;
      if (to) to[x] = count >= side ? 1 : 0;
    }
  }
}

void erode_by_square(std::vector<std::uint8_t>& plane, int width, int height, int side, bool beyond, int threads) {
  const Reach reach(side);
  std::vector<std::uint8_t> rows(plane.size());
  parallel_for(0, height, 1 + (1 << 17) / width, threads, [&](std::int64_t begin, std::int64_t end) {
    for (auto y = static_cast<std::size_t>(begin); y < static_cast<std::size_t>(end); ++y) {
      erode_row(plane.data() + y * static_cast<std::size_t>(width), width, reach, beyond,
                rows.data() + y * static_cast<std::size_t>(width));
    }
  });
  const int parts = (width + COLUMNS_A_PART - 1) / COLUMNS_A_PART;
  parallel_for(0, parts, 1, threads, [&](std::int64_t begin, std::int64_t end) {
    erode_columns(rows, width, height, static_cast<int>(begin) * COLUMNS_A_PART,
                  std::min(width, static_cast<int>(end) * COLUMNS_A_PART), reach, beyond, plane);
  });
}

void erode_by_cross(std::vector<std::uint8_t>& plane, int width, int height, bool beyond) {
  const std::vector<std::uint8_t> in = plane;
  const auto set = [&](int x, int y) {
    if (x < 0 || y < 0 || x >= width || y >= height) return beyond;
    return in[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)] != 0;
  };
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const bool all = set(x, y) && set(x - 1, y) && set(x + 1, y) && set(x, y - 1) && set(x, y + 1);
      plane[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)] = all ? 1 : 0;
    }
  }
}

}  // namespace

int erosion_for(int width, int height) {
  return std::max(3, (std::max(width, height) + 50) / 100);
}

Trimap trimap_from_mask(std::span<const std::uint8_t> mask, int width, int height, const TrimapRule& rule,
                        int threads) {
  const int side = rule.erosion.value_or(erosion_for(width, height));
  const auto eroded = [&](auto belongs, bool beyond) {
    std::vector<std::uint8_t> plane(mask.size());
    std::ranges::transform(mask, plane.begin(),
                           [&](std::uint8_t value) { return belongs(value) ? std::uint8_t{1} : std::uint8_t{0}; });
    if (side > 0) {
      erode_by_square(plane, width, height, side, beyond, threads);
    } else {
      erode_by_cross(plane, width, height, beyond);
    }
    return plane;
  };
  Trimap trimap;
  trimap.values = eroded([&](std::uint8_t value) { return value > rule.foreground_above; }, false);
  const auto background = eroded([&](std::uint8_t value) { return value < rule.background_below; }, true);
  for (std::size_t i = 0; i < mask.size(); ++i) {
    std::uint8_t& value = trimap.values[i];
    value = background[i] != 0 ? std::uint8_t{0} : value != 0 ? std::uint8_t{255} : UNKNOWN;
    trimap.has_foreground = trimap.has_foreground || value == 255;
    trimap.has_background = trimap.has_background || value == 0;
  }
  return trimap;
}

Trimap trimap_from_drawing(std::span<const std::uint8_t> gray) {
  constexpr int BACKGROUND = 25;   // 0.1 of 255, rounded down
  constexpr int FOREGROUND = 230;  // 0.9, rounded up
  Trimap trimap;
  trimap.values.reserve(gray.size());
  for (const std::uint8_t value : gray) {
    trimap.values.push_back(value <= BACKGROUND ? std::uint8_t{0} : value >= FOREGROUND ? std::uint8_t{255} : UNKNOWN);
    trimap.has_foreground = trimap.has_foreground || trimap.values.back() == 255;
    trimap.has_background = trimap.has_background || trimap.values.back() == 0;
  }
  return trimap;
}

}  // namespace peel
