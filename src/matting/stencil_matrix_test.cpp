#include "matting/stencil_matrix.hpp"

#include <gtest/gtest.h>

#include "support/matting_reference.hpp"

namespace peel {
namespace {

using test::Dice;
using test::entries;
using test::for_places;
using test::Plane;
using test::random_vector;
using test::Sparse;

enum class Couplings { within_region, with_hull };

/// Random coefficients between -1 and 1 wherever the class allows one.
void fill(StencilMatrix& matrix, Couplings couplings, Dice& dice) {
  for_places(matrix, matrix.hull(), [&](int y, int x, std::size_t) {
    const peel::Run& run = *matrix.hull().find(y, x);
    for (std::size_t k = 0; k < matrix.offsets().size(); ++k) {
      const auto [dy, dx] = matrix.offsets()[k];
      const Region& among = couplings == Couplings::with_hull ? matrix.hull() : matrix.region();
      if (!among.find(y, x) || !among.find(y + dy, x + dx)) continue;
      matrix.coefficients(run, static_cast<int>(k))[x - run.begin] = static_cast<float>(2 * dice.unit() - 1);
    }
  });
}

/// A run of every length from 1 to 70, so that whatever the processor's vectors are, every remainder is met.
Plane every_length() {
  constexpr int WIDTH = 74;
  Plane plane(test::pixels(WIDTH, 70));
  for (int length = 1; length <= 70; ++length) {
    const int first = length * 7 % (WIDTH - length + 1);
    for (int x = first; x < first + length; ++x) plane[test::place(WIDTH, length - 1, x)] = 1;
  }
  return plane;
}

/// Calls body(region) for regions of many forms.
template <typename Body>
void for_regions(const Body& body) {
  Dice dice(2);
  for (const auto& [width, height] : {std::pair{1, 1}, {1, 9}, {9, 1}, {3, 2}, {8, 8}, {31, 17}, {52, 20}}) {
    for (const double share : {0.0, 0.1, 0.5, 0.9, 1.0}) {
      SCOPED_TRACE(testing::Message() << width << "x" << height << " share " << share);
      body(test::region_of(test::random_plane(width, height, share, dice), width, height));
    }
  }
  SCOPED_TRACE("every length");
  body(test::region_of(every_length(), 74, 70));
}

double product(const Sparse& matrix, std::size_t row, const std::vector<float>& x) {
  double sum = 0;
  for (const auto& [column, value] : matrix[row]) sum += value * static_cast<double>(x[column]);
  return sum;
}

// Of at most 25 products of numbers up to 1.
constexpr double ROUNDING = 5e-6;
constexpr float UNTOUCHED = 12345;

TEST(StencilMatrix, ProductsAreThoseOfTheDenseMatrix) {
  Dice dice(3);
  for (const int radius : {1, 2}) {
    for_regions([&](const Region& region) {
      StencilMatrix matrix(region, radius);
      fill(matrix, Couplings::with_hull, dice);
      bool all_in_hull = false;
      const Sparse sparse = entries(matrix, all_in_hull);
      const auto x = random_vector(matrix.size(), dice);
      const auto right = random_vector(matrix.size(), dice);
      const auto inverse = random_vector(matrix.size(), dice);
      const auto change_before = random_vector(matrix.size(), dice);
      std::vector<float> times(matrix.size(), UNTOUCHED);
      std::vector<float> left(matrix.size(), UNTOUCHED);
      std::vector<float> moved(matrix.size(), UNTOUCHED);
      std::vector<float> change = change_before;
      matrix.multiply(x, times, 1);
      matrix.residual(right, x, left, 1);
      const std::array step{stencil::Step{right.data(), inverse.data(), 0.25f, 1.5f, change.data()}};
      auto start = x;
      matrix.chebyshev(step, start, moved, 1);
      std::vector<bool> inside(matrix.size());
      for_places(matrix, matrix.region(), [&](int y, int at, std::size_t p) {
        inside[p] = true;
        const double expected = product(sparse, p, x);
        ASSERT_NEAR(times[p], expected, ROUNDING) << y << " " << at;
        ASSERT_NEAR(left[p], right[p] - expected, ROUNDING) << y << " " << at;
        const double moves = 0.25 * change_before[p] + 1.5 * inverse[p] * (right[p] - expected);
        ASSERT_NEAR(change[p], moves, 2 * ROUNDING) << y << " " << at;
        ASSERT_NEAR(moved[p], x[p] + moves, 2 * ROUNDING) << y << " " << at;
      });
      for (std::size_t i = 0; i < matrix.size(); ++i) {
        if (inside[i]) continue;
        ASSERT_EQ(times[i], UNTOUCHED) << i;
        ASSERT_EQ(left[i], UNTOUCHED) << i;
        ASSERT_EQ(moved[i], UNTOUCHED) << i;
        ASSERT_EQ(change[i], change_before[i]) << i;
      }
    });
  }
}

TEST(StencilMatrix, RowSumsAreOfAbsoluteValues) {
  Dice dice(4);
  for (const int radius : {1, 2}) {
    for_regions([&](const Region& region) {
      StencilMatrix matrix(region, radius);
      EXPECT_EQ(matrix.inverse_row_sums(1), std::vector<float>(matrix.size()));  // coupled to nothing
      fill(matrix, Couplings::within_region, dice);
      bool all_in_hull = false;
      const Sparse sparse = entries(matrix, all_in_hull);
      std::vector<double> expected(matrix.size());
      for_places(matrix, matrix.region(), [&](int, int, std::size_t p) {
        double sum = 0;
        for (const auto& [column, value] : sparse[p]) sum += std::abs(value);
        expected[p] = sum > 0 ? 1 / sum : 0;
      });
      const auto inverse = matrix.inverse_row_sums(2);
      for (std::size_t i = 0; i < matrix.size(); ++i) ASSERT_NEAR(inverse[i], expected[i], 1e-5 * expected[i]) << i;
    });
  }
}

/// P' * A * P, where P gives an aggregate's value to each of its pixels.
void expect_aggregated(const StencilMatrix& fine, const StencilMatrix& coarse) {
  bool all_in_hull = false;
  const Sparse from = entries(fine, all_in_hull);
  ASSERT_TRUE(all_in_hull);
  const Sparse to = entries(coarse, all_in_hull);
  ASSERT_TRUE(all_in_hull);
  std::vector<std::size_t> aggregate(fine.size());
  for_places(fine, fine.region(), [&](int y, int x, std::size_t p) {
    const peel::Run* const run = coarse.region().find(y / 2, x / 2);
    ASSERT_TRUE(run) << y << " " << x;
    const peel::Run& hull = *coarse.hull().find(y / 2, x / 2);
    aggregate[p] = hull.at + static_cast<std::size_t>(x / 2 - hull.begin);
  });
  Sparse expected(coarse.size());
  for (std::size_t p = 0; p < from.size(); ++p) {
    for (const auto& [q, value] : from[p]) {
      if (value != 0) expected[aggregate[p]][aggregate[q]] += value;
    }
  }
  for (std::size_t row = 0; row < expected.size(); ++row) {
    for (const auto& [column, value] : expected[row]) {
      ASSERT_NEAR(test::entry(to, row, column), value, ROUNDING) << row << " " << column;
    }
    for (const auto& [column, value] : to[row]) {
      ASSERT_NEAR(value, test::entry(expected, row, column), ROUNDING) << row << " " << column;
    }
  }
}

TEST(StencilMatrix, CoarsenedIsTheGalerkinProduct) {
  Dice dice(5);
  for (const int radius : {1, 2}) {
    for_regions([&](const Region& region) {
      StencilMatrix matrix(region, radius);
      fill(matrix, Couplings::within_region, dice);
      const StencilMatrix once = matrix.coarsened(1);
      expect_aggregated(matrix, once);
      expect_aggregated(once, once.coarsened(3));
    });
  }
}

TEST(StencilMatrix, ThreadsDoNotChangeABit) {
  Dice dice(6);
  // Large enough to be shared out among three.
  const int width = 300;
  const int height = 220;
  StencilMatrix matrix(test::region_of(test::random_plane(width, height, 0.9, dice), width, height), 2);
  fill(matrix, Couplings::within_region, dice);
  const auto x = random_vector(matrix.size(), dice);
  const auto results = [&](int threads) {
    std::vector<std::vector<float>> all;
    all.emplace_back(matrix.size());
    matrix.multiply(x, all.back(), threads);
    all.push_back(matrix.inverse_row_sums(threads));
    const StencilMatrix coarse = matrix.coarsened(threads);
    all.emplace_back(coarse.size());
    coarse.multiply(x, all.back(), threads);
    return all;
  };
  const auto alone = results(1);
  for (const int threads : {2, 3, 5}) EXPECT_EQ(results(threads), alone) << threads;
}

TEST(StencilKernels, VectorOperationsOfAnyLength) {
  Dice dice(7);
  std::vector<std::size_t> counts{1023, 1024, 1025, 3000};
  for (std::size_t count = 0; count <= 70; ++count) counts.push_back(count);
  for (const std::size_t count : counts) {
    const std::size_t size = count + stencil::READ_BEYOND;
    const auto a = random_vector(size, dice);
    const auto b = random_vector(size, dice);
    double sum = 0;
    for (std::size_t i = 0; i < count; ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    ASSERT_NEAR(stencil::dot(a.data(), b.data(), count), sum, 1e-4) << count;

    const auto x_before = random_vector(size, dice);
    const auto residual_before = random_vector(size, dice);
    auto x = x_before;
    auto residual = residual_before;
    stencil::advance(0.75f, a.data(), b.data(), count, x.data(), residual.data());
    auto direction = b;
    stencil::turn(a.data(), 0.3f, count, direction.data());
    for (std::size_t i = 0; i < size; ++i) {
      const bool inside = i < count;
      ASSERT_NEAR(x[i], inside ? x_before[i] + 0.75f * a[i] : x_before[i], inside ? 1e-6 : 0) << count << " " << i;
      ASSERT_NEAR(residual[i], inside ? residual_before[i] - 0.75f * b[i] : residual_before[i], inside ? 1e-6 : 0);
      ASSERT_NEAR(direction[i], inside ? a[i] + 0.3f * b[i] : b[i], inside ? 1e-6 : 0) << count << " " << i;
    }
  }
}

// Bands of rows and steps that overlap in time change nothing.
TEST(StencilMatrix, StepsTogetherAreThoseOneByOne) {
  test::Dice dice(11);
  const int width = 300;
  const int height = 260;
  std::vector<std::uint8_t> plane(test::pixels(width, height));
  for (auto& value : plane) value = dice.chance(0.9) ? 1 : 0;
  std::array<std::uint8_t, 256> inside{};
  inside[1] = 1;
  for (const int radius : {1, 2}) {
    StencilMatrix matrix(Region::of(plane.data(), width, height, inside), radius);
    fill(matrix, Couplings::within_region, dice);
    const auto inverse = matrix.inverse_row_sums(1);
    const auto right = random_vector(matrix.size(), dice);
    for (const int count : {1, 2, 3, 4, 5}) {
      std::vector<float> change(matrix.size());
      std::vector<stencil::Step> steps;
      for (int i = 0; i < count; ++i) {
        steps.push_back({right.data(), inverse.data(), 0.1f * static_cast<float>(i), 0.7f, change.data()});
      }
      std::vector<float> x(matrix.size());
      std::vector<float> other(matrix.size());
      for (const stencil::Step& step : steps) {
        matrix.chebyshev({&step, 1}, x, other, 1);
        std::swap(x, other);
      }
      for (const int threads : {1, 2, 3, 7}) {
        std::ranges::fill(change, 0.0f);
        std::vector<float> together(matrix.size());
        std::vector<float> spare(matrix.size());
        matrix.chebyshev(steps, together, spare, threads);
        ASSERT_EQ(count % 2 == 0 ? together : spare, x) << radius << " " << count << " " << threads;
      }
    }
  }
}

}  // namespace
}  // namespace peel
