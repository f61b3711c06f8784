#include <benchmark/benchmark.h>

#include "peel/document.hpp"
#include "support/pictures.hpp"

namespace peel {
namespace {

// A page of 9 megapixels; arguments: how, threads.
void enhance(benchmark::State& state) {
  const Image page(test::photograph(2550, 3600, PixelFormat::rgb8));
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        enhance_page(page, static_cast<Enhance>(state.range(0)), static_cast<int>(state.range(1))));
  }
}
BENCHMARK(enhance)
    ->ArgsProduct({{static_cast<std::int64_t>(Enhance::contrast), static_cast<std::int64_t>(Enhance::bw)}, {1, 2}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace peel
