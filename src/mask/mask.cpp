#include "mask/mask.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <span>
#include <utility>

#include "base/parallel.hpp"
#include "image/image_data.hpp"
#include "image/resample.hpp"
#include "peel/error.hpp"

namespace peel {

namespace {
constexpr std::size_t MAX_VALUES = std::numeric_limits<std::int32_t>::max();  // sides are ints
constexpr float LARGEST_VALUE = std::numeric_limits<float>::max() / 4;

// Sums and differences of two such values are finite too.
float finite(float value) {
  return std::isnan(value) ? 0 : std::clamp(value, -LARGEST_VALUE, LARGEST_VALUE);
}

// Background and subject, in this order as networks of two classes have them. Where they are no probabilities the graph
// ends before its softmax, which of two is the sigmoid of their difference.
void two_classes(std::span<const float> both, std::span<float> subject) {
  const std::size_t count = subject.size();
  bool probabilities = true;
  for (std::size_t i = 0; i < count && probabilities; ++i) {
    probabilities = both[i] >= -0.01f && both[i + count] >= -0.01f && std::abs(both[i] + both[i + count] - 1) < 0.01f;
  }
  for (std::size_t i = 0; i < count; ++i) {
    const float value = finite(both[i + count]);
    subject[i] = probabilities ? value : 1.0f / (1.0f + std::exp(finite(both[i]) - value));
  }
}
}  // namespace

bool is_subject(const Image& mask) {
  const std::span values(reinterpret_cast<const std::uint8_t*>(mask.data()), mask.size_bytes());
  const auto opaque = std::ranges::count_if(values, [](std::uint8_t value) { return value >= 128; });
  return opaque > 0 && static_cast<double>(opaque) >= LEAST_SUBJECT * static_cast<double>(values.size());
}

Mask saliency_to_mask(const Tensor& output, OutputKind kind, bool compat) {
  if (kind == OutputKind::classes || kind == OutputKind::prompted) {
    throw Error(ErrorCode::model, "a network of several classes or with prompts has no saliency");
  }
  const std::size_t rank = output.shape.size();
  // A dimension in front may be 0, and then there are no values whatever the last two say.
  const auto is_map = [&](std::int64_t width, std::int64_t height) {
    const auto size = output.values.size();
    return width >= 1 && height >= 1 && static_cast<std::size_t>(width) <= size &&
           static_cast<std::size_t>(height) <= size / static_cast<std::size_t>(width) && size <= MAX_VALUES;
  };
  if (rank < 2 || !is_map(output.shape[rank - 1], output.shape[rank - 2])) {
    throw Error(ErrorCode::model,
                fmt::format("the network's output is no map (shape {})", fmt::join(output.shape, " x ")));
  }
  auto data = std::make_shared<Image::Data>(static_cast<int>(output.shape[rank - 1]),
                                            static_cast<int>(output.shape[rank - 2]), PixelFormat::gray8);
  const std::size_t count = data->pixels.size();
  const std::int64_t channels = rank > 2 && !compat ? output.shape[rank - 3] : 1;  // rembg takes the first
  if (channels > 2) {
    throw Error(ErrorCode::model,
                fmt::format("the network tells {} classes apart, and none is known as the subject", channels),
                "one map is wanted, or two: background and subject");
  }
  std::vector<float> map(count);
  if (channels == 2 && output.values.size() >= 2 * count) {
    two_classes(std::span(output.values).first(2 * count), map);
  } else {
    for (std::size_t i = 0; i < count; ++i) {
      map[i] = finite(output.values[i]);
      if (kind == OutputKind::logits) map[i] = 1.0f / (1.0f + std::exp(-map[i]));
    }
  }
  const auto [least, greatest] = std::ranges::minmax(map);
  // A network that gives logits where probabilities are expected (ben_custom is such a one) has its middle at 0.
  const bool probabilities = least >= -0.01f && greatest <= 1.01f;
  const bool salient = greatest > (probabilities ? 0.5f : 0.0f);

  auto* const values = data->row<std::uint8_t>(0);
  const float range = greatest - least;
  if (range > 0 && (compat || salient)) {
    for (std::size_t i = 0; i < count; ++i) {
      values[i] = static_cast<std::uint8_t>(std::clamp((map[i] - least) / range, 0.0f, 1.0f) * 255.0f);
    }
  } else if (compat) {
    std::fill_n(values, count, std::uint8_t{0});
  } else {
    for (std::size_t i = 0; i < count; ++i) {
      const float saliency = probabilities ? map[i] : 1.0f / (1.0f + std::exp(-map[i]));
      values[i] = static_cast<std::uint8_t>(std::clamp(saliency, 0.0f, 1.0f) * 255.0f);
    }
  }
  Mask mask{Image(std::move(data))};
  mask.subject = mask.subject && salient;
  return mask;
}

void check_mask(const Image& mask) {
  if (!mask.empty() && mask.format() == PixelFormat::gray8) return;
  throw Error(ErrorCode::usage, "a mask must have one channel of 8 bits", "mask_from_picture() makes one");
}

Mask::Mask(Image given) : image(std::move(given)) {
  check_mask(image);
  subject = is_subject(image);
}

Image full_size_mask(const Image& mask, int width, int height, int threads) {
  auto data = std::make_shared<Image::Data>(width, height, PixelFormat::gray8);
  resample_gray(reinterpret_cast<const std::uint8_t*>(mask.data()), mask.width(), mask.height(),
                data->row<std::uint8_t>(0), width, height, threads);
  return Image(std::move(data));
}

namespace {

constexpr int RADIUS = 8;  // SciPy: int(truncate 4.0 * sigma 2 + 0.5)

// Half-sample symmetric: ... 1 0 | 0 1 2 ... n-1 | n-1 n-2 ...
int reflect(int i, int size) {
  const int period = 2 * size;
  i = ((i % period) + period) % period;
  return i < size ? i : period - 1 - i;
}

// Least or greatest of a pixel and its four neighbours. Mirroring repeats the pixel itself at a border.
template <typename Pick>
Image cross_filter(const Image& in, int threads, Pick pick) {
  const int w = in.width();
  const int h = in.height();
  auto out = std::make_shared<Image::Data>(w, h, PixelFormat::gray8);
  const auto* const first = reinterpret_cast<const std::uint8_t*>(in.data());
  parallel_for(0, h, 1 + (1 << 18) / w, threads, [&](std::int64_t begin, std::int64_t end) {
    for (auto y = static_cast<int>(begin); y < end; ++y) {
      const std::uint8_t* const row = first + y * in.stride();
      const std::uint8_t* const above = y > 0 ? row - in.stride() : row;
      const std::uint8_t* const below = y < h - 1 ? row + in.stride() : row;
      std::uint8_t* const to = out->row<std::uint8_t>(y);
      for (int x = 0; x < w; ++x) to[x] = pick(row[x], pick(above[x], below[x]));
      for (int x = 1; x < w; ++x) to[x] = pick(to[x], row[x - 1]);
      for (int x = 0; x + 1 < w; ++x) to[x] = pick(to[x], row[x + 1]);
    }
  });
  return Image(std::move(out));
}

}  // namespace

Image post_process_mask(const Image& mask, int threads) {
  const auto least = [](std::uint8_t a, std::uint8_t b) { return std::min(a, b); };
  const auto greatest = [](std::uint8_t a, std::uint8_t b) { return std::max(a, b); };
  const Image opened = cross_filter(cross_filter(mask, threads, least), threads, greatest);

  std::array<double, RADIUS + 1> weights{};  // of the distances 0 to 8
  double total = 0;
  for (int x = -RADIUS; x <= RADIUS; ++x) total += std::exp(-0.125 * x * x);
  for (int x = 0; x <= RADIUS; ++x) weights[static_cast<std::size_t>(x)] = std::exp(-0.125 * x * x) / total;

  const int w = opened.width();
  const int h = opened.height();
  const auto* const first = reinterpret_cast<const std::uint8_t*>(opened.data());
  auto out = std::make_shared<Image::Data>(w, h, PixelFormat::gray8);
  parallel_for(0, h, 1 + (1 << 16) / w, threads, [&](std::int64_t begin, std::int64_t end) {
    // One row blurred downwards, mirrored at both ends: no picture-sized array of doubles is needed. Taps are added in
    // SciPy's order (the centre, then pairs from the outside in), so that sums round alike.
    std::vector<double> line(static_cast<std::size_t>(w + 2 * RADIUS));
    double* const centre = line.data() + RADIUS;
    for (auto y = static_cast<int>(begin); y < end; ++y) {
      const std::uint8_t* const row = first + y * opened.stride();
      for (int x = 0; x < w; ++x) centre[x] = weights[0] * row[x];
      for (int d = RADIUS; d > 0; --d) {
        const std::uint8_t* const above = first + reflect(y - d, h) * opened.stride();
        const std::uint8_t* const below = first + reflect(y + d, h) * opened.stride();
        const double weight = weights[static_cast<std::size_t>(d)];
        for (int x = 0; x < w; ++x) centre[x] += (above[x] + below[x]) * weight;
      }
      for (int x = 1; x <= RADIUS; ++x) {
        centre[-x] = centre[reflect(-x, w)];
        centre[w - 1 + x] = centre[reflect(w - 1 + x, w)];
      }
      std::uint8_t* const to = out->row<std::uint8_t>(y);
      for (int x = 0; x < w; ++x) {
        double sum = weights[0] * centre[x];
        for (int d = RADIUS; d > 0; --d) sum += (centre[x - d] + centre[x + d]) * weights[static_cast<std::size_t>(d)];
        to[x] = sum < 127 ? 0 : 255;
      }
    }
  });
  return Image(std::move(out));
}

}  // namespace peel
