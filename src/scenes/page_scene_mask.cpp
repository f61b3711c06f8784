#include <algorithm>
#include <cmath>

#include "image/image_data.hpp"
#include "scenes/texture.hpp"

namespace peel::scenes {
namespace {

struct Blob {
  double x, y, radius;
};

/// 1 inside, 0 outside, its outline uneven.
float blob_at(const Blob& blob, double x, double y, std::uint64_t seed) {
  const double uneven = 1 + 0.5 * (value_noise(x / 12, y / 12, seed) - 0.5);
  const double out = std::hypot(x - blob.x, y - blob.y) - blob.radius * uneven;
  return smooth_step(static_cast<float>(0.5 - out / 4));
}

std::size_t index(int x, int y, int side) {
  return static_cast<std::size_t>(y) * static_cast<std::size_t>(side) + static_cast<std::size_t>(x);
}

/// Blurs along rows, which become columns: done twice, it is back as it was.
void blur_and_transpose(const std::vector<float>& from, std::vector<float>& to, int side,
                        const std::vector<float>& weights) {
  const int reach = static_cast<int>(weights.size() / 2);
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      float value = 0;
      int i = x - reach;
      for (const float weight : weights) value += weight * from[index(std::clamp(i++, 0, side - 1), y, side)];
      to[index(y, x, side)] = value;
    }
  }
}

}  // namespace

Image faulty_mask(const std::vector<float>& share, int side, const MaskFaults& faults, std::uint64_t seed) {
  Random random(seed ^ 0x6d61736bULL);
  const auto anywhere = [&](double least_radius, double largest_radius) {
    return Blob{random.uniform(0, side), random.uniform(0, side), random.uniform(least_radius, largest_radius)};
  };
  const auto on_page = [&](double least, double most) {
    std::vector<std::size_t> fitting;
    for (std::size_t i = 0; i < share.size(); ++i) {
      if (share[i] >= least && share[i] <= most) fitting.push_back(i);
    }
    const std::size_t chosen = fitting.empty() ? 0 : fitting[random.below(fitting.size())];
    const auto row = chosen / static_cast<std::size_t>(side);
    return Point{static_cast<double>(chosen - row * static_cast<std::size_t>(side)), static_cast<double>(row)};
  };
  const Point inside = on_page(0.99, 1);
  const Point edge = on_page(0.2, 0.8);
  const Blob hole{inside.x, inside.y, random.uniform(5, 16)};
  const Blob bite{edge.x, edge.y, random.uniform(5, 14)};
  const Blob island = anywhere(5, 15);
  const Blob junk[] = {anywhere(10, 80), anywhere(10, 60), anywhere(5, 40)};
  const double swollen = faults.wobble * random.uniform(-0.7, 0.7);

  std::vector<float> mask(share.size());
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      // The outline is moved by a smooth field, and outwards or inwards as a whole from the mask's middle.
      const double dx =
          2 * faults.wobble * (value_noise(x / 25.0, y / 25.0, seed + 20) - 0.5F) - swollen * (2.0 * x / side - 1);
      const double dy =
          2 * faults.wobble * (value_noise(x / 25.0, y / 25.0, seed + 21) - 0.5F) - swollen * (2.0 * y / side - 1);
      const double fx = std::clamp(x + dx, 0.0, side - 1.001);
      const double fy = std::clamp(y + dy, 0.0, side - 1.001);
      const auto at = [&](int column, int row) { return share[index(column, row, side)]; };
      const int column = static_cast<int>(fx);
      const int row = static_cast<int>(fy);
      const auto u = static_cast<float>(fx - column);
      float value = std::lerp(std::lerp(at(column, row), at(column + 1, row), u),
                              std::lerp(at(column, row + 1), at(column + 1, row + 1), u), static_cast<float>(fy - row));
      if (faults.hole) value *= 1 - blob_at(hole, x, y, seed);
      if (faults.bite) value *= 1 - blob_at(bite, x, y, seed);
      if (faults.island) value = std::max(value, blob_at(island, x, y, seed));
      if (faults.junk == MaskFaults::Junk::full) value = 1;
      if (faults.junk == MaskFaults::Junk::blobs) {
        for (const Blob& blob : junk) value = std::max(value, 0.9F * blob_at(blob, x, y, seed));
      }
      mask[index(x, y, side)] = value;
    }
  }
  std::vector<float> turned(mask.size());
  const std::vector<float> weights = gaussian(std::max(0.3, faults.blur));
  blur_and_transpose(mask, turned, side, weights);
  blur_and_transpose(turned, mask, side, weights);

  auto data = std::make_shared<Image::Data>(side, side, PixelFormat::gray8);
  auto* const to = data->row<std::uint8_t>(0);
  for (std::size_t i = 0; i < mask.size(); ++i) to[i] = static_cast<std::uint8_t>(std::lround(252 * mask[i] + 1));
  return Image(std::move(data));
}

}  // namespace peel::scenes
