#include "matting/guided_filter.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/parallel.hpp"
#include "image/image_data.hpp"
#include "image/resample.hpp"
#include "matting/color_plane.hpp"
#include "matting/solve3.hpp"

namespace peel {
namespace {

using Plane = std::vector<float>;

// Sums over windows of 2 * radius + 1 pixels a side, cut off at the borders.
void box_sum(Plane& plane, int width, int height, int radius, int threads) {
  const auto w = static_cast<std::size_t>(width);
  const auto h = static_cast<std::size_t>(height);
  const auto r = static_cast<std::size_t>(radius);
  Plane rows(plane.size());
  parallel_for(0, height, 64, threads, [&](std::int64_t begin, std::int64_t end) {
    for (auto y = static_cast<std::size_t>(begin); y < static_cast<std::size_t>(end); ++y) {
      const float* const in = plane.data() + y * w;
      double sum = 0;
      for (std::size_t x = 0; x < std::min(r, w); ++x) sum += in[x];
      for (std::size_t x = 0; x < w; ++x) {
        if (x + r < w) sum += in[x + r];
        if (x > r) sum -= in[x - r - 1];
        rows[y * w + x] = static_cast<float>(sum);
      }
    }
  });
  parallel_for(0, width, 64, threads, [&](std::int64_t begin, std::int64_t end) {
    const auto first = static_cast<std::size_t>(begin);
    const auto count = static_cast<std::size_t>(end) - first;
    std::vector<double> sum(count);
    const auto add = [&](std::size_t y, double sign) {
      for (std::size_t i = 0; i < count; ++i) sum[i] += sign * rows[y * w + first + i];
    };
    for (std::size_t y = 0; y < std::min(r, h); ++y) add(y, 1);
    for (std::size_t y = 0; y < h; ++y) {
      if (y + r < h) add(y + r, 1);
      if (y > r) add(y - r - 1, -1);
      for (std::size_t i = 0; i < count; ++i) plane[y * w + first + i] = static_cast<float>(sum[i]);
    }
  });
}

}  // namespace

Image guided_mask(const Image& picture, const Image& mask, const GuidedFilter& filter, int threads) {
  const double scale =
      std::min(1.0, static_cast<double>(filter.working_side) / std::max(picture.width(), picture.height()));
  const int width = std::max(1, static_cast<int>(std::lround(picture.width() * scale)));
  const int height = std::max(1, static_cast<int>(std::lround(picture.height() * scale)));
  const auto pixels = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  const auto rgb = resample_rgb(picture.view(), width, height, threads);
  std::vector<std::uint8_t> alpha(pixels);
  resample_gray(reinterpret_cast<const std::uint8_t*>(mask.data()), mask.width(), mask.height(), alpha.data(), width,
                height, threads);

  // Colours, alpha, their products; then their sums over windows.
  std::array<Plane, 3> color;
  for (std::size_t c = 0; c < 3; ++c) {
    color[c].resize(pixels);
    for (std::size_t i = 0; i < pixels; ++i) color[c][i] = static_cast<float>(rgb[3 * i + c]) / 255;
  }
  Plane a(pixels);
  for (std::size_t i = 0; i < pixels; ++i) a[i] = static_cast<float>(alpha[i]) / 255;
  const auto window_sum = [&](const auto& value) {
    Plane plane(pixels);
    for (std::size_t i = 0; i < pixels; ++i) plane[i] = value(i);
    box_sum(plane, width, height, filter.radius, threads);
    return plane;
  };
  const Plane count = window_sum([](std::size_t) { return 1.0f; });
  const Plane sum_a = window_sum([&](std::size_t i) { return a[i]; });
  std::array<Plane, 3> sum;
  std::array<Plane, 3> with_a;
  std::array<Plane, 6> products;
  for (std::size_t c = 0, k = 0; c < 3; ++c) {
    sum[c] = window_sum([&](std::size_t i) { return color[c][i]; });
    with_a[c] = window_sum([&](std::size_t i) { return color[c][i] * a[i]; });
    for (std::size_t other = c; other < 3; ++other) {
      products[k++] = window_sum([&](std::size_t i) { return color[c][i] * color[other][i]; });
    }
  }
  std::array<Plane, 4> fit;  // factors of red, green and blue, and the rest
  for (Plane& plane : fit) plane.resize(pixels);
  parallel_for(0, static_cast<std::int64_t>(pixels), 1 << 14, threads, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      const double n = count[i];
      const double mean_a = sum_a[i] / n;
      const std::array<double, 3> mean{sum[0][i] / n, sum[1][i] / n, sum[2][i] / n};
      std::array<double, 3> right{};
      std::array<double, 6> m{};
      for (std::size_t c = 0, k = 0; c < 3; ++c) {
        right[c] = with_a[c][i] / n - mean[c] * mean_a;
        for (std::size_t other = c; other < 3; ++other, ++k) {
          m[k] = products[k][i] / n - mean[c] * mean[other] + (c == other ? filter.noise : 0);
        }
      }
      const auto slope = solve_symmetric(m, right, filter.noise / 4);
      for (std::size_t c = 0; c < 3; ++c) fit[c][i] = static_cast<float>(slope[c]);
      fit[3][i] = static_cast<float>(mean_a - slope[0] * mean[0] - slope[1] * mean[1] - slope[2] * mean[2]);
    }
  });
  for (Plane& plane : fit) {
    box_sum(plane, width, height, filter.radius, threads);
    for (std::size_t i = 0; i < pixels; ++i) plane[i] /= count[i];
  }

  const ColorPlane colors(picture);
  auto out = std::make_shared<Image::Data>(picture.width(), picture.height(), PixelFormat::gray8);
  parallel_for(0, picture.height(), 32, threads, [&](std::int64_t begin, std::int64_t end) {
    const auto full = static_cast<std::size_t>(picture.width());
    std::vector<float> line(3 * full);
    std::array<Plane, 4> row;
    for (Plane& plane : row) plane.resize(static_cast<std::size_t>(width) + 1);
    std::vector<int> left(full);
    std::vector<float> share(full);
    for (std::size_t x = 0; x < full; ++x) {
      const double at = std::clamp((static_cast<double>(x) + 0.5) * width / picture.width() - 0.5, 0.0, width - 1.0);
      left[x] = static_cast<int>(at);
      share[x] = static_cast<float>(at - left[x]);
    }
    for (auto y = static_cast<int>(begin); y < end; ++y) {
      const double at = std::clamp((y + 0.5) * height / picture.height() - 0.5, 0.0, height - 1.0);
      const auto above = static_cast<std::size_t>(at);
      const std::size_t below = std::min(above + 1, static_cast<std::size_t>(height) - 1);
      const auto down = static_cast<float>(at - static_cast<double>(above));
      const auto w = static_cast<std::size_t>(width);
      for (std::size_t k = 0; k < 4; ++k) {
        for (std::size_t x = 0; x < w; ++x) {
          row[k][x] = fit[k][above * w + x] + down * (fit[k][below * w + x] - fit[k][above * w + x]);
        }
        row[k][w] = row[k][w - 1];
      }
      colors.read(y, 0, picture.width(), line.data(), line.data() + full, line.data() + 2 * full);
      auto* const to = out->row<std::uint8_t>(y);
      for (std::size_t x = 0; x < full; ++x) {
        const auto i = static_cast<std::size_t>(left[x]);
        const auto mixed = [&](std::size_t k) { return row[k][i] + share[x] * (row[k][i + 1] - row[k][i]); };
        const float value = mixed(0) * line[x] + mixed(1) * line[full + x] + mixed(2) * line[2 * full + x] + mixed(3);
        to[x] = static_cast<std::uint8_t>(std::clamp(value * 255 + 0.5f, 0.0f, 255.0f));
      }
    }
  });
  return Image(std::move(out));
}

}  // namespace peel
