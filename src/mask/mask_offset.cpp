#include "mask/mask_offset.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "base/parallel.hpp"
#include "image/image_data.hpp"

namespace peel {
namespace {

// Columns that are worked on together, so that all rows under a disc of usual size stay in the second-level cache.
constexpr int TILE = 512;

struct Greater {
  static constexpr std::uint8_t outside = 0;  // no candidate
  std::uint8_t operator()(std::uint8_t a, std::uint8_t b) const { return std::max(a, b); }
};
struct Lesser {
  static constexpr std::uint8_t outside = 255;
  std::uint8_t operator()(std::uint8_t a, std::uint8_t b) const { return std::min(a, b); }
};

/// The greatest k for which 2^k is at most `width`, which is 1 or more.
int power_of_two_in(int width) {
  int k = 0;
  while (width >> (k + 1) > 0) ++k;
  return k;
}

/// The extremes of windows in rows of a tile. A disc is one window from each row under it, 2 h + 1 wide: the extreme of
/// two windows of a power of two that overlap (Urbach and Wilkinson's chords). So a pixel costs two looks for each row
/// of the disc, not one for each of its pixels, and all of them are alike for neighbours: the compiler makes vector
/// instructions of it.
template <typename Pick>
class RowWindows {
 public:
  RowWindows(const Image& mask, int radius, int left, int columns)
      : mask_(mask),
        radius_(radius),
        left_(left),
        columns_(columns),
        length_(columns + 2 * radius),
        levels_(power_of_two_in(2 * radius + 1) + 1),
        slots_(2 * radius + 1),
        values_(static_cast<std::size_t>(slots_) * static_cast<std::size_t>(levels_) *
                static_cast<std::size_t>(length_)) {}

  /// Makes row `y` known, in the place of the one 2 radius + 1 above it.
  void load(int y) {
    std::uint8_t* const line = level(y, 0);
    const int first = std::max(0, left_ - radius_);
    const int last = std::min(mask_.width(), left_ + columns_ + radius_);
    const auto* const in = reinterpret_cast<const std::uint8_t*>(mask_.data()) + y * mask_.stride();
    std::fill_n(line, length_, Pick::outside);
    std::copy(in + first, in + last, line + (first - (left_ - radius_)));
    for (int k = 1; k < levels_; ++k) {
      const std::uint8_t* const half = level(y, k - 1);
      std::uint8_t* const whole = level(y, k);
      const int step = 1 << (k - 1);
      const int count = length_ - 2 * step + 1;
      for (int i = 0; i < count; ++i) whole[i] = Pick{}(half[i], half[i + step]);
    }
  }

  /// Takes the windows of row `y`, `half` to either side of each column, into `best`.
  void pick(int y, int half, std::uint8_t* best) {
    const int k = power_of_two_in(2 * half + 1);
    const std::uint8_t* const begins = level(y, k) + radius_ - half;
    const std::uint8_t* const ends = level(y, k) + radius_ + half + 1 - (1 << k);
    const int columns = columns_;  // no store of a byte can change it
    for (int x = 0; x < columns; ++x) best[x] = Pick{}(best[x], Pick{}(begins[x], ends[x]));
  }

 private:
  std::uint8_t* level(int y, int k) {
    const auto place =
        static_cast<std::size_t>(y % slots_) * static_cast<std::size_t>(levels_) + static_cast<std::size_t>(k);
    return values_.data() + place * static_cast<std::size_t>(length_);
  }

  const Image& mask_;
  int radius_;
  int left_;
  int columns_;
  int length_;  ///< of a row of the tile with what the disc reaches beside it
  int levels_;  ///< windows of 1, 2, 4, ... pixels, by their first
  int slots_;
  std::vector<std::uint8_t> values_;
};

template <typename Pick>
Image extreme_under_disc(const Image& mask, int radius, int threads) {
  if (radius == 0) return mask;
  std::vector<int> halves;  // of the disc's width, from its middle row on
  for (int dy = 0; dy <= radius; ++dy) {
    halves.push_back(static_cast<int>(std::sqrt(static_cast<double>(radius * radius - dy * dy))));
  }
  const int height = mask.height();
  auto out = std::make_shared<Image::Data>(mask.width(), height, PixelFormat::gray8);
  // Every part makes the rows above and below it known for itself.
  const int grain = std::max(64, 4 * radius);
  parallel_for(0, height, grain, threads, [&](std::int64_t begin, std::int64_t end) {
    for (int left = 0; left < mask.width(); left += TILE) {
      const int columns = std::min(TILE, mask.width() - left);
      RowWindows<Pick> windows(mask, radius, left, columns);
      int known = std::max(0, static_cast<int>(begin) - radius);
      for (auto y = static_cast<int>(begin); y < end; ++y) {
        while (known < std::min(height, y + radius + 1)) windows.load(known++);
        std::uint8_t* const to = out->row<std::uint8_t>(y) + left;
        std::fill_n(to, columns, Pick::outside);
        for (int v = std::max(0, y - radius); v <= std::min(height - 1, y + radius); ++v) {
          windows.pick(v, halves[static_cast<std::size_t>(std::abs(v - y))], to);
        }
      }
    }
  });
  return Image(std::move(out));
}

Image mixed(const Image& a, const Image& b, double share_of_b, int threads) {
  // In parts of 65536: a product of two bytes' worth and a rounding fit 32 bits.
  const auto part = static_cast<std::uint32_t>(std::lround(share_of_b * 65536));
  const int width = a.width();
  auto out = std::make_shared<Image::Data>(width, a.height(), PixelFormat::gray8);
  parallel_for(0, a.height(), 1 + (1 << 18) / width, threads, [&, width, part](std::int64_t begin, std::int64_t end) {
    for (std::int64_t y = begin; y < end; ++y) {
      const auto* const from_a = reinterpret_cast<const std::uint8_t*>(a.data()) + y * a.stride();
      const auto* const from_b = reinterpret_cast<const std::uint8_t*>(b.data()) + y * b.stride();
      std::uint8_t* const to = out->row<std::uint8_t>(static_cast<int>(y));
      for (int x = 0; x < width; ++x) {
        to[x] = static_cast<std::uint8_t>((from_a[x] * (65536 - part) + from_b[x] * part + 32768) >> 16);
      }
    }
  });
  return Image(std::move(out));
}

template <typename Pick>
Image offset_by(const Image& mask, double distance, int threads) {
  const double whole = std::floor(distance);
  const auto radius = static_cast<int>(whole);
  Image inner = extreme_under_disc<Pick>(mask, radius, threads);
  if (distance == whole) return inner;
  return mixed(inner, extreme_under_disc<Pick>(mask, radius + 1, threads), distance - whole, threads);
}

}  // namespace

Image offset_mask(const Image& mask, double pixels, int threads) {
  return pixels < 0 ? offset_by<Lesser>(mask, -pixels, threads) : offset_by<Greater>(mask, pixels, threads);
}

}  // namespace peel
