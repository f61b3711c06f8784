#include "matting/conjugate_gradients.hpp"

#include <gtest/gtest.h>

#include "matting/matting_laplacian.hpp"
#include "matting/multigrid.hpp"
#include "support/matting_reference.hpp"

namespace peel {
namespace {

using test::Dice;
using test::Plane;
using test::Scene;

MattingSystem system_of(Scene scene, int width, int height, const Plane& trimap, Dice& dice) {
  const Image picture = test::scene(scene, PixelFormat::rgb8, width, height, dice);
  std::vector<float> alpha(trimap.begin(), trimap.end());
  for (float& value : alpha) value = value == 255 ? 1.0f : 0.0f;
  return matting_system(ColorPlane(picture), test::unknown_region(trimap, width, height), alpha.data(), 1e-7, 1);
}

/// Random, but 0 outside of the region, as all vectors of a matrix.
std::vector<float> region_vector(const StencilMatrix& matrix, Dice& dice) {
  std::vector<float> vector(matrix.size());
  test::for_places(matrix, matrix.region(),
                   [&](int, int, std::size_t p) { vector[p] = static_cast<float>(2 * dice.unit() - 1); });
  return vector;
}

double dot(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum;
}

/// |right - matrix * x| / |right|, in double.
double relative_residual(const MattingSystem& system, const std::vector<float>& x) {
  bool all_in_hull = false;
  const test::Sparse matrix = test::entries(system.matrix, all_in_hull);
  double left = 0;
  for (std::size_t row = 0; row < matrix.size(); ++row) {
    double value = static_cast<double>(system.right[row]);
    for (const auto& [column, entry] : matrix[row]) value -= entry * static_cast<double>(x[column]);
    left += value * value;
  }
  return std::sqrt(left / dot(system.right, system.right));
}

/// Calls body(system) for systems from a few unknown pixels to several levels.
template <typename Body>
void for_systems(Dice& dice, const Body& body) {
  for (const Scene scene : {Scene::noise, Scene::constant, Scene::gradient, Scene::smooth, Scene::two_colors}) {
    for (const auto& [width, height] : {std::pair{12, 10}, {23, 31}, {64, 48}, {61, 80}}) {
      SCOPED_TRACE(testing::Message() << width << "x" << height << " scene " << static_cast<int>(scene));
      body(system_of(scene, width, height, test::blob_trimap(width, height, height / 2.0, dice), dice));
    }
  }
}

// Without which conjugate gradients may go astray, or not come to an end.
TEST(Multigrid, IsSymmetricAndPositive) {
  Dice dice(1);
  for_systems(dice, [&](const MattingSystem& system) {
    Multigrid multigrid(system.matrix, 1);
    for (int i = 0; i < 4; ++i) {
      const auto x = region_vector(system.matrix, dice);
      const auto y = region_vector(system.matrix, dice);
      std::vector<float> mx(x.size());
      std::vector<float> my(x.size());
      multigrid.apply(x, mx);
      multigrid.apply(y, my);
      const double scale = std::sqrt(dot(x, mx) * dot(y, my));
      EXPECT_GT(dot(x, mx), 0);
      EXPECT_NEAR(dot(x, my), dot(y, mx), 1e-5 * scale);
      std::vector<float> again(x.size(), 7.0f);
      for (std::size_t k = 0; k < x.size(); ++k) again[k] = mx[k];
      multigrid.apply(x, again);
      EXPECT_EQ(again, mx) << "what was there before matters";
    }
  });
}

TEST(Multigrid, StaysWithinTheRegion) {
  Dice dice(2);
  const Plane trimap = test::blob_trimap(70, 60, 20, dice);
  const MattingSystem system = system_of(Scene::smooth, 70, 60, trimap, dice);
  Multigrid multigrid(system.matrix, 1);
  std::vector<float> correction(system.matrix.size());
  multigrid.apply(region_vector(system.matrix, dice), correction);
  test::for_places(system.matrix, system.matrix.region(), [&](int, int, std::size_t p) {
    EXPECT_NE(correction[p], 0);
    correction[p] = 0;
  });
  EXPECT_EQ(correction, std::vector<float>(correction.size()));
}

TEST(ConjugateGradients, LeavesTheResidualItIsAskedFor) {
  Dice dice(3);
  for_systems(dice, [&](const MattingSystem& system) {
    Multigrid multigrid(system.matrix, 1);
    for (const double residual : {1e-2, 1e-5}) {
      std::vector<float> x(system.matrix.size());
      const Convergence progress =
          conjugate_gradients(system.matrix, system.right, multigrid, {0, residual, 1000}, x, 1);
      EXPECT_TRUE(progress.converged);
      EXPECT_LE(progress.iterations, 100);
      // It counts on the residual that it carries along, which rounding takes away from the true one.
      EXPECT_LE(relative_residual(system, x), 1.1 * residual);
    }
  });
}

TEST(ConjugateGradients, StopsWhenNothingVisibleMoves) {
  Dice dice(4);
  for_systems(dice, [&](const MattingSystem& system) {
    Multigrid multigrid(system.matrix, 1);
    std::vector<float> exact(system.matrix.size());
    std::vector<float> quick(system.matrix.size());
    const Convergence all = conjugate_gradients(system.matrix, system.right, multigrid, {0, 1e-7, 2000}, exact, 1);
    const Convergence some =
        conjugate_gradients(system.matrix, system.right, multigrid, {1.0f / 255, 1e-7, 2000}, quick, 1);
    EXPECT_TRUE(some.converged);
    EXPECT_LE(some.iterations, all.iterations);
    double sum = 0;
    for (std::size_t i = 0; i < exact.size(); ++i) sum += (exact[i] - quick[i]) * (exact[i] - quick[i]);
    EXPECT_LE(std::sqrt(sum / static_cast<double>(system.matrix.region().size())), 2.0 / 255);
  });
}

TEST(ConjugateGradients, KeepsToItsLimitsAndSaysSo) {
  Dice dice(5);
  const Plane trimap = test::blob_trimap(60, 60, 30, dice);
  const MattingSystem system = system_of(Scene::smooth, 60, 60, trimap, dice);
  Multigrid multigrid(system.matrix, 1);
  std::vector<float> x(system.matrix.size());
  const Convergence cut_short = conjugate_gradients(system.matrix, system.right, multigrid, {0, 1e-7, 3}, x, 1);
  EXPECT_EQ(cut_short.iterations, 3);
  EXPECT_FALSE(cut_short.converged);
  conjugate_gradients(system.matrix, system.right, multigrid, {0, 1e-6, 1000}, x, 1);
  const auto solution = x;
  const Convergence again = conjugate_gradients(system.matrix, system.right, multigrid, {0, 1e-4, 1000}, x, 1);
  EXPECT_TRUE(again.converged);
  EXPECT_EQ(again.iterations, 0);
  EXPECT_EQ(x, solution);
}

TEST(ConjugateGradients, NumbersOutOfRangeAreNotTakenOver) {
  Dice dice(6);
  const Plane trimap = test::blob_trimap(30, 30, 12, dice);
  MattingSystem system = system_of(Scene::smooth, 30, 30, trimap, dice);
  Multigrid multigrid(system.matrix, 1);
  test::for_places(system.matrix, system.matrix.region(), [&](int, int, std::size_t p) { system.right[p] = 1e38f; });
  std::vector<float> x(system.matrix.size(), 0.0f);
  const Convergence progress = conjugate_gradients(system.matrix, system.right, multigrid, {0, 1e-7, 100}, x, 1);
  for (const float value : x) ASSERT_TRUE(std::isfinite(value)) << progress.iterations;
}

TEST(ConjugateGradients, AMatrixOfNothingLeavesEverythingAsItWas) {
  const Plane plane(7 * 5, 1);
  const StencilMatrix nothing(test::region_of(plane, 7, 5), 2);
  Multigrid multigrid(nothing, 1);
  std::vector<float> x(nothing.size(), 0.5f);
  const std::vector<float> right(nothing.size(), 1.0f);
  EXPECT_FALSE(conjugate_gradients(nothing, right, multigrid, {1.0f / 255, 1e-7, 100}, x, 1).converged);
  EXPECT_EQ(x, std::vector<float>(nothing.size(), 0.5f));
}

TEST(ConjugateGradients, ThreadsDoNotChangeABit) {
  Dice dice(7);
  const int side = 230;
  const Plane trimap = test::blob_trimap(side, side, side, dice);
  const MattingSystem system = system_of(Scene::smooth, side, side, trimap, dice);
  const auto solution = [&](int threads) {
    Multigrid multigrid(system.matrix, threads);
    std::vector<float> x(system.matrix.size());
    conjugate_gradients(system.matrix, system.right, multigrid, {0, 1e-7, 10}, x, threads);
    return x;
  };
  const auto alone = solution(1);
  for (const int threads : {2, 3}) EXPECT_EQ(solution(threads), alone) << threads;
}

}  // namespace
}  // namespace peel
