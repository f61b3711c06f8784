#include "matting/guided_upsample.hpp"

#include <gtest/gtest.h>

#include "support/matting_reference.hpp"

namespace peel {
namespace {

using test::Dice;
using test::place;
using test::Plane;
using test::Scene;

using Fit = std::array<double, 4>;  ///< factors of red, green and blue, and the rest

/// The linear function of colour that is nearest to alpha in the 3 x 3 pixels around one, as far as they are inside.
Fit fitted(const ColorPlane& colors, const std::vector<float>& alpha, int y, int x) {
  std::array<double, 3> mean{};
  double mean_alpha = 0;
  int count = 0;
  const auto for_window = [&](const auto& body) {
    for (int row = std::max(0, y - 1); row <= std::min(colors.height() - 1, y + 1); ++row) {
      for (int column = std::max(0, x - 1); column <= std::min(colors.width() - 1, x + 1); ++column) {
        body(colors.at(row, column), static_cast<double>(alpha[place(colors.width(), row, column)]));
      }
    }
  };
  for_window([&](const std::array<float, 3>& color, double a) {
    for (std::size_t c = 0; c < 3; ++c) mean[c] += static_cast<double>(color[c]);
    mean_alpha += a;
    ++count;
  });
  for (double& value : mean) value /= count;
  mean_alpha /= count;
  std::array<std::array<double, 3>, 3> covariance{};
  std::array<double, 3> right{};
  for_window([&](const std::array<float, 3>& color, double a) {
    for (std::size_t i = 0; i < 3; ++i) {
      const double difference = static_cast<double>(color[i]) - mean[i];
      right[i] += difference * (a - mean_alpha) / count;
      for (std::size_t k = 0; k < 3; ++k)
        covariance[i][k] += difference * (static_cast<double>(color[k]) - mean[k]) / count;
    }
  });
  for (std::size_t i = 0; i < 3; ++i) covariance[i][i] += 1e-4 / 9;
  const auto slope = test::solve_by_cramer(covariance, right);
  return {slope[0], slope[1], slope[2], mean_alpha - slope[0] * mean[0] - slope[1] * mean[1] - slope[2] * mean[2]};
}

/// Pixels' middles are at a half: where pixel `i` of the fine picture is between two of the coarse one.
struct Between {
  int first, second;
  double share;  ///< of the second
  Between(int i, int coarse_size) {
    const double at = (i + 0.5) / 2 - 0.5;
    const int below = static_cast<int>(std::floor(at));
    first = std::max(0, below);
    second = std::min(coarse_size - 1, below + 1);
    share = at - below;
  }
};

TEST(GuidedUpsample, MixesTheFitsOfColours) {
  Dice dice(1);
  for (const Scene scene : {Scene::noise, Scene::constant, Scene::gradient, Scene::smooth, Scene::two_colors}) {
    for (const auto& [width, height] : {std::pair{1, 1}, {1, 9}, {10, 1}, {2, 2}, {17, 12}, {24, 35}}) {
      const ColorPlane fine(test::scene(scene, PixelFormat::rgb8, width, height, dice));
      const ColorPlane coarse = fine.halved(1);
      std::vector<float> coarse_alpha(test::pixels(coarse.width(), coarse.height()));
      for (float& value : coarse_alpha) value = static_cast<float>(dice.unit());
      const Plane where = test::random_plane(width, height, 0.6, dice);
      constexpr float UNTOUCHED = 12345;
      for (const int threads : {1, 3}) {
        std::vector<float> alpha(where.size(), UNTOUCHED);
        guided_upsample(coarse, coarse_alpha.data(), fine, test::region_of(where, width, height), alpha.data(),
                        threads);
        for (int y = 0; y < height; ++y) {
          for (int x = 0; x < width; ++x) {
            const float got = alpha[place(width, y, x)];
            if (where[place(width, y, x)] == 0) {
              ASSERT_EQ(got, UNTOUCHED);
              continue;
            }
            const Between across(x, coarse.width());
            const Between down(y, coarse.height());
            Fit mixed{};
            for (const auto& [row, row_share] : {std::pair{down.first, 1 - down.share}, {down.second, down.share}}) {
              for (const auto& [column, share] :
                   {std::pair{across.first, 1 - across.share}, {across.second, across.share}}) {
                const Fit fit = fitted(coarse, coarse_alpha, row, column);
                for (std::size_t k = 0; k < 4; ++k) mixed[k] += row_share * share * fit[k];
              }
            }
            const auto color = fine.at(y, x);
            double expected = mixed[3];
            for (std::size_t c = 0; c < 3; ++c) expected += mixed[c] * static_cast<double>(color[c]);
            // Factors of up to a hundred, as floats.
            ASSERT_NEAR(got, std::clamp(expected, 0.0, 1.0), 1e-4) << width << "x" << height << ": " << y << " " << x;
          }
        }
      }
    }
  }
}

TEST(GuidedUpsample, FindsAnEdgeThatTheCoarsePictureHasBlurred) {
  Dice dice(2);
  const int side = 31;
  // Odd: the edge is in the middle of coarse pixels.
  const auto front = [](int y, int x) { return 2 * x + y > 37; };
  const ColorPlane fine(test::painted(PixelFormat::rgb8, side, side, [&](int y, int x, int c) {
    return (front(y, x) ? 0.2 + 0.3 * c : 0.8 - 0.2 * c) + 0.01 * dice.unit();
  }));
  const ColorPlane coarse = fine.halved(1);
  std::vector<float> coarse_alpha;
  for (int y = 0; y < coarse.height(); ++y) {
    for (int x = 0; x < coarse.width(); ++x) {
      int inside = 0;
      for (int i = 0; i < 4; ++i) inside += front(std::min(side - 1, 2 * y + i / 2), std::min(side - 1, 2 * x + i % 2));
      coarse_alpha.push_back(static_cast<float>(inside) / 4);
    }
  }
  const Plane everywhere(side * side, 1);
  std::vector<float> alpha(everywhere.size());
  guided_upsample(coarse, coarse_alpha.data(), fine, test::region_of(everywhere, side, side), alpha.data(), 1);
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) ASSERT_NEAR(alpha[place(side, y, x)], front(y, x) ? 1 : 0, 0.03) << y << " " << x;
  }
}

}  // namespace
}  // namespace peel
