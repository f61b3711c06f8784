#include "measures/measures.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

namespace peel {
namespace {

Image mask(std::vector<std::uint8_t> values) {
  const int width = static_cast<int>(values.size());
  return Image::from_pixels({values.data(), width, 1, width, PixelFormat::gray8});
}

TEST(Difference, CountsLevels) {
  const auto d = difference(mask({0, 10, 255}), mask({0, 13, 249}));
  EXPECT_DOUBLE_EQ(d.mean, 3.0);
  EXPECT_EQ(d.largest, 6);
  EXPECT_THROW(difference(mask({0}), mask({0, 0})), std::invalid_argument);
}

TEST(Agreement, IsOfWhatIsSubjectInBoth) {
  const MaskAgreement a = agreement(mask({255, 200, 127, 0}), mask({255, 100, 128, 0}));
  EXPECT_DOUBLE_EQ(a.iou, 1.0 / 3.0);
  EXPECT_DOUBLE_EQ(a.mae, 101.0 / 4 / 255);
  const MaskAgreement none = agreement(mask({0, 5}), mask({0, 0}));
  EXPECT_DOUBLE_EQ(none.iou, 1.0);
  EXPECT_GT(none.mae, 0.0);
  EXPECT_THROW(agreement(mask({0}), mask({0, 0})), std::invalid_argument);
}

TEST(Gray, TakesTheFirstChannelInEightBits) {
  const std::vector<std::uint8_t> rgb{7, 1, 2, 255, 3, 4};
  EXPECT_DOUBLE_EQ(difference(gray(Image::from_pixels({rgb.data(), 2, 1, 6, PixelFormat::rgb8})), mask({7, 255})).mean,
                   0.0);
  const std::vector<std::uint16_t> deep{0, 65535, 257 * 9};
  EXPECT_DOUBLE_EQ(
      difference(gray(Image::from_pixels({deep.data(), 3, 1, 6, PixelFormat::gray16})), mask({0, 255, 9})).mean, 0.0);
}

TEST(Salience, PerfectAndInverted) {
  Salience perfect;
  perfect.add(mask({0, 255, 255, 0}), mask({0, 255, 255, 0}));
  EXPECT_DOUBLE_EQ(perfect.mae(), 0.0);
  EXPECT_DOUBLE_EQ(perfect.max_f(), 1.0);
  Salience inverted;
  inverted.add(mask({255, 0, 0, 255}), mask({0, 255, 255, 0}));
  EXPECT_DOUBLE_EQ(inverted.mae(), 1.0);
  // The best threshold is 0: everything is subject, precision 1/2, recall 1.
  EXPECT_NEAR(inverted.max_f(), 1.3 * 0.5 / (0.3 * 0.5 + 1.0), 1e-12);
}

TEST(Salience, AveragesOverPictures) {
  Salience two;
  two.add(mask({0, 255}), mask({0, 255}));
  two.add(mask({255, 255}), mask({0, 255}));
  EXPECT_DOUBLE_EQ(two.mae(), 0.25);
  EXPECT_EQ(two.count(), 2u);
  EXPECT_NEAR(two.max_f(), 1.3 * 0.75 / (0.3 * 0.75 + 1.0), 1e-12);
}

}  // namespace
}  // namespace peel
