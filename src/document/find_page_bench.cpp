// The search for a page's corners in a picture of 12 megapixels, network apart: one thread.
#include <benchmark/benchmark.h>

#include <vector>

#include "document/find_page.hpp"
#include "scenes/page_scene.hpp"

namespace peel::document {
namespace {

struct Photo {
  Image picture;
  Image mask;
};

/// A synthetic photograph, each pixel made a block until there are 12 megapixels and more.
const Photo& photo() {
  static const Photo PHOTO = [] {
    const auto small = scenes::render_page(scenes::random_scene(scenes::SceneKind::whole, 7));
    const PixelView from = small.picture.view();
    const int by = 4000 / std::max(from.width, from.height) + 1;
    const int width = from.width * by;
    const int height = from.height * by;
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
    for (int y = 0; y < height; ++y) {
      const auto* row = static_cast<const std::uint8_t*>(from.data) + y / by * from.stride;
      for (int x = 0; x < width; ++x) {
        for (int c = 0; c < 3; ++c) {
          pixels[(static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)) * 3 +
                 static_cast<std::size_t>(c)] = row[x / by * 3 + c];
        }
      }
    }
    return Photo{Image::from_pixels({pixels.data(), width, height, width * 3, PixelFormat::rgb8}), small.mask};
  }();
  return PHOTO;
}

void all_of_it(benchmark::State& state) {
  const auto& [picture, mask] = photo();
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(find_page(picture, mask, {.least_confidence = 0.5, .shape = {}, .threads = 1}));
  }
  state.counters["megapixels"] = picture.width() * 1e-6 * picture.height();
}
BENCHMARK(all_of_it)->Unit(benchmark::kMillisecond);

void working_copy_alone(benchmark::State& state) {
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(working_copy(photo().picture.view(), 720, 1));
}
BENCHMARK(working_copy_alone)->Unit(benchmark::kMillisecond);

void from_the_mask(benchmark::State& state) {
  const auto& [picture, mask] = photo();
  Search search(picture, mask, 1);
  for ([[maybe_unused]] auto _ : state) search.try_mask();
}
BENCHMARK(from_the_mask)->Unit(benchmark::kMillisecond)->Iterations(20);

void from_the_edges(benchmark::State& state) {
  const auto& [picture, mask] = photo();
  Search search(picture, mask, 1);
  for ([[maybe_unused]] auto _ : state) search.try_lines();
}
BENCHMARK(from_the_edges)->Unit(benchmark::kMillisecond)->Iterations(20);

}  // namespace
}  // namespace peel::document
