// What lies between a picture of 12 megapixels and a network, and between its answer and the cut-out.

#include <benchmark/benchmark.h>

#include <opencv2/imgproc.hpp>

#include "image/compose.hpp"
#include "mask/cutout.hpp"
#include "mask/mask.hpp"
#include "mask/network_input.hpp"
#include "peel/mask.hpp"
#include "support/noise.hpp"
#include "support/pictures.hpp"

namespace peel {
namespace {

constexpr int WIDTH = 4000;
constexpr int HEIGHT = 3000;
constexpr int NETWORK = 1024;

/// An ellipse, a third of the map, soft at its edge.
std::vector<std::uint8_t> ellipse() {
  std::vector<std::uint8_t> levels(std::size_t{NETWORK} * NETWORK);
  for (int y = 0; y < NETWORK; ++y) {
    for (int x = 0; x < NETWORK; ++x) {
      const double distance =
          std::hypot((x - NETWORK / 2.0) / (NETWORK * 0.32), (y - NETWORK / 2.0) / (NETWORK * 0.32));
      levels[static_cast<std::size_t>(y) * NETWORK + static_cast<std::size_t>(x)] =
          static_cast<std::uint8_t>(std::clamp((1.05 - distance) * 20, 0.0, 1.0) * 255);
    }
  }
  return levels;
}

Image at_network_size(const std::vector<std::uint8_t>& levels) {
  return Image::from_pixels({levels.data(), NETWORK, NETWORK, NETWORK, PixelFormat::gray8});
}

const Image& small_mask() {
  static const Image mask = at_network_size(ellipse());
  return mask;
}

const Image& picture(PixelFormat format) {
  static const Image rgb(test::photograph(WIDTH, HEIGHT, PixelFormat::rgb8));
  static const Image rgba(test::photograph(WIDTH, HEIGHT, PixelFormat::rgba8));
  return format == PixelFormat::rgb8 ? rgb : rgba;
}

void options(benchmark::internal::Benchmark* bench) {
  bench->ArgName("threads")->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();
}

void BM_NetworkInput(benchmark::State& state) {
  const auto rgb = test::noise(NETWORK * NETWORK * 3, 1);
  for (auto _ : state) {
    benchmark::DoNotOptimize(network_input(rgb, NETWORK, NETWORK, {0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}));
  }
}
BENCHMARK(BM_NetworkInput)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();

void BM_FullSizeMask(benchmark::State& state) {
  const int threads = static_cast<int>(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(full_size_mask(small_mask(), WIDTH, HEIGHT, threads));
}
BENCHMARK(BM_FullSizeMask)->Apply(options);

template <PixelFormat format>
void BM_CutOut(benchmark::State& state) {
  const Image& in = picture(format);
  const Image mask = full_size_mask(small_mask(), WIDTH, HEIGHT, 0);
  const int threads = static_cast<int>(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(cut_out(in, mask, threads));
}
BENCHMARK(BM_CutOut<PixelFormat::rgb8>)->Apply(options);
BENCHMARK(BM_CutOut<PixelFormat::rgba8>)->Apply(options);

void BM_OverWhite(benchmark::State& state) {
  const Image mask = full_size_mask(small_mask(), WIDTH, HEIGHT, 0);
  const Image in = cut_out(picture(PixelFormat::rgb8), mask, 0);
  const int threads = static_cast<int>(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(over_color(in, WHITE, threads));
}
BENCHMARK(BM_OverWhite)->Apply(options);

/// The ellipse with 300 soft islands beside it and as many holes in it.
const Image& untidy_mask() {
  static const Image made = [] {
    std::vector<std::uint8_t> levels = ellipse();
    const auto places = test::noise(1200, 7);
    for (std::size_t i = 0; i < places.size(); i += 2) {
      const std::size_t x = 4u * places[i];
      const std::size_t y = 4u * places[i + 1];
      std::uint8_t& value = levels[y * NETWORK + x];
      value = static_cast<std::uint8_t>(255 - value);
    }
    return full_size_mask(at_network_size(levels), WIDTH, HEIGHT, 0);
  }();
  return made;
}

void clean(benchmark::State& state, const MaskCleaning& cleaning) {
  const int threads = static_cast<int>(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(clean_mask(untidy_mask(), cleaning, threads));
}
BENCHMARK_CAPTURE(clean, threshold, MaskCleaning{.threshold = 128})->Apply(options);
BENCHMARK_CAPTURE(clean, islands, MaskCleaning{.least_area = {2000}})->Apply(options);
BENCHMARK_CAPTURE(clean, holes, MaskCleaning{.fill_holes = MaskArea{100, true}})->Apply(options);
BENCHMARK_CAPTURE(clean, grow_5, MaskCleaning{.offset = 5})->Apply(options);
BENCHMARK_CAPTURE(clean, shrink_5, MaskCleaning{.offset = -5})->Apply(options);
BENCHMARK_CAPTURE(clean, grow_1_5, MaskCleaning{.offset = 1.5})->Apply(options);
BENCHMARK_CAPTURE(clean, grow_50, MaskCleaning{.offset = 50})->Apply(options);
BENCHMARK_CAPTURE(clean, feather_4, MaskCleaning{.feather = 4})->Apply(options);
BENCHMARK_CAPTURE(clean, feather_20, MaskCleaning{.feather = 20})->Apply(options);
BENCHMARK_CAPTURE(clean, feather_100, MaskCleaning{.feather = 100})->Apply(options);
BENCHMARK_CAPTURE(clean, invert, MaskCleaning{.invert = true})->Apply(options);

/// What the runs of the labelling are measured against: OpenCV's label for each pixel.
void BM_OpencvLabels(benchmark::State& state) {
  const Image& mask = untidy_mask();
  const cv::Mat in(mask.height(), mask.width(), CV_8UC1, const_cast<std::byte*>(mask.data()));
  for (auto _ : state) {
    cv::Mat labels, statistics, centres;
    const cv::Mat pieces = in >= 10;
    benchmark::DoNotOptimize(cv::connectedComponentsWithStats(pieces, labels, statistics, centres, 8));
  }
}
BENCHMARK(BM_OpencvLabels)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();

}  // namespace
}  // namespace peel
