#include "matting/foreground.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "base/parallel.hpp"
#include "image/image_data.hpp"
#include "matting/color_plane.hpp"
#include "matting/region.hpp"

namespace peel {
namespace {

// pymatting's estimate_foreground_ml(); regularization of the paper's equation 4, iterations of its section 3.
constexpr float REGULARIZATION = 1e-5f;
constexpr int SMALL_SIDE = 32;
constexpr int SMALL_ITERATIONS = 10;
constexpr int ITERATIONS = 2;
constexpr std::uint8_t SURELY_FOREGROUND = 229;  // more than 0.9 of 255
constexpr std::uint8_t SURELY_BACKGROUND = 26;   // less than 0.1

// Beyond the partly transparent pixels two more take part: their colours are what those are made of.
constexpr int MARGIN = 2;
// Rows that one thread sweeps on its own; every second of such bands at a time.
constexpr int BAND = 32;

constexpr std::size_t CHANNELS = 8;  // red, green, blue and nothing of the foreground, then of the background

struct Pixel {
  std::array<float, CHANNELS> layers{};
  std::array<float, 3> color{};
  float alpha = 0;
};

struct ColorLevel {
  int width = 1;
  int height = 1;
  Region active;              ///< what is estimated
  Region hull;                ///< and its neighbours
  std::vector<Pixel> pixels;  ///< of the hull

  const Pixel& at(int y, int x) const {
    const Run& run = *hull.find(y, x);
    return pixels[run.at + static_cast<std::size_t>(x - run.begin)];
  }
};

class Estimate {
 public:
  Estimate(const Image& picture, const Image& alpha, int threads)
      : colors_(picture), alpha_(alpha), threads_(threads) {}

  /// The finest level, estimated; of nothing where no pixel is partly transparent.
  ColorLevel run() const;

 private:
  std::uint8_t alpha_at(int y, int x) const {
    return std::to_integer<std::uint8_t>(alpha_.data()[y * alpha_.stride() + x]);
  }
  std::array<float, CHANNELS> mean_layers() const;
  void fill(ColorLevel& level, const ColorLevel* coarser, const std::array<float, CHANNELS>& means) const;
  void sweep(ColorLevel& level) const;
  static void sweep_run(ColorLevel& level, const Run& run);

  ColorPlane colors_;
  const Image& alpha_;
  int threads_;
};

// Of what is surely foreground and surely background.
std::array<float, CHANNELS> Estimate::mean_layers() const {
  struct Sum {
    std::array<double, CHANNELS> color{};
    std::array<double, 2> count{};
  };
  std::vector<Sum> rows(static_cast<std::size_t>(alpha_.height()));
  parallel_for(0, alpha_.height(), 1 + (1 << 17) / alpha_.width(), threads_, [&](std::int64_t begin, std::int64_t end) {
    const auto width = static_cast<std::size_t>(alpha_.width());
    std::vector<float> line(3 * width);
    for (auto y = static_cast<int>(begin); y < end; ++y) {
      colors_.read(y, 0, alpha_.width(), line.data(), line.data() + width, line.data() + 2 * width);
      Sum& sum = rows[static_cast<std::size_t>(y)];
      for (std::size_t x = 0; x < width; ++x) {
        const std::uint8_t a = alpha_at(y, static_cast<int>(x));
        if (a >= SURELY_BACKGROUND && a <= SURELY_FOREGROUND) continue;
        const std::size_t layer = a > SURELY_FOREGROUND ? 0 : 1;
        for (std::size_t c = 0; c < 3; ++c) sum.color[4 * layer + c] += line[c * width + x];
        ++sum.count[layer];
      }
    }
  });
  Sum all;
  for (const Sum& sum : rows) {
    for (std::size_t c = 0; c < CHANNELS; ++c) all.color[c] += sum.color[c];
    for (std::size_t layer = 0; layer < 2; ++layer) all.count[layer] += sum.count[layer];
  }
  std::array<float, CHANNELS> means{};
  for (std::size_t c = 0; c < CHANNELS; ++c) {
    means[c] = static_cast<float>(all.color[c] / std::max(1.0, all.count[c / 4]));
  }
  return means;
}

// Nearest pixels, as pymatting resizes.
void Estimate::fill(ColorLevel& level, const ColorLevel* coarser, const std::array<float, CHANNELS>& means) const {
  const auto runs = level.hull.runs();
  level.pixels.resize(level.hull.size());
  parallel_for(0, static_cast<std::int64_t>(runs.size()), 64, threads_, [&](std::int64_t first, std::int64_t last) {
    for (const Run& run : runs.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(last - first))) {
      const auto source = [](int i, int size, int from) { return static_cast<int>(std::int64_t{i} * from / size); };
      const int y = source(run.y, level.height, alpha_.height());
      for (int i = run.begin; i < run.end; ++i) {
        Pixel& pixel = level.pixels[run.at + static_cast<std::size_t>(i - run.begin)];
        const int inside = std::clamp(i, 0, level.width - 1);
        const int x = source(inside, level.width, alpha_.width());
        pixel.color = colors_.at(y, x);
        pixel.alpha = static_cast<float>(alpha_at(y, x)) / 255;
        pixel.layers =
            coarser
                ? coarser->at(source(run.y, level.height, coarser->height), source(inside, level.width, coarser->width))
                      .layers
                : means;
        // What is certain, as not every neighbour is estimated.
        if (pixel.alpha == 1) std::ranges::copy(pixel.color, pixel.layers.begin());
        if (pixel.alpha == 0) std::ranges::copy(pixel.color, pixel.layers.begin() + 4);
      }
    }
  });
}

// Gauss and Seidel's method: each pixel's two colours from its neighbours' newest, equation 5 of the paper.
void Estimate::sweep_run(ColorLevel& level, const Run& run) {
  const auto row_of = [&](int y) -> Pixel* {
    const Run& found = *level.hull.find(std::clamp(y, 0, level.height - 1), run.begin);
    return level.pixels.data() + found.at + (run.begin - found.begin);
  };
  Pixel* const row = row_of(run.y);
  const Pixel* const above = row_of(run.y - 1);
  const Pixel* const below = row_of(run.y + 1);
  for (int i = 0; i < run.length(); ++i) {
    Pixel& pixel = row[i];
    // Beyond the sides the hull holds a copy of the pixel there; at the time it was made, so the pixel itself is taken.
    const Pixel& left = run.begin + i > 0 ? row[i - 1] : pixel;
    const Pixel& right = run.begin + i + 1 < level.width ? row[i + 1] : pixel;
    const float a = pixel.alpha;
    const float b = 1 - a;
    std::array<float, CHANNELS> sum{};
    float weights = 0;
    for (const Pixel* const near : {&left, &right, &above[i], &below[i]}) {
      const float weight = REGULARIZATION + std::abs(a - near->alpha);
      weights += weight;
      for (std::size_t c = 0; c < CHANNELS; ++c) sum[c] += weight * near->layers[c];
    }
    const float aa = a * a + weights;
    const float bb = b * b + weights;
    const float ab = a * b;
    const float scale = 1 / (aa * bb - ab * ab);
    for (std::size_t c = 0; c < 3; ++c) {
      const float front = sum[c] + a * pixel.color[c];
      const float back = sum[4 + c] + b * pixel.color[c];
      pixel.layers[c] = std::clamp((bb * front - ab * back) * scale, 0.0f, 1.0f);
      pixel.layers[4 + c] = std::clamp((aa * back - ab * front) * scale, 0.0f, 1.0f);
    }
  }
}

// In bands, the even ones first: the same whatever the number of threads.
void Estimate::sweep(ColorLevel& level) const {
  const int bands = (level.height + BAND - 1) / BAND;
  for (const int parity : {0, 1}) {
    parallel_for(0, (bands + 1 - parity) / 2, 1, threads_, [&](std::int64_t first, std::int64_t last) {
      for (auto i = static_cast<int>(first); i < last; ++i) {
        const int top = (2 * i + parity) * BAND;
        for (int y = top; y < std::min(level.height, top + BAND); ++y) {
          for (const Run& run : level.active.row(y)) sweep_run(level, run);
        }
      }
    });
  }
}

ColorLevel Estimate::run() const {
  const int width = alpha_.width();
  const int height = alpha_.height();
  const auto* const plane = reinterpret_cast<const std::uint8_t*>(alpha_.data());
  const Region partly = Region::of(plane, width, height, BETWEEN);
  if (partly.empty()) return {};

  // From the finest level down: each has all that the next finer one starts from.
  const int last = static_cast<int>(std::ceil(std::log2(std::max(width, height))));
  const auto side = [&](int size, int level) {
    return last == 0 ? size : static_cast<int>(std::lround(std::pow(size, static_cast<double>(level) / last)));
  };
  std::vector<ColorLevel> levels(static_cast<std::size_t>(last) + 1);
  for (int i = last; i >= 0; --i) {
    ColorLevel& level = levels[static_cast<std::size_t>(i)];
    level.width = side(width, i);
    level.height = side(height, i);
    level.active = i == last ? partly.dilated(MARGIN)
                             : levels[static_cast<std::size_t>(i) + 1].hull.scaled(level.width, level.height);
    level.hull = level.active.dilated(1);
  }
  const auto means = mean_layers();
  const ColorLevel* coarser = nullptr;
  for (ColorLevel& level : levels) {
    fill(level, coarser, means);
    const bool small = level.width <= SMALL_SIDE && level.height <= SMALL_SIDE;
    for (int i = 0; i < (small ? SMALL_ITERATIONS : ITERATIONS); ++i) sweep(level);
    coarser = &level;
  }
  return std::move(levels.back());
}

template <typename T>
void write_run(const ColorLevel& level, const Run& run, int colors, int step, T* row, const std::uint8_t* alpha) {
  constexpr float FULL = sizeof(T) == 2 ? 65535.0f : 255.0f;
  for (int x = std::max(0, run.begin); x < std::min(level.width, run.end); ++x) {
    if (alpha[x] == 0 || alpha[x] == 255) continue;
    const Pixel& pixel = level.pixels[run.at + static_cast<std::size_t>(x - run.begin)];
    for (int c = 0; c < colors; ++c) {
      row[x * step + c] = static_cast<T>(pixel.layers[static_cast<std::size_t>(c)] * FULL + 0.5f);
    }
  }
}

}  // namespace

Image foreground_colors(const Image& picture, const Image& alpha, int threads) {
  const ColorLevel level = Estimate(picture, alpha, threads).run();
  if (level.hull.empty()) return picture;
  auto out = like(picture, picture.width(), picture.height(), picture.format());
  std::memcpy(out->pixels.data(), picture.data(), picture.size_bytes());
  const int step = channels(picture.format());
  const int colors = step >= 3 ? 3 : 1;
  for (const Run& run : level.hull.runs()) {
    const auto* const row = reinterpret_cast<const std::uint8_t*>(alpha.data() + run.y * alpha.stride());
    if (bytes_per_sample(picture.format()) == 2) {
      write_run(level, run, colors, step, out->row<std::uint16_t>(run.y), row);
    } else {
      write_run(level, run, colors, step, out->row<std::uint8_t>(run.y), row);
    }
  }
  return Image(std::move(out));
}

}  // namespace peel
