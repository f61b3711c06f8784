// Alpha and colours on photographs: against pymatting's, and against ground truth.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "peel/mask.hpp"
#include "peel/matting.hpp"
#include "support/test_data.hpp"

namespace peel {
namespace {

const std::filesystem::path& data() {
  static const std::filesystem::path folder = test::data_folder() / "data" / "matting";
  return folder;
}

std::filesystem::path png(const std::string& folder, const std::string& name) {
  return data() / folder / (name + ".png");
}

/// A grey picture of 8 or 16 bits from 0 to 1.
std::vector<double> levels(const Image& gray) {
  EXPECT_EQ(channels(gray.format()), 1);
  std::vector<double> values;
  const auto take = [&]<typename T>(T full) {
    const auto* const first = reinterpret_cast<const T*>(gray.data());
    for (std::size_t i = 0; i < gray.size_bytes() / sizeof(T); ++i) values.push_back(1.0 * first[i] / full);
  };
  if (bytes_per_sample(gray.format()) == 2) {
    take(std::uint16_t{65535});
  } else {
    take(std::uint8_t{255});
  }
  return values;
}

double sum_of_differences(const std::vector<double>& a, const std::vector<double>& b) {
  EXPECT_EQ(a.size(), b.size());
  double sum = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) sum += std::abs(a[i] - b[i]);
  return sum;
}

double mean_difference(const std::vector<double>& a, const std::vector<double>& b) {
  return sum_of_differences(a, b) / static_cast<double>(a.size());
}

/// Ten photographs of alphamatting.com's training set with its small trimaps, pymatting's alpha of them in 16 bits, and
/// ground truth.
class MattingQuality : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override { PEEL_NEEDS_DATA(); }

  static std::vector<std::string> photographs() {
    std::vector<std::string> names;
    for (const std::string& file : test::names_in(data() / "images")) {
      const std::string name = std::filesystem::path(file).stem().string();
      if (std::filesystem::exists(png("trimaps", name))) names.push_back(name);
    }
    return names;
  }
  static std::vector<double> alpha_of(const Image& picture, const Image& trimap, bool exact) {
    const AlphaEstimate estimate = estimate_alpha(picture, mask_from_picture(trimap), exact);
    EXPECT_TRUE(estimate.solved);
    return levels(estimate.alpha);
  }
};

// Exact is pymatting's alpha in 8 bits (observed: 0.0002 on the mean, 0.0004 on the worst). Quick is as near where it
// can be seen (0.0005; 0.0023 on GT13, which does not settle in 100 iterations), and no farther from the truth.
TEST_P(MattingQuality, AlphaIsPymattings) {
  const bool exact = GetParam();
  const double bar = exact ? 0.001 : 0.004;
  double total = 0;
  double our_errors = 0;
  double their_errors = 0;
  int count = 0;
  int place = 0;
  // The exact solution takes minutes.
  const bool every = !exact || test::all_pictures();
  for (const std::string& name : photographs()) {
    if (!every && place++ % 3 != 0) continue;
    SCOPED_TRACE(name);
    const std::vector<double> ours = alpha_of(load_image(png("images", name)), load_image(png("trimaps", name)), exact);
    const std::vector<double> theirs = levels(load_image(png("pymatting", name)));
    const std::vector<double> truth = levels(load_image(png("alpha", name)));
    const double difference = mean_difference(ours, theirs);
    const double our_error = sum_of_differences(ours, truth);
    const double their_error = sum_of_differences(theirs, truth);
    EXPECT_LE(difference, bar);
    EXPECT_LE(our_error, 1.05 * their_error);
    total += difference;
    our_errors += our_error;
    their_errors += their_error;
    ++count;
  }
  ASSERT_EQ(count, every ? 10 : 4);
  EXPECT_LE(total / count, exact ? 0.0005 : 0.002);
  EXPECT_NEAR(our_errors, their_errors, 0.05 * their_errors);
}

TEST_P(MattingQuality, AlphaOfPymattingsOwnExample) {
  const std::vector<double> ours =
      alpha_of(load_image(png("lemur", "lemur")), load_image(png("lemur", "lemur_trimap")), GetParam());
  const double difference = mean_difference(ours, levels(load_image(png("lemur", "lemur_alpha"))));
  EXPECT_LE(difference, 0.002);  // observed: 0.00075
}

INSTANTIATE_TEST_SUITE_P(Matting, MattingQuality, testing::Bool(),
                         [](const auto& kind) { return kind.param ? "Exact" : "Quick"; });

// Theirs is another implementation of the same method, and the difference mostly where alpha is low and a colour hardly
// shows.
TEST(ForegroundQuality, ColoursOfPymattingsOwnExample) {
  PEEL_NEEDS_DATA();
  const Image picture = load_image(png("lemur", "lemur"));
  const Image alpha = load_image(png("lemur", "lemur_alpha"));
  const Image theirs = load_image(png("lemur", "lemur_foreground"));
  const Image ours = estimate_foreground(picture, alpha);
  ASSERT_EQ(channels(theirs.format()), 3);
  const auto bytes = [](const Image& image) { return reinterpret_cast<const std::uint8_t*>(image.data()); };
  const int step = channels(ours.format());
  double sum = 0;
  double weighed = 0;
  double without = 0;
  int count = 0;
  for (std::ptrdiff_t i = 0; i < static_cast<std::ptrdiff_t>(alpha.size_bytes()); ++i) {
    const int a = bytes(alpha)[i];
    if (a == 0 || a == 255) continue;
    for (int c = 0; c < 3; ++c) {
      const int wanted = bytes(theirs)[i * 3 + c];
      const int difference = std::abs(bytes(ours)[i * step + c] - wanted);
      sum += difference;
      weighed += difference * a / 255.0;
      without += std::abs(bytes(picture)[i * step + c] - wanted);
      ++count;
    }
  }
  // In levels of 255. Observed: 2.5, and 1.04 weighed by alpha, as it shows; the picture's own colours: 12.9.
  EXPECT_LE(sum / count, 3.5);
  EXPECT_LE(weighed / count, 1.5);
  EXPECT_GE(without / count, 10);
}

}  // namespace
}  // namespace peel
