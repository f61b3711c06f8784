#include "scenes/hair_scene.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numbers>
#include <random>
#include <vector>

#include "image/image_data.hpp"
#include "image/resample.hpp"

namespace peel::scenes {

HairScene hair_scene(int width, int height, int hairs, unsigned seed) {
  constexpr int NETWORK = 320;
  std::mt19937 random(seed);
  const auto uniform = [&] { return static_cast<double>(random() >> 8) / (1 << 24); };
  const auto pixels = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  const double size = std::min(width, height);
  const double middle_x = width * 0.5;
  const double middle_y = height * 0.55;
  const double radius = size * 0.27;

  std::vector<float> alpha(pixels);
  const auto disc = [&](double cx, double cy, double r) {
    for (int y = std::max(0, static_cast<int>(cy - r - 1)); y <= std::min(height - 1, static_cast<int>(cy + r + 1));
         ++y) {
      for (int x = std::max(0, static_cast<int>(cx - r - 1)); x <= std::min(width - 1, static_cast<int>(cx + r + 1));
           ++x) {
        float& value =
            alpha[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)];
        value = std::max(value, static_cast<float>(std::clamp(r + 0.5 - std::hypot(x - cx, y - cy), 0.0, 1.0)));
      }
    }
  };
  disc(middle_x, middle_y, radius);
  for (int i = 0; i < hairs; ++i) {
    double angle = uniform() * 2 * std::numbers::pi;
    double x = middle_x + radius * std::cos(angle);
    double y = middle_y + radius * std::sin(angle);
    const double length = size * (0.03 + 0.12 * uniform());
    const double bend = (uniform() - 0.5) * 3 / length;
    for (double along = 0; along < length; ++along, angle += bend) {
      disc(x, y, size * 0.0012 * (1 - 0.7 * along / length));
      x += std::cos(angle);
      y += std::sin(angle);
    }
  }

  auto foreground = std::make_shared<Image::Data>(width, height, PixelFormat::rgb8);
  auto picture = std::make_shared<Image::Data>(width, height, PixelFormat::rgb8);
  auto truth = std::make_shared<Image::Data>(width, height, PixelFormat::gray8);
  for (int y = 0; y < height; ++y) {
    std::uint8_t* const front = foreground->row<std::uint8_t>(y);
    std::uint8_t* const out = picture->row<std::uint8_t>(y);
    for (int x = 0; x < width; ++x) {
      const double a =
          alpha[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)];
      truth->row<std::uint8_t>(y)[x] = static_cast<std::uint8_t>(a * 255 + 0.5);
      const double u = x / size;
      const double v = y / size;
      // Brown hair before leaves and sky, each with some grain.
      const double front_color[] = {0.36 + 0.14 * std::sin(23 * u + 9 * v), 0.22 + 0.08 * std::sin(23 * u + 9 * v),
                                    0.12};
      const double back_color[] = {0.35 + 0.25 * std::sin(5 * u), 0.62 + 0.2 * std::cos(7 * v), 0.72 - 0.3 * v};
      for (std::size_t c = 0; c < 3; ++c) {
        const double f = front_color[c] + 0.03 * (uniform() - 0.5);
        const double b = back_color[c] + 0.03 * (uniform() - 0.5);
        const auto byte = [](double value) {
          return static_cast<std::uint8_t>(std::clamp(value, 0.0, 1.0) * 255 + 0.5);
        };
        front[static_cast<std::size_t>(x) * 3 + c] = byte(f);
        out[static_cast<std::size_t>(x) * 3 + c] = byte(a * f + (1 - a) * b);
      }
    }
  }
  std::vector<std::uint8_t> small(std::size_t{NETWORK} * NETWORK);
  resample_gray(truth->row<std::uint8_t>(0), width, height, small.data(), NETWORK, NETWORK, 0);
  auto mask = std::make_shared<Image::Data>(width, height, PixelFormat::gray8);
  resample_gray(small.data(), NETWORK, NETWORK, mask->row<std::uint8_t>(0), width, height, 0);
  return {Image(std::move(picture)), Image(std::move(foreground)), Image(std::move(truth)), Image(std::move(mask))};
}

}  // namespace peel::scenes
