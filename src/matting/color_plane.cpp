#include "matting/color_plane.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/parallel.hpp"

namespace peel {
namespace {

constexpr float FULL_WEIGHT = 65535;

template <typename T>
void read_row(const std::byte* row, int channel_count, int begin, int end, float full, float* red, float* green,
              float* blue) {
  const T* in = reinterpret_cast<const T*>(row) + static_cast<std::ptrdiff_t>(begin) * channel_count;
  const int second = channel_count >= 3 ? 1 : 0;
  const int third = channel_count >= 3 ? 2 : 0;
  const float scale = 1 / full;
  for (int i = 0; i < end - begin; ++i, in += channel_count) {
    red[i] = static_cast<float>(in[0]) * scale;
    green[i] = static_cast<float>(in[second]) * scale;
    blue[i] = static_cast<float>(in[third]) * scale;
  }
}

}  // namespace

ColorPlane::ColorPlane(Image picture)
    : width_(picture.width()), height_(picture.height()), picture_(std::move(picture)) {}

ColorPlane::ColorPlane(int width, int height)
    : width_(width), height_(height), copy_(3 * static_cast<std::size_t>(width) * static_cast<std::size_t>(height)) {}

void ColorPlane::read(int y, int begin, int end, float* red, float* green, float* blue) const {
  if (picture_.empty()) {
    const auto row = copy_.data() + 3 * static_cast<std::size_t>(y) * static_cast<std::size_t>(width_);
    read_row<std::uint16_t>(reinterpret_cast<const std::byte*>(row), 3, begin, end, FULL_WEIGHT, red, green, blue);
    return;
  }
  const std::byte* const row = picture_.data() + y * picture_.stride();
  const int count = channels(picture_.format());
  if (bytes_per_sample(picture_.format()) == 2) {
    read_row<std::uint16_t>(row, count, begin, end, FULL_WEIGHT, red, green, blue);
  } else {
    read_row<std::uint8_t>(row, count, begin, end, 255, red, green, blue);
  }
}

std::array<float, 3> ColorPlane::at(int y, int x) const {
  std::array<float, 3> color{};
  read(y, x, x + 1, color.data(), color.data() + 1, color.data() + 2);
  return color;
}

ColorPlane ColorPlane::halved(int threads) const {
  ColorPlane half((width_ + 1) / 2, (height_ + 1) / 2);
  parallel_for(0, half.height_, 1 + (1 << 17) / width_, threads, [&](std::int64_t begin, std::int64_t end) {
    const auto size = static_cast<std::size_t>(width_);
    std::vector<float> lines(6 * (size + 1));
    const auto line = [&](int of, int color) {
      return lines.data() + static_cast<std::size_t>(3 * of + color) * (size + 1);
    };
    for (auto y = static_cast<int>(begin); y < end; ++y) {
      for (const int i : {0, 1}) {
        read(std::min(2 * y + i, height_ - 1), 0, width_, line(i, 0), line(i, 1), line(i, 2));
        for (const int color : {0, 1, 2}) line(i, color)[size] = line(i, color)[size - 1];  // where the width is odd
      }
      std::uint16_t* const out =
          half.copy_.data() + 3 * static_cast<std::size_t>(y) * static_cast<std::size_t>(half.width_);
      for (int color = 0; color < 3; ++color) {
        const float* const above = line(0, color);
        const float* const below = line(1, color);
        for (int x = 0; x < half.width_; ++x) {
          const float sum = above[2 * x] + above[2 * x + 1] + below[2 * x] + below[2 * x + 1];
          out[3 * x + color] = static_cast<std::uint16_t>(sum * (FULL_WEIGHT / 4) + 0.5f);
        }
      }
    }
  });
  return half;
}

}  // namespace peel
