#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "matting/region.hpp"
#include "peel/image.hpp"

namespace peel::test {

/// Numbers that are the same with every standard library, which its distributions are not.
class Dice {
 public:
  explicit Dice(unsigned seed) : engine_(seed) {}
  int below(int count) { return static_cast<int>(engine_() % static_cast<unsigned>(count)); }
  int between(int least, int most) { return least + below(most - least + 1); }
  double unit() { return static_cast<double>(engine_()) / 4294967296.0; }  ///< from 0, less than 1
  bool chance(double share) { return unit() < share; }

 private:
  std::mt19937 engine_;
};

using Plane = std::vector<std::uint8_t>;

inline std::size_t place(int width, int y, int x) {
  return static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x);
}

inline std::size_t pixels(int width, int height) {
  return place(width, height, 0);
}

template <typename T>
Image image(PixelFormat format, int width, int height, const std::vector<T>& samples) {
  const auto stride = static_cast<std::ptrdiff_t>(sizeof(T) * samples.size()) / height;
  return Image::from_pixels({samples.data(), width, height, stride, format});
}

template <typename T = std::uint8_t>
std::vector<T> samples(const Image& picture) {
  const auto* const first = reinterpret_cast<const T*>(picture.data());
  return {first, first + picture.size_bytes() / sizeof(T)};
}

/// A picture of what `value(y, x, channel)` gives from 0 to 1.
template <typename Value>
Image painted(PixelFormat format, int width, int height, const Value& value) {
  const int count = channels(format);
  const auto paint = [&]<typename T>(T full) {
    std::vector<T> all;
    all.reserve(pixels(width, height) * static_cast<std::size_t>(count));
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        for (int c = 0; c < count; ++c) {
          all.push_back(static_cast<T>(std::clamp(static_cast<double>(value(y, x, c)), 0.0, 1.0) * full + 0.5));
        }
      }
    }
    return image(format, width, height, all);
  };
  return bytes_per_sample(format) == 2 ? paint(std::uint16_t{65535}) : paint(std::uint8_t{255});
}

enum class Scene { noise, constant, gradient, smooth, two_colors };

/// Of every kind of surroundings the fits of colours meet: `smooth` has a little noise, as photographs have.
inline Image scene(Scene kind, PixelFormat format, int width, int height, Dice& dice) {
  std::array<double, 12> random{};
  for (double& value : random) value = dice.unit();
  return painted(format, width, height, [&](int y, int x, int c) {
    const auto i = static_cast<std::size_t>(c);
    switch (kind) {
      case Scene::noise:
        return dice.unit();
      case Scene::constant:
        return random[i];
      case Scene::gradient:
        return random[i] * x / width + (1 - random[i]) * y / height;
      case Scene::two_colors:
        return x * random[8] + y * random[9] < (width * random[8] + height * random[9]) / 2 ? random[i] : random[i + 4];
      case Scene::smooth:
        break;
    }
    return 0.5 + 0.4 * std::sin(0.21 * x * (1 + random[i]) + 5 * random[i + 4]) * std::cos(0.17 * y + random[i]) +
           0.02 * dice.unit();
  });
}

/// A pixel's colours from its samples, without the code that is tested.
inline std::array<double, 3> color_at(const Image& picture, int y, int x) {
  const int count = channels(picture.format());
  const std::size_t first = place(picture.width(), y, x) * static_cast<std::size_t>(count);
  std::array<double, 3> color{};
  for (std::size_t c = 0; c < 3; ++c) {
    const std::size_t at = first + (count >= 3 ? c : 0);
    color[c] = bytes_per_sample(picture.format()) == 2
                   ? reinterpret_cast<const std::uint16_t*>(picture.data())[at] / 65535.0
                   : reinterpret_cast<const std::uint8_t*>(picture.data())[at] / 255.0;
  }
  return color;
}

/// 1 in about `share` of all pixels, in stretches as edges leave them, and else 0.
inline Plane random_plane(int width, int height, double share, Dice& dice) {
  Plane plane(pixels(width, height));
  const double change = dice.chance(0.5) ? 0.2 : 1;
  std::uint8_t value = 0;
  for (std::uint8_t& pixel : plane) {
    if (dice.chance(change)) value = dice.chance(share) ? 1 : 0;
    pixel = value;
  }
  return plane;
}

inline Region region_of(const Plane& plane, int width, int height) {
  std::array<std::uint8_t, 256> table{};
  std::fill(table.begin() + 1, table.end(), std::uint8_t{1});
  return Region::of(plane.data(), width, height, table);
}

inline bool is_unknown(std::uint8_t value) {
  return value != 0 && value != 255;
}

/// Of a trimap.
inline Region unknown_region(const Plane& trimap, int width, int height) {
  Plane plane(trimap.size());
  std::ranges::transform(trimap, plane.begin(), [](std::uint8_t value) { return is_unknown(value) ? 1 : 0; });
  return region_of(plane, width, height);
}

/// Foreground in a blob, background beyond, unknown along its edge for about `band` pixels, and a few known pixels
/// strewn in.
inline Plane blob_trimap(int width, int height, double band, Dice& dice) {
  const double middle_x = width * (0.3 + 0.4 * dice.unit());
  const double middle_y = height * (0.3 + 0.4 * dice.unit());
  const double radius = 0.3 * std::min(width, height);
  const double wave = 3 + 4 * dice.unit();
  Plane trimap;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const double dx = x - middle_x;
      const double dy = y - middle_y;
      const double out = std::hypot(dx, dy) - radius * (1 + 0.2 * std::sin(wave * std::atan2(dy, dx)));
      const bool known = std::abs(out) > band / 2 || dice.chance(0.03);
      trimap.push_back(known ? (out < 0 ? 255 : 0) : static_cast<std::uint8_t>(dice.between(1, 254)));
    }
  }
  return trimap;
}

/// Numbers from -1 to 1.
inline std::vector<float> random_vector(std::size_t size, Dice& dice) {
  std::vector<float> vector(size);
  for (float& value : vector) value = static_cast<float>(2 * dice.unit() - 1);
  return vector;
}

template <typename A, typename B>
double mean_difference(const A& a, const B& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
  return sum / static_cast<double>(std::max<std::size_t>(1, a.size()));
}

}  // namespace peel::test
