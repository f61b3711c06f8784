#include "scenes/photograph.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>

namespace peel::scenes {

std::shared_ptr<Image::Data> photograph(int width, int height, PixelFormat format, unsigned seed) {
  auto data = std::make_shared<Image::Data>(width, height, format);
  std::mt19937 random(seed);
  const int count = channels(format);
  const bool wide = bytes_per_sample(format) == 2;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < count; ++c) {
        const double wave = std::sin(x * 0.021 * (c + 1)) * std::cos(y * 0.017) * 0.4 + 0.5;
        double value = std::clamp(wave + static_cast<double>(random() % 1000) * 1e-5, 0.0, 1.0);
        if (has_alpha(format) && x < width / 3) value = 0;
        const std::size_t at = static_cast<std::size_t>(x * count + c);
        if (wide) {
          data->row<std::uint16_t>(y)[at] = static_cast<std::uint16_t>(value * 65535);
        } else {
          data->row<std::uint8_t>(y)[at] = static_cast<std::uint8_t>(value * 255);
        }
      }
    }
  }
  return data;
}

}  // namespace peel::scenes
