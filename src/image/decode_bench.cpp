// Decoding a photograph as cameras store it.

#include <benchmark/benchmark.h>

#include "image/png_encoder.hpp"
#include "support/pictures.hpp"

namespace peel {
namespace {

/// Of 12 megapixels. The picture is smoother than a photograph, so that more of the time goes to what libjpeg does not
/// do.
const std::vector<std::byte>& file(FileFormat format) {
  static const Image picture(test::photograph(4000, 3000, PixelFormat::rgb8));
  static const std::vector<std::byte> jpeg = encode(picture, {FileFormat::jpeg, 92, Effort::balanced, 0});
  static const std::vector<std::byte> png = encode_png(picture, Effort::fast, 0);
  return format == FileFormat::jpeg ? jpeg : png;
}

template <FileFormat format>
void BM_Decode(benchmark::State& state) {
  const auto& bytes = file(format);
  for (auto _ : state) benchmark::DoNotOptimize(decode(bytes));
}
BENCHMARK(BM_Decode<FileFormat::jpeg>)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK(BM_Decode<FileFormat::png>)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();

}  // namespace
}  // namespace peel
