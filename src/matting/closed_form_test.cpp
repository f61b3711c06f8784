#include "matting/closed_form.hpp"

#include <gtest/gtest.h>

#include "support/matting_reference.hpp"

namespace peel {
namespace {

using test::Dice;
using test::Plane;
using test::Scene;

constexpr Scene SCENES[] = {Scene::noise, Scene::constant, Scene::gradient, Scene::smooth, Scene::two_colors};
constexpr double EPSILON = 1e-7;

ClosedFormOptions exactly() {
  ClosedFormOptions options;
  options.exact = true;
  options.threads = 1;
  return options;
}

ClosedFormOptions quickly() {
  ClosedFormOptions options;
  options.threads = 1;
  return options;
}

/// Numbers from 0 to 1, and known pixels as they were.
void expect_sound(const ClosedFormAlpha& result, const Plane& trimap) {
  ASSERT_EQ(result.alpha.size(), trimap.size());
  std::size_t unknown = 0;
  for (std::size_t i = 0; i < trimap.size(); ++i) {
    const float alpha = result.alpha[i];
    ASSERT_TRUE(alpha >= 0 && alpha <= 1) << alpha;  // false for what is no number
    if (test::is_unknown(trimap[i])) {
      ++unknown;
    } else {
      ASSERT_EQ(alpha, trimap[i] == 255 ? 1.0f : 0.0f);
    }
  }
  ASSERT_EQ(result.unknown, unknown);
}

TEST(ClosedForm, IsTheSolutionOfTheWholeSystem) {
  Dice dice(1);
  for (const Scene scene : SCENES) {
    for (const PixelFormat format : {PixelFormat::rgb8, PixelFormat::gray8, PixelFormat::rgb16}) {
      // The last one is halved before it is solved.
      for (const auto& [width, height, band] : {std::array{12, 10, 5}, {30, 24, 8}, {29, 23, 12}, {44, 40, 24}}) {
        if (width > 40 && format != PixelFormat::rgb8) continue;  // the whole system is solved by elimination
        const Image picture = test::scene(scene, format, width, height, dice);
        const Plane trimap = test::blob_trimap(width, height, band, dice);
        const auto expected = test::solved_alpha(picture, trimap, EPSILON);
        const auto exact = closed_form_alpha(picture, trimap, exactly());
        const auto quick = closed_form_alpha(picture, trimap, quickly());
        SCOPED_TRACE(testing::Message() << width << "x" << height << " scene " << static_cast<int>(scene) << " format "
                                        << static_cast<int>(format));
        expect_sound(exact, trimap);
        expect_sound(quick, trimap);
        EXPECT_TRUE(exact.converged);
        EXPECT_TRUE(quick.converged);
        EXPECT_LE(test::mean_difference(exact.alpha, expected), 2e-5);
        EXPECT_LE(test::mean_difference(quick.alpha, expected), 1e-3);
      }
    }
  }
}

/// One colour over another: alpha is a linear function of colour, which closed-form matting finds exactly.
struct TwoColors {
  int width, height;
  Image picture;
  Plane trimap;
  std::vector<double> alpha;

  TwoColors(int w, int h) : width(w), height(h) {
    const auto truth = [&](int y, int x) { return std::clamp((x + 0.3 * y - 0.4 * w) / (0.3 * w), 0.0, 1.0); };
    picture = test::painted(PixelFormat::rgb16, w, h, [&](int y, int x, int c) {
      return truth(y, x) * (0.9 - 0.3 * c) + (1 - truth(y, x)) * (0.1 + 0.2 * c);
    });
    for (int y = 0; y < h; ++y) {
      for (int x = 0; x < w; ++x) {
        alpha.push_back(truth(y, x));
        const bool known = x < w / 10 || x >= w - w / 10;
        trimap.push_back(known && alpha.back() == 0 ? 0 : known && alpha.back() == 1 ? 255 : 128);
      }
    }
  }
};

TEST(ClosedForm, FindsTheAlphaThatAPictureWasMadeWith) {
  const TwoColors made(60, 50);
  for (const auto& options : {exactly(), quickly()}) {
    const auto result = closed_form_alpha(made.picture, made.trimap, options);
    expect_sound(result, made.trimap);
    EXPECT_LE(test::mean_difference(result.alpha, made.alpha), 1e-4);
  }
}

TEST(ClosedForm, WithoutForegroundThereIsNone) {
  Dice dice(8);
  const Image picture = test::scene(Scene::noise, PixelFormat::rgb8, 40, 34, dice);
  Plane trimap = test::blob_trimap(40, 34, 20, dice);
  for (std::uint8_t& value : trimap) value = value == 255 ? 0 : value;
  for (const auto& options : {exactly(), quickly()}) {
    const auto result = closed_form_alpha(picture, trimap, options);
    expect_sound(result, trimap);
    EXPECT_TRUE(result.converged);
    EXPECT_LE(test::mean_difference(result.alpha, std::vector<float>(trimap.size())), 1e-5);
  }
}

TEST(ClosedForm, BandsAreNearToTheWhole) {
  Dice dice(2);
  const int width = 30;
  const int height = 180;
  for (const Scene scene : {Scene::smooth, Scene::two_colors}) {
    const Image picture = test::scene(scene, PixelFormat::rgb8, width, height, dice);
    // Unknown from top to bottom, so that every band has something to take over from the one above.
    Plane trimap;
    for (int i = 0; i < width * height; ++i) {
      const int x = i % width;
      trimap.push_back(x < 6 ? 0 : x >= 24 ? 255 : 128);
    }
    for (const bool exact : {false, true}) {
      ClosedFormOptions options = exact ? exactly() : quickly();
      const auto whole = closed_form_alpha(picture, trimap, options);
      options.most_unknown = 500;
      const auto banded = closed_form_alpha(picture, trimap, options);
      expect_sound(banded, trimap);
      EXPECT_NE(banded.alpha, whole.alpha);
      EXPECT_LE(test::mean_difference(banded.alpha, whole.alpha), exact ? 1e-4 : 2e-3);
    }
  }
}

TEST(ClosedForm, ABandWithoutForegroundIsSolvedAsWell) {
  Dice dice(9);
  const int width = 30;
  const int height = 300;
  const Image picture = test::scene(Scene::smooth, PixelFormat::rgb8, width, height, dice);
  Plane trimap(test::pixels(width, height));
  for (int i = 0; i < width * height; ++i) {
    const int x = i % width;
    trimap[static_cast<std::size_t>(i)] = x < 6 ? 0 : x < 24 ? 128 : i < 250 * width ? 0 : 255;
  }
  ClosedFormOptions options = exactly();
  options.most_unknown = 100;
  const auto result = closed_form_alpha(picture, trimap, options);
  expect_sound(result, trimap);
  EXPECT_TRUE(result.converged);
  for (std::size_t i = 0; i < test::pixels(width, 40); ++i) ASSERT_LE(result.alpha[i], 1e-3) << i;
}

TEST(ClosedForm, BandsWithNothingUnknownInBetween) {
  Dice dice(3);
  const int width = 26;
  const int height = 400;
  const Image picture = test::scene(Scene::smooth, PixelFormat::rgb8, width, height, dice);
  Plane trimap(test::pixels(width, height));
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const bool unknown = (y < 30 || y >= 370) && x >= 5 && x < 21;
      trimap[test::place(width, y, x)] = unknown ? 128 : x < 5 ? 0 : 255;
    }
  }
  ClosedFormOptions options = quickly();
  options.most_unknown = 100;
  const auto banded = closed_form_alpha(picture, trimap, options);
  expect_sound(banded, trimap);
  const auto whole = closed_form_alpha(picture, trimap, quickly());
  EXPECT_LE(test::mean_difference(banded.alpha, whole.alpha), 1e-3);
}

TEST(ClosedForm, SolvesNoLargerThanItIsTold) {
  Dice dice(4);
  const int width = 100;
  const int height = 80;
  const Image picture = test::scene(Scene::smooth, PixelFormat::rgb8, width, height, dice);
  const Plane trimap = test::blob_trimap(width, height, 30, dice);
  const auto limited = [](const Image& of, const Plane& known, int side) {
    ClosedFormOptions options = quickly();
    options.largest_solved = side;
    auto result = closed_form_alpha(of, known, options);
    expect_sound(result, known);
    return result.alpha;
  };
  const auto whole = closed_form_alpha(picture, trimap, quickly()).alpha;
  EXPECT_EQ(limited(picture, trimap, 100), whole);
  EXPECT_EQ(limited(picture, trimap, 5000), whole);
  const auto half = limited(picture, trimap, 99);
  EXPECT_NE(half, whole);
  EXPECT_EQ(limited(picture, trimap, 50), half);
  EXPECT_NE(limited(picture, trimap, 49), half);
  EXPECT_EQ(limited(picture, trimap, 1), limited(picture, trimap, 24));  // the smallest is solved in any case

  const TwoColors made(width, height);
  for (const int side : {50, 25}) {
    const auto alpha = limited(made.picture, made.trimap, side);
    EXPECT_LE(test::mean_difference(alpha, made.alpha), 5e-4);
  }
}

TEST(ClosedForm, ThreadsDoNotChangeABit) {
  struct Case {
    Scene scene;
    int width, height, band;
    std::size_t most_unknown;
  };
  // The first has enough unknown pixels for products to be shared out, too; the second is solved in bands.
  for (const auto& [scene, width, height, band, most_unknown] :
       {Case{Scene::noise, 200, 190, 300, 3'000'000}, Case{Scene::smooth, 60, 200, 40, 2000}}) {
    Dice dice(5);
    const Image picture = test::scene(scene, PixelFormat::rgb8, width, height, dice);
    const Plane trimap = test::blob_trimap(width, height, band, dice);
    ClosedFormOptions options = quickly();
    options.most_unknown = most_unknown;
    const auto alone = closed_form_alpha(picture, trimap, options);
    expect_sound(alone, trimap);
    for (const int threads : {2, 3}) {
      options.threads = threads;
      EXPECT_EQ(closed_form_alpha(picture, trimap, options).alpha, alone.alpha) << threads;
    }
  }
}

TEST(ClosedForm, WhatNoWindowHoldsStaysInTheMiddle) {
  Dice dice(6);
  for (const auto& [width, height] : {std::pair{1, 1}, {1, 40}, {40, 1}, {2, 40}, {40, 2}}) {
    const Image picture = test::scene(Scene::noise, PixelFormat::rgb8, width, height, dice);
    Plane trimap = test::random_plane(width, height, 0.5, dice);
    for (std::uint8_t& value : trimap) value = value != 0 ? 128 : 255;
    const auto result = closed_form_alpha(picture, trimap, exactly());
    for (std::size_t i = 0; i < trimap.size(); ++i) EXPECT_EQ(result.alpha[i], trimap[i] == 255 ? 1.0f : 0.5f);
  }
}

Plane hostile_trimap(int width, int height, Dice& dice) {
  const std::size_t count = test::pixels(width, height);
  const std::uint8_t known = dice.chance(0.5) ? 255 : 0;
  Plane trimap(count, known);
  switch (dice.below(7)) {
    case 0:  // one unknown pixel
      trimap[static_cast<std::size_t>(dice.below(static_cast<int>(count)))] = 128;
      break;
    case 1:  // nothing else
      std::ranges::fill(trimap, static_cast<std::uint8_t>(dice.between(1, 254)));
      break;
    case 2:  // no foreground, or no background
      for (std::uint8_t& value : trimap) value = dice.chance(0.5) ? known : 128;
      break;
    case 3:  // one known pixel
      std::ranges::fill(trimap, std::uint8_t{128});
      trimap[static_cast<std::size_t>(dice.below(static_cast<int>(count)))] = known;
      break;
    case 4:
      trimap = test::blob_trimap(width, height, dice.between(1, 40), dice);
      break;
    case 5:  // a few of each
      for (std::uint8_t& value : trimap) value = static_cast<std::uint8_t>(dice.below(3) * 127);
      break;
    default:  // nothing unknown
      for (std::uint8_t& value : trimap) value = dice.chance(0.5) ? 255 : 0;
  }
  return trimap;
}

TEST(ClosedForm, SurvivesWhateverItIsGiven) {
  Dice dice(7);
  for (int i = 0; i < 1000; ++i) {
    const int width = dice.between(1, 40);
    const int height = dice.chance(0.1) ? dice.between(1, 2) : dice.between(1, 40);
    const bool turned = dice.chance(0.5);
    const int w = turned ? height : width;
    const int h = turned ? width : height;
    const PixelFormat format = dice.chance(0.3) ? PixelFormat::gray16 : PixelFormat::rgb8;
    const Image picture = test::scene(SCENES[dice.below(5)], format, w, h, dice);
    const Plane trimap = hostile_trimap(w, h, dice);
    ClosedFormOptions options = dice.chance(0.15) ? exactly() : quickly();
    if (dice.chance(0.3)) options.most_unknown = static_cast<std::size_t>(dice.below(100));
    if (dice.chance(0.2)) options.largest_solved = dice.between(1, 40);
    SCOPED_TRACE(testing::Message() << "number " << i << ", " << w << "x" << h);
    const auto result = closed_form_alpha(picture, trimap, options);
    expect_sound(result, trimap);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace peel
