#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <utility>
#include <vector>

#include "peel/mask.hpp"
#include "support/noise.hpp"

namespace peel::test {

/// A mask that a test goes through by hand.
struct Grid {
  int width = 0;
  int height = 0;
  std::vector<int> values;

  Grid(int w, int h, int value = 0)
      : width(w), height(h), values(static_cast<std::size_t>(w) * static_cast<std::size_t>(h), value) {}
  int& at(int x, int y) { return values[static_cast<std::size_t>(y * width + x)]; }
  int at(int x, int y) const { return values[static_cast<std::size_t>(y * width + x)]; }
  bool holds(int x, int y) const { return x >= 0 && y >= 0 && x < width && y < height; }
  bool operator==(const Grid&) const = default;
};

inline void PrintTo(const Grid& grid, std::ostream* stream) {
  for (int y = 0; y < grid.height; ++y) {
    *stream << '\n';
    for (int x = 0; x < grid.width; ++x) *stream << grid.at(x, y) << ' ';
  }
}

inline Image image_of(const Grid& grid) {
  const std::vector<std::uint8_t> bytes(grid.values.begin(), grid.values.end());
  return Image::from_pixels({bytes.data(), grid.width, grid.height, grid.width, PixelFormat::gray8});
}

inline Grid grid_of(const Image& mask) {
  Grid grid(mask.width(), mask.height());
  for (std::size_t i = 0; i < grid.values.size(); ++i) grid.values[i] = std::to_integer<int>(mask.data()[i]);
  return grid;
}

inline Grid cleaned(const Grid& grid, const MaskCleaning& cleaning, int threads = 2) {
  return grid_of(clean_mask(image_of(grid), cleaning, threads));
}

/// Masks of all sorts: noise, blots with soft edges, faint haze, plain ones; of all proportions.
inline std::vector<Grid> masks() {
  std::vector<Grid> result;
  std::uint32_t seed = 1;
  for (const auto& [width, height] :
       {std::pair{1, 1}, {1, 17}, {23, 1}, {8, 8}, {13, 9}, {40, 31}, {70, 45}, {64, 16}}) {
    for (const int levels : {2, 4, 256}) {
      Grid noise(width, height);
      const auto bytes = test::noise(noise.values.size(), ++seed);
      for (std::size_t i = 0; i < bytes.size(); ++i) noise.values[i] = bytes[i] * levels / 256 * 255 / (levels - 1);
      result.push_back(noise);
      // Averages of it: what hangs together is larger, and soft.
      for (const int reach : {1, 2}) {
        Grid soft(width, height);
        for (int y = 0; y < height; ++y) {
          for (int x = 0; x < width; ++x) {
            int sum = 0;
            int count = 0;
            for (int v = y - reach; v <= y + reach; ++v) {
              for (int u = x - reach; u <= x + reach; ++u) {
                if (noise.holds(u, v)) sum += noise.at(u, v), ++count;
              }
            }
            soft.at(x, y) = std::clamp((sum / count - 128) * 4 + 100, 0, 255);
          }
        }
        result.push_back(soft);
      }
    }
    result.emplace_back(width, height, 0);
    result.emplace_back(width, height, 5);
    result.emplace_back(width, height, 255);
  }
  return result;
}

/// A disc whose edge is `softness` pixels wide.
inline Grid disc_mask(int width, int height, double cx, double cy, double radius, double softness) {
  Grid grid(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const double inside = (radius - std::hypot(x - cx, y - cy)) / softness + 0.5;
      grid.at(x, y) = static_cast<int>(std::lround(255 * std::clamp(inside, 0.0, 1.0)));
    }
  }
  return grid;
}

}  // namespace peel::test
