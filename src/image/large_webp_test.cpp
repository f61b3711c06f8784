// Minutes on a busy machine, so by itself.

#include <gtest/gtest.h>

#include <random>

#include "image/image_data.hpp"

namespace peel {
namespace {

// Blocks of 4 x 4 pixels that have nothing to do with each other: 512 KB, all that WebP has for how blocks are
// predicted, are too few for them when libwebp does not look for what is cheaper.
TEST(LargeWebp, IsEncodedFastHoweverMuchDetailThereIs) {
  constexpr int SIDE = 5600;
  auto data = std::make_shared<Image::Data>(SIDE, SIDE, PixelFormat::gray8);
  std::mt19937 random(1);
  std::vector<std::uint8_t> blocks(SIDE / 4);
  for (int y = 0; y < SIDE; ++y) {
    if (y % 4 == 0) {
      for (std::uint8_t& block : blocks) block = static_cast<std::uint8_t>(random() % 2 * 255);
    }
    for (int x = 0; x < SIDE; ++x) data->row<std::uint8_t>(y)[x] = blocks[static_cast<std::size_t>(x / 4)];
  }
  const auto webp = encode(Image(data), {.format = FileFormat::webp, .quality = {}, .effort = Effort::fast});
  EXPECT_EQ(decode(webp).width(), SIDE);
}

}  // namespace
}  // namespace peel
