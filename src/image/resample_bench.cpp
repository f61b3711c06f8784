#include <benchmark/benchmark.h>

#include <vector>

#include "image/resample.hpp"

namespace peel {
namespace {

// 12 megapixels to a network's input; argument 0: its side, argument 1: threads.
void picture_to_network(benchmark::State& state) {
  const std::vector<std::uint8_t> picture(4000 * 3000 * 3, 127);
  const int side = static_cast<int>(state.range(0));
  for (auto _ : state) {
    benchmark::DoNotOptimize(resample_rgb({picture.data(), 4000, 3000, 12000, PixelFormat::rgb8}, side, side,
                                          static_cast<int>(state.range(1))));
  }
}
BENCHMARK(picture_to_network)->ArgsProduct({{320, 1024}, {1, 2}})->Unit(benchmark::kMillisecond)->UseRealTime();

void mask_to_picture(benchmark::State& state) {
  const int side = static_cast<int>(state.range(0));
  const std::vector<std::uint8_t> mask(static_cast<std::size_t>(side * side), 127);
  std::vector<std::uint8_t> out(4000 * 3000);
  for (auto _ : state) {
    resample_gray(mask.data(), side, side, out.data(), 4000, 3000, static_cast<int>(state.range(1)));
    benchmark::ClobberMemory();
  }
}
BENCHMARK(mask_to_picture)->ArgsProduct({{320, 1024}, {1, 2}})->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace peel
