#include "mask/network_input.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace peel {
namespace {

constexpr std::array<double, 3> MEAN{0.485, 0.456, 0.406};
constexpr std::array<double, 3> STD{0.229, 0.224, 0.225};

TEST(NetworkInput, DividesByTheLargestSampleOfThePicture) {
  const std::vector<std::uint8_t> rgb = {200, 100, 50, 0, 20, 40};  // two pixels beside each other
  const Tensor tensor = network_input(rgb, 2, 1, MEAN, STD);
  EXPECT_THAT(tensor.shape, testing::ElementsAre(1, 3, 1, 2));
  EXPECT_THAT(tensor.values,
              testing::ElementsAre(
                  static_cast<float>((200 / 200.0 - 0.485) / 0.229), static_cast<float>((0.0 - 0.485) / 0.229),
                  static_cast<float>((100 / 200.0 - 0.456) / 0.224), static_cast<float>((20 / 200.0 - 0.456) / 0.224),
                  static_cast<float>((50 / 200.0 - 0.406) / 0.225), static_cast<float>((40 / 200.0 - 0.406) / 0.225)));
}

TEST(NetworkInput, BlackIsNotDividedByZero) {
  const std::vector<std::uint8_t> rgb(3, 0);
  EXPECT_THAT(network_input(rgb, 1, 1, {0.5, 0.5, 0.5}, {1, 1, 1}).values, testing::ElementsAre(-0.5f, -0.5f, -0.5f));
}

}  // namespace
}  // namespace peel
