#include <benchmark/benchmark.h>

#include <array>
#include <opencv2/imgproc.hpp>

#include "base/geometry.hpp"
#include "peel/document.hpp"
#include "support/pictures.hpp"

namespace peel::document {
namespace {

constexpr int WIDTH = 3000;  // 12 megapixels
constexpr int HEIGHT = 4000;
constexpr int PAGE_WIDTH = 2550;  // 9.2 megapixels
constexpr int PAGE_HEIGHT = 3600;

// How a page lies in the picture.
const std::array<Corners, 4> LAYOUTS{{
    {{{180, 150}, {2800, 210}, {2900, 3850}, {90, 3790}}},     // from straight above, or nearly
    {{{420, 500}, {2540, 480}, {2930, 3820}, {60, 3850}}},     // held at an angle: the near end is reduced
    {{{2850, 420}, {2930, 3560}, {90, 3900}, {150, 110}}},     // on its side
    {{{1500, 100}, {2900, 1900}, {1500, 3900}, {100, 2000}}},  // on its corner
}};

Image picture_of(PixelFormat format) {
  return Image(test::photograph(WIDTH, HEIGHT, format));
}

// Arguments: layout, format, threads.
void flatten(benchmark::State& state) {
  const Image picture = picture_of(static_cast<PixelFormat>(state.range(1)));
  const Corners& corners = LAYOUTS[static_cast<std::size_t>(state.range(0))];
  for (auto _ : state) {
    benchmark::DoNotOptimize(flatten_page(picture, corners, PAGE_WIDTH, PAGE_HEIGHT, static_cast<int>(state.range(2))));
  }
}
constexpr auto RGB8 = static_cast<std::int64_t>(PixelFormat::rgb8);
BENCHMARK(flatten)->ArgsProduct({{0, 1, 2, 3}, {RGB8}, {1, 2}})->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(flatten)
    ->ArgsProduct({{1},
                   {static_cast<std::int64_t>(PixelFormat::gray8), static_cast<std::int64_t>(PixelFormat::rgba8),
                    static_cast<std::int64_t>(PixelFormat::rgb16)},
                   {1}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

// OpenCV's, which interpolates with 32 x 32 phases and does not average what shrinks.
void opencv_cubic(benchmark::State& state) {
  const Image picture = picture_of(PixelFormat::rgb8);
  const Homography h = from_rectangle(PAGE_WIDTH, PAGE_HEIGHT, LAYOUTS[static_cast<std::size_t>(state.range(0))]);
  const cv::Mat in(HEIGHT, WIDTH, CV_8UC3, const_cast<std::byte*>(picture.data()));
  const cv::Mat map(3, 3, CV_64F, const_cast<double*>(h.m.data()));
  cv::setNumThreads(static_cast<int>(state.range(1)));
  for (auto _ : state) {
    cv::Mat out;
    cv::warpPerspective(in, out, map, {PAGE_WIDTH, PAGE_HEIGHT}, cv::INTER_CUBIC | cv::WARP_INVERSE_MAP,
                        cv::BORDER_REPLICATE);
    benchmark::DoNotOptimize(out.data);
  }
}
BENCHMARK(opencv_cubic)->ArgsProduct({{0, 1, 2, 3}, {1, 2}})->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace peel::document
