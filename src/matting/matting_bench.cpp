// Alpha matting and its parts, on a picture with hair whose mask a network of 320 x 320 pixels might have given:
// megapixels, the trimap's erosion. `unknown` is in pixels, `peak_mb` the most the process has held up to there.

#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <cmath>
#include <map>

#include "matting/closed_form.hpp"
#include "matting/trimap.hpp"
#include "peel/matting.hpp"
#include "scenes/hair_scene.hpp"

namespace peel {
namespace {

const scenes::HairScene& scene(std::int64_t megapixels) {
  static std::map<std::int64_t, scenes::HairScene> scenes;
  const auto found = scenes.find(megapixels);
  if (found != scenes.end()) return found->second;
  const double side = std::sqrt(static_cast<double>(megapixels) * 1e6 / 12);
  scenes.clear();  // one at a time
  return scenes.emplace(megapixels, scenes::hair_scene(static_cast<int>(4 * side), static_cast<int>(3 * side)))
      .first->second;
}

MattingOptions rule(std::int64_t erosion) {
  MattingOptions options;
  options.erosion.reset();
  if (erosion > 0) options.erosion = static_cast<int>(erosion);
  return options;
}

void report_memory(benchmark::State& state) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  state.counters["peak_mb"] = static_cast<double>(usage.ru_maxrss) / 1024;
}

void BM_Trimap(benchmark::State& state) {
  const auto& in = scene(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(make_trimap(in.mask, rule(state.range(1))));
}

void BM_Alpha(benchmark::State& state) {
  const auto& in = scene(state.range(0));
  const Image trimap = make_trimap(in.mask, rule(state.range(1)));
  const std::span<const std::uint8_t> values(reinterpret_cast<const std::uint8_t*>(trimap.data()), trimap.size_bytes());
  ClosedFormAlpha result;
  for (auto _ : state) result = closed_form_alpha(in.picture, values, {});
  state.counters["unknown"] = static_cast<double>(result.unknown);
  state.counters["iterations"] = result.iterations;
  report_memory(state);
}

void BM_Foreground(benchmark::State& state) {
  const auto& in = scene(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(estimate_foreground(in.picture, in.alpha));
  report_memory(state);
}

void BM_Refine(benchmark::State& state) {
  const auto& in = scene(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(refine_mask(in.picture, in.mask));
}

void BM_Matting(benchmark::State& state) {
  const auto& in = scene(state.range(0));
  for (auto _ : state) {
    const Image trimap = make_trimap(in.mask, rule(state.range(1)));
    const AlphaEstimate alpha = estimate_alpha(in.picture, trimap);
    benchmark::DoNotOptimize(estimate_foreground(in.picture, alpha.alpha));
  }
  report_memory(state);
}

void growth(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"megapixels", "erosion"})->Unit(benchmark::kMillisecond)->UseRealTime();
  for (const int erosion : {10, 20, 40, 80}) bench->Args({12, erosion});
}
void sizes(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"megapixels", "erosion"})->Unit(benchmark::kMillisecond)->UseRealTime();
  for (const int megapixels : {1, 3, 6, 12, 24}) bench->Args({megapixels, 0});
}
BENCHMARK(BM_Trimap)->Args({12, 10})->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(BM_Foreground)->Args({12, 0})->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(BM_Refine)->Args({12, 0})->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(BM_Alpha)->Apply(growth);
BENCHMARK(BM_Matting)->Args({12, 10})->Args({24, 10})->Apply(sizes);

}  // namespace
}  // namespace peel
