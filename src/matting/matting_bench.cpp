// What lies between a picture of 12 megapixels and a network, and between its answer and the cut-out.

#include <benchmark/benchmark.h>

#include "image/test_pictures.hpp"
#include "matting/cutout.hpp"
#include "matting/mask.hpp"
#include "matting/network_input.hpp"
#include "support/noise.hpp"

namespace peel {
namespace {

constexpr int WIDTH = 4000;
constexpr int HEIGHT = 3000;
constexpr int NETWORK = 1024;

/// An ellipse, a third of the map, soft at its edge.
const SmallMask& small_mask() {
  static const SmallMask mask = [] {
    SmallMask made{NETWORK, NETWORK, std::vector<std::uint8_t>(std::size_t{NETWORK} * NETWORK), true};
    for (int y = 0; y < NETWORK; ++y) {
      for (int x = 0; x < NETWORK; ++x) {
        const double distance =
            std::hypot((x - NETWORK / 2.0) / (NETWORK * 0.32), (y - NETWORK / 2.0) / (NETWORK * 0.32));
        made.values[static_cast<std::size_t>(y) * NETWORK + static_cast<std::size_t>(x)] =
            static_cast<std::uint8_t>(std::clamp((1.05 - distance) * 20, 0.0, 1.0) * 255);
      }
    }
    return made;
  }();
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
  for (auto _ : state) benchmark::DoNotOptimize(over_color(in, {255, 255, 255, 255}, threads));
}
BENCHMARK(BM_OverWhite)->Apply(options);

}  // namespace
}  // namespace peel
