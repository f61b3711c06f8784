#include "scenes/drawn_page.hpp"

#include <vector>

namespace peel::scenes {
bool inside(const Corners& corners, Point p) {
  for (std::size_t i = 0; i < 4; ++i) {
    if (cross(corners[(i + 1) % 4] - corners[i], p - corners[i]) < 0) return false;
  }
  return true;
}

Image drawn_page(int width, int height, const Corners& corners, std::uint8_t page, std::uint8_t ground) {
  constexpr double PLACES[] = {0.125, 0.375, 0.625, 0.875};
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      int covered = 0;
      for (const double down : PLACES) {
        for (const double across : PLACES) covered += inside(corners, {x + across, y + down}) ? 1 : 0;
      }
      pixels[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)] =
          static_cast<std::uint8_t>((covered * page + (16 - covered) * ground + 8) / 16);
    }
  }
  return Image::from_pixels({pixels.data(), width, height, width, PixelFormat::gray8});
}

Image drawn_mask(const Corners& corners, int width, int height) {
  Corners small = corners;
  for (Point& p : small) p = {p.x * 320 / width, p.y * 320 / height};
  return drawn_page(320, 320, small, 255, 0);
}

}  // namespace peel::scenes
