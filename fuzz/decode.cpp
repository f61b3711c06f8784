// Any bytes are a picture as Image promises it, within the limits, or Error(input).

#include <cstdint>
#include <span>

#include "fuzz/require.hpp"
#include "peel/image.hpp"

// dav1d, which decodes AVIF, forgets some bytes over a few damaged files.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libdav1d";
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace peel;
  DecodeOptions options;
  options.limits = {.max_pixels = 1 << 18, .max_bytes = 1 << 20};
  options.pillow_cmyk = size % 2 == 1;
  Image image;
  if (!fuzz::accepts(ErrorCode::input, [&] { image = decode(std::as_bytes(std::span(data, size)), options); })) {
    return 0;
  }
  const auto pixels = static_cast<std::uint64_t>(image.width()) * static_cast<std::uint64_t>(image.height());
  fuzz::require(pixels > 0 && pixels <= options.limits.max_pixels, "size within the limits");
  fuzz::require(image.format() != PixelFormat::bgr8 && image.format() != PixelFormat::bgra8, "a format of Image");
  fuzz::require(image.stride() == image.width() * channels(image.format()) * bytes_per_sample(image.format()),
                "packed rows");
  fuzz::require(!image.source_format().empty(), "a source format");
  if (const auto resolution = image.resolution()) {
    fuzz::require(resolution->x > 0 && resolution->y > 0, "a resolution is positive");
  }
  return 0;
}
