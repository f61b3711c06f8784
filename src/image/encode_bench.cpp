// PNG encoding of a cut-out from a photograph of 12 megapixels: ours, and libvips's with libpng and zlib beside it.

#include <benchmark/benchmark.h>

#include "image/png_encoder.hpp"
#include "image/vips.hpp"
#include "support/pictures.hpp"
#include "support/test_data.hpp"

namespace peel {
namespace {

constexpr int WIDTH = 4000;
constexpr int HEIGHT = 3000;

/// The photograph, repeated to size, an ellipse of it opaque: about half of the pixels, soft at the edge.
Image cutout() {
  const auto photo = test::data_folder() / "data" / "photos" / "10mp_o6_canon_eos_1000d.jpg";
  const Image source =
      std::filesystem::exists(photo) ? load_image(photo) : Image(test::photograph(2000, 1500, PixelFormat::rgb8));
  auto data = std::make_shared<Image::Data>(WIDTH, HEIGHT, PixelFormat::rgba8);
  for (int y = 0; y < HEIGHT; ++y) {
    auto* to = data->row<std::uint8_t>(y);
    for (int x = 0; x < WIDTH; ++x, to += 4) {
      const double distance = std::hypot((x - WIDTH / 2.0) / (WIDTH * 0.4), (y - HEIGHT / 2.0) / (HEIGHT * 0.4));
      const auto alpha = static_cast<std::uint8_t>(std::clamp((1.02 - distance) * 50, 0.0, 1.0) * 255);
      const auto* from = reinterpret_cast<const std::uint8_t*>(source.data()) +
                         (y % source.height()) * source.stride() + (x % source.width()) * std::ptrdiff_t{3};
      for (int c = 0; c < 3; ++c) to[c] = alpha == 0 ? std::uint8_t{0} : from[c];
      to[3] = alpha;
    }
  }
  return Image(std::move(data));
}

const Image& picture() {
  static const Image image = cutout();
  return image;
}

void report(benchmark::State& state, std::size_t bytes) {
  state.counters["MB"] = static_cast<double>(bytes) / 1e6;
}

void BM_Peel(benchmark::State& state) {
  const Image& image = picture();
  std::size_t bytes = 0;
  for (auto _ : state) {
    bytes = encode_png(image, static_cast<Effort>(state.range(0)), static_cast<int>(state.range(1))).size();
  }
  report(state, bytes);
}
BENCHMARK(BM_Peel)
    ->ArgNames({"effort", "threads"})
    ->ArgsProduct({{0, 1, 2}, {1, 2}})
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

void BM_Libvips(benchmark::State& state) {
  start_vips();
  const Image& image = picture();
  std::size_t bytes = 0;
  for (auto _ : state) {
    const VipsImagePointer pixels(vips_image_new_from_memory(image.data(), image.size_bytes(), image.width(),
                                                             image.height(), 4, VIPS_FORMAT_UCHAR));
    void* data = nullptr;
    if (vips_pngsave_buffer(pixels.get(), &data, &bytes, "compression", static_cast<int>(state.range(0)), "filter",
                            VIPS_FOREIGN_PNG_FILTER_ALL, nullptr) != 0) {
      state.SkipWithError(take_vips_error().c_str());
    }
    g_free(data);
  }
  report(state, bytes);
}
BENCHMARK(BM_Libvips)
    ->ArgName("level")
    ->Arg(1)
    ->Arg(6)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

}  // namespace
}  // namespace peel
