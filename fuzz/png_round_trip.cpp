// Any pixels, written by peel's PNG encoder, are read back by libpng without a change.

#include <fuzzer/FuzzedDataProvider.h>

#include <cstdint>
#include <memory>

#include "fuzz/require.hpp"
#include "image/png_encoder.hpp"
#include "support/pictures.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace peel;
  FuzzedDataProvider input(bytes, size);
  const PixelFormat format = input.PickValueInArray(test::STORED_FORMATS);
  const Effort effort = input.PickValueInArray({Effort::fast, Effort::balanced, Effort::small});
  const int threads = input.ConsumeIntegralInRange(1, 3);
  // Now and then larger than the strip that one thread encodes.
  const int limit = input.ConsumeIntegral<std::uint8_t>() == 0 ? 700 : 70;
  const int width = input.ConsumeIntegralInRange(1, limit);
  const int height = input.ConsumeIntegralInRange(1, limit);
  auto data = std::make_shared<Image::Data>(width, height, format);
  if (input.ConsumeBool()) {
    data->resolution = Resolution{input.ConsumeFloatingPointInRange(0.001, 1e6), 11.811};
  }
  // The rest is the picture's texture: repeated, so that there is something to compress.
  auto texture = input.ConsumeRemainingBytes<std::uint8_t>();
  if (texture.empty()) texture.push_back(0);
  auto* const pixels = reinterpret_cast<std::uint8_t*>(data->pixels.data());
  for (std::size_t i = 0; i < data->pixels.size(); ++i) pixels[i] = texture[i % texture.size()];

  const Image image(std::move(data));
  const Image back = decode(encode_png(image, effort, threads));
  fuzz::require(test::same_pixels(back, image), "the same pixels");
  fuzz::require(back.resolution().has_value() == image.resolution().has_value(), "the resolution is kept");
  return 0;
}
