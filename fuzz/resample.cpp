// The vectorised resize equals the same filter written without a thought for speed.

#include "image/resample.hpp"

#include <fuzzer/FuzzedDataProvider.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <vector>

#include "fuzz/require.hpp"

namespace {

using Bytes = std::vector<std::uint8_t>;

double lanczos3(double x) {
  if (x < -3.0 || x >= 3.0) return 0.0;
  if (x == 0.0) return 1.0;
  const double t = x * std::numbers::pi;
  return std::sin(t) / t * (std::sin(t / 3.0) / (t / 3.0));
}

// `count` lines of `in_size` samples, `step` apart and each a `line` after the one before, to `out_size` samples.
Bytes resize_lines(const Bytes& in, int count, int line, int step, int in_size, int out_size, int out_line,
                   int out_step) {
  if (in_size == out_size) return in;
  Bytes out(static_cast<std::size_t>(count * out_size));
  const double scale = static_cast<double>(in_size) / out_size;
  const double widening = std::max(scale, 1.0);
  for (int i = 0; i < out_size; ++i) {
    const double center = (i + 0.5) * scale;
    const int first = std::max(static_cast<int>(center - 3.0 * widening + 0.5), 0);
    const int last = std::min(static_cast<int>(center + 3.0 * widening + 0.5), in_size);
    std::vector<double> weights;
    double total = 0;
    for (int k = first; k < last; ++k) {
      weights.push_back(lanczos3((k - center + 0.5) * (1.0 / widening)));
      total += weights.back();
    }
    for (int l = 0; l < count; ++l) {
      std::int64_t sum = 1 << 21;
      for (int k = first; k < last; ++k) {
        const double exact = weights[static_cast<std::size_t>(k - first)] / total * (1 << 22);
        const auto weight = static_cast<std::int64_t>(exact + (exact < 0 ? -0.5 : 0.5));
        sum += weight * in[static_cast<std::size_t>(l * line + k * step)];
      }
      out[static_cast<std::size_t>(l * out_line + i * out_step)] =
          static_cast<std::uint8_t>(std::clamp<std::int64_t>(sum >> 22, 0, 255));
    }
  }
  return out;
}

Bytes plain_resize(const Bytes& in, int width, int height, int out_width, int out_height) {
  const Bytes across = resize_lines(in, height, width, 1, width, out_width, out_width, 1);
  return resize_lines(across, out_width, 1, out_width, height, out_height, 1, out_width);
}

// Channel `c` of the three the network sees.
Bytes channel(const peel::PixelView& view, int c) {
  const bool reversed = view.format == peel::PixelFormat::bgr8 || view.format == peel::PixelFormat::bgra8;
  const int count = peel::channels(view.format);
  const int place = count < 3 ? 0 : reversed ? 2 - c : c;
  Bytes out;
  for (int y = 0; y < view.height; ++y) {
    const auto* const row = static_cast<const std::uint8_t*>(view.data) + y * view.stride;
    for (int x = 0; x < view.width; ++x) {
      const int at = x * count + place;
      out.push_back(peel::bytes_per_sample(view.format) == 1
                        ? row[at]
                        : static_cast<std::uint8_t>(reinterpret_cast<const std::uint16_t*>(row)[at] >> 8));
    }
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace peel;
  FuzzedDataProvider input(bytes, size);
  PixelView view;
  view.format = static_cast<PixelFormat>(input.ConsumeIntegralInRange(0, 9));
  view.width = input.ConsumeIntegralInRange(1, 150);
  view.height = input.ConsumeIntegralInRange(1, 150);
  const int out_width = input.ConsumeIntegralInRange(1, 150);
  const int out_height = input.ConsumeIntegralInRange(1, 150);
  const int threads = input.ConsumeIntegralInRange(1, 3);
  view.stride =
      view.width * channels(view.format) * bytes_per_sample(view.format) + 2 * input.ConsumeIntegralInRange(0, 20);
  // The last row ends with its last pixel: what is read behind it shows.
  const auto needed = static_cast<std::size_t>(view.stride * (view.height - 1) +
                                               view.width * channels(view.format) * bytes_per_sample(view.format));
  Bytes texture = input.ConsumeRemainingBytes<std::uint8_t>();
  if (texture.empty()) texture.push_back(255);
  Bytes pixels(needed);
  for (std::size_t i = 0; i < needed; ++i) pixels[i] = texture[i % texture.size()];
  view.data = pixels.data();

  const Bytes fast = resample_rgb(view, out_width, out_height, threads);
  for (int c = 0; c < 3; ++c) {
    const Bytes plain = plain_resize(channel(view, c), view.width, view.height, out_width, out_height);
    for (std::size_t i = 0; i < plain.size(); ++i) {
      fuzz::require(fast[3 * i + static_cast<std::size_t>(c)] == plain[i], "every byte equals the plain filter's");
    }
  }
  return 0;
}
