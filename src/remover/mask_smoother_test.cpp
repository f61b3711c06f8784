#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "peel/error.hpp"
#include "peel/video.hpp"
#include "support/error_of.hpp"

namespace peel {
namespace {

Image mask_of(const std::vector<std::uint8_t>& values) {
  const int width = static_cast<int>(values.size());
  return Image::from_pixels({values.data(), width, 1, width, PixelFormat::gray8});
}

int value(const Image& mask, int x) {
  return std::to_integer<int>(mask.data()[x]);
}

TEST(MaskSmoother, FlickerIsAveragedAndMovementIsNot) {
  MaskSmoother smoother(0.8);
  std::vector<std::uint8_t> values(16, 0);
  double roughness = 0;
  int before = 0;
  for (int frame = 0; frame < 40; ++frame) {
    values[0] = frame % 2 == 0 ? 110 : 140;  // in doubt
    values[1] = frame < 20 ? 0 : 255;        // something comes
    const Image steady = smoother.next(mask_of(values));
    if (frame > 10) roughness = std::max<double>(roughness, std::abs(value(steady, 0) - before));
    before = value(steady, 0);
    EXPECT_EQ(value(steady, 1), values[1]) << frame;
    EXPECT_EQ(value(steady, 2), 0);
  }
  EXPECT_LE(roughness, 10) << "of 30";
  EXPECT_NEAR(before, 125, 8);
}

TEST(MaskSmoother, ASlowChangeIsFollowedToItsEnd) {
  MaskSmoother smoother(0.9);
  std::vector<std::uint8_t> values(8, 100);
  smoother.next(mask_of(values));
  values.assign(8, 103);
  Image steady;
  for (int frame = 0; frame < 60; ++frame) steady = smoother.next(mask_of(values));
  EXPECT_EQ(value(steady, 0), 103);
}

TEST(MaskSmoother, AnotherSceneBeginsAnew) {
  MaskSmoother smoother(0.9);
  std::vector<std::uint8_t> values(8, 60);
  smoother.next(mask_of(values));
  values = {255, 255, 255, 90, 90, 90, 90, 90};
  const Image steady = smoother.next(mask_of(values));
  EXPECT_EQ(value(steady, 7), 90);
  EXPECT_EQ(value(smoother.next(mask_of(std::vector<std::uint8_t>(12, 80))), 0), 80) << "of another size";
}

TEST(MaskSmoother, NothingIsDoneForNothing) {
  MaskSmoother smoother(0);
  smoother.next(mask_of({10, 20}));
  EXPECT_EQ(value(smoother.next(mask_of({30, 20})), 0), 30);
  for (const double wrong : {-0.1, 1.0, std::nan("")}) {
    EXPECT_EQ(test::error_of([&] { MaskSmoother{wrong}; }).code(), ErrorCode::usage) << wrong;
  }
  EXPECT_EQ(test::error_of([&] { smoother.next(Image()); }).code(), ErrorCode::usage);
}

}  // namespace
}  // namespace peel
