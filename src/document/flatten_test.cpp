#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <string>

#include "base/geometry.hpp"
#include "peel/document.hpp"
#include "support/error_of.hpp"
#include "support/pictures.hpp"

namespace peel::document {
namespace {

using test::photograph;
using test::same_pixels;

double sample(const Image& image, int x, int y, int channel) {
  const auto at = y * image.stride() / bytes_per_sample(image.format()) + x * channels(image.format()) + channel;
  return bytes_per_sample(image.format()) == 2 ? reinterpret_cast<const std::uint16_t*>(image.data())[at]
                                               : reinterpret_cast<const std::uint8_t*>(image.data())[at];
}

// A grey picture by a function of a pixel's centre, 0 to 255.
template <typename Function>
Image drawn(int width, int height, Function value) {
  auto data = std::make_shared<Image::Data>(width, height, PixelFormat::gray8);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      data->row<std::uint8_t>(y)[x] = static_cast<std::uint8_t>(std::lround(value(x + 0.5, y + 0.5)));
    }
  }
  return Image(std::move(data));
}

double catmull_rom(double x) {
  x = std::abs(x);
  if (x < 1) return 1.5 * x * x * x - 2.5 * x * x + 1;
  return x < 2 ? -0.5 * x * x * x + 2.5 * x * x - 4 * x + 2 : 0;
}

// The same map as flatten_page's, slowly, by its definition: derivatives by differences, the kernel by its formula.
class Reference {
 public:
  Reference(const Image& picture, const Corners& corners, int width, int height)
      : picture_(picture), map_(from_rectangle(width, height, corners)) {}

  std::array<double, 4> at(int x, int y) const {
    const Point p{x + 0.5, y + 0.5};
    const Point place = map_(p) - Point{0.5, 0.5};
    constexpr double STEP = 1e-4;
    const Point dx = (1 / (2 * STEP)) * (map_(p + Point{STEP, 0}) - map_(p - Point{STEP, 0}));
    const Point dy = (1 / (2 * STEP)) * (map_(p + Point{0, STEP}) - map_(p - Point{0, STEP}));
    const double scale_x = std::max(1.0, std::hypot(dx.x, dy.x));
    const double scale_y = std::max(1.0, std::hypot(dx.y, dy.y));
    std::array<double, 4> sums{};
    double total = 0;
    const int count = channels(picture_.format());
    for (int v = static_cast<int>(std::floor(place.y - 2 * scale_y)); v <= place.y + 2 * scale_y; ++v) {
      for (int u = static_cast<int>(std::floor(place.x - 2 * scale_x)); u <= place.x + 2 * scale_x; ++u) {
        const int from_x = std::clamp(u, 0, picture_.width() - 1);
        const int from_y = std::clamp(v, 0, picture_.height() - 1);
        double weight = catmull_rom((u - place.x) / scale_x) * catmull_rom((v - place.y) / scale_y);
        total += weight;
        if (has_alpha(picture_.format())) weight *= sample(picture_, from_x, from_y, count - 1);
        for (int c = 0; c < count; ++c) {
          const bool alpha = has_alpha(picture_.format()) && c == count - 1;
          sums[static_cast<std::size_t>(c)] += weight * (alpha ? 1 : sample(picture_, from_x, from_y, c));
        }
      }
    }
    const double full = bytes_per_sample(picture_.format()) == 2 ? 65535 : 255;
    const double alpha = sums[static_cast<std::size_t>(count - 1)] / total;
    for (int c = 0; c < count; ++c) {
      double& value = sums[static_cast<std::size_t>(c)];
      if (!has_alpha(picture_.format()) || c == count - 1) {
        value /= total;
      } else {
        value = alpha < 0.5 ? 0 : value / total / alpha;
      }
      value = std::clamp(value, 0.0, full);
    }
    return sums;
  }

 private:
  const Image& picture_;
  Homography map_;
};

// The largest difference to the reference, in steps of the format's samples.
double largest_error(const Image& page, const Image& picture, const Corners& corners) {
  const Reference reference(picture, corners, page.width(), page.height());
  double largest = 0;
  for (int y = 0; y < page.height(); ++y) {
    for (int x = 0; x < page.width(); ++x) {
      const auto expected = reference.at(x, y);
      for (int c = 0; c < channels(page.format()); ++c) {
        largest = std::max(largest, std::abs(expected[static_cast<std::size_t>(c)] - sample(page, x, y, c)));
      }
    }
  }
  return largest;
}

constexpr Corners ASKEW{{{21.3, 14.8}, {92.4, 22.1}, {110.6, 83.9}, {9.2, 71.5}}};
constexpr Corners LEAVING{{{-31.3, 14.8}, {92.4, -22.1}, {150.6, 83.9}, {9.2, 111.5}}};

TEST(FlattenPage, EqualsASlowReference) {
  for (const PixelFormat format : test::STORED_FORMATS) {
    const Image picture(photograph(120, 90, format));
    // Half a step is rounding; what float32 and weights left out may add is far less than a step of 8 bits.
    const double tolerance = bytes_per_sample(format) == 2 ? 2.5 : 0.51;
    for (const Corners& corners : {ASKEW, LEAVING}) {
      for (const auto& [width, height] : {std::pair{140, 100}, std::pair{61, 47}, std::pair{9, 70}}) {
        const Image page = flatten_page(picture, corners, width, height);
        ASSERT_EQ(page.format(), format);
        EXPECT_LE(largest_error(page, picture, corners), tolerance)
            << width << " x " << height << ", format " << static_cast<int>(format);
      }
    }
  }
}

TEST(FlattenPage, IntegerRectangleIsACrop) {
  for (const PixelFormat format : test::STORED_FORMATS) {
    const Image picture(photograph(120, 90, format));
    const Image page = flatten_page(picture, {{{11, 7}, {108, 7}, {108, 83}, {11, 83}}}, 97, 76);
    const auto pixel = channels(format) * bytes_per_sample(format);
    for (int y = 0; y < 76; ++y) {
      ASSERT_EQ(0,
                std::memcmp(page.data() + y * page.stride(), picture.data() + (y + 7) * picture.stride() + 11 * pixel,
                            static_cast<std::size_t>(97 * pixel)))
          << "row " << y << ", format " << static_cast<int>(format);
    }
  }
}

TEST(FlattenPage, OrderOfCornersTurnsThePage) {
  const Image picture(photograph(120, 90, PixelFormat::rgb8));
  const Image upright = flatten_page(picture, {{{11, 7}, {108, 7}, {108, 83}, {11, 83}}}, 97, 76);
  const Image turned = flatten_page(picture, {{{108, 7}, {108, 83}, {11, 83}, {11, 7}}}, 76, 97);
  for (int y = 0; y < turned.height(); ++y) {
    for (int x = 0; x < turned.width(); ++x) {
      for (int c = 0; c < 3; ++c) ASSERT_EQ(sample(turned, x, y, c), sample(upright, 96 - y, x, c)) << x << ", " << y;
    }
  }
}

TEST(FlattenPage, KeepsProfileAndDropsResolution) {
  auto data = photograph(40, 30, PixelFormat::rgb16);
  data->icc_profile = test::wide_gamut_profile();
  data->resolution = Resolution{12, 12};
  data->source_format = "tiff";
  const Image picture(data);
  const Image page = flatten_page(picture, {{{1, 1}, {39, 1}, {39, 29}, {1, 29}}}, 38, 28);
  EXPECT_TRUE(std::ranges::equal(page.icc_profile(), picture.icc_profile()));
  EXPECT_FALSE(page.resolution());
  EXPECT_EQ(page.source_format(), "tiff");
}

TEST(FlattenPage, ThreadsDoNotChangeIt) {
  const Image picture(photograph(700, 500, PixelFormat::rgb8));
  const Corners corners{{{40.5, 33}, {650, 60}, {690, 480}, {-20, 450}}};
  const Image one = flatten_page(picture, corners, 800, 600, 1);
  for (const int threads : {2, 3, 7}) EXPECT_TRUE(same_pixels(flatten_page(picture, corners, 800, 600, threads), one));
}

TEST(FlattenPage, TransparentPixelsLendNoColour) {
  auto data = std::make_shared<Image::Data>(40, 40, PixelFormat::rgba8);
  for (int y = 0; y < 40; ++y) {
    for (int x = 0; x < 40; ++x) {
      const std::uint8_t hidden[4] = {0, 255, 0, 0};
      const std::uint8_t seen[4] = {200, 30, 30, 255};
      std::memcpy(data->row<std::uint8_t>(y) + 4 * x, x < 20 ? hidden : seen, 4);
    }
  }
  const Image page = flatten_page(Image(data), {{{5.3, 5}, {35, 4}, {36, 34}, {4, 36}}}, 50, 50);
  int soft = 0;
  for (int y = 0; y < 50; ++y) {
    for (int x = 0; x < 50; ++x) {
      const double alpha = sample(page, x, y, 3);
      if (alpha > 0 && alpha < 255) ++soft;
      const bool hidden = alpha == 0;
      ASSERT_EQ(sample(page, x, y, 0), hidden ? 0 : 200);
      ASSERT_EQ(sample(page, x, y, 1), hidden ? 0 : 30);
    }
  }
  EXPECT_GE(soft, 50);
}

TEST(FlattenPage, WhatShrinksIsAveraged) {
  // A zone plate reaches half a wave a pixel at its edges. Reduced to a third, all beyond a sixth has to become grey;
  // picked without averaging, it comes back as rings as strong as those in the middle.
  constexpr int SIZE = 600;
  const Image plate = drawn(SIZE, SIZE, [](double x, double y) {
    const double r2 = (x - 300) * (x - 300) + (y - 300) * (y - 300);
    return 127.5 + 127 * std::cos(std::numbers::pi * r2 / SIZE);
  });
  const Corners slightly_askew{{{3, 1}, {598, 4}, {596, 599}, {2, 597}}};
  const Image page = flatten_page(plate, slightly_askew, 200, 200);
  double largest = 0;
  for (int y = 0; y < 200; ++y) {
    for (int x = 0; x < 200; ++x) {
      // Waves of less than 0.6 of the page's finest, measured in the picture; outside the filter is in its stop band.
      if (std::hypot(x - 100, y - 100) > 60) largest = std::max(largest, std::abs(sample(page, x, y, 0) - 127.5));
    }
  }
  EXPECT_LT(largest, 20) << "of 127";

  const Image lines = drawn(SIZE, SIZE, [](double x, double) { return std::fmod(x, 2) < 1 ? 0 : 255; });
  const Image gray = flatten_page(lines, {{{10, 10}, {590, 10}, {590, 590}, {10, 590}}}, 217, 217);
  for (int x = 0; x < 217; ++x) EXPECT_NEAR(sample(gray, x, 100, 0), 127.5, 3);
}

TEST(FlattenPage, StepsRingByNoMoreThanTheKernelSays) {
  // Catmull and Rom's cubic overshoots a step by 7.4 % of it at the most.
  const Image step = drawn(60, 60, [](double x, double) { return x < 30 ? 60 : 160; });
  const Image page = flatten_page(step, {{{10, 10}, {50, 10}, {50, 50}, {10, 50}}}, 331, 331);
  for (int x = 0; x < 331; ++x) {
    EXPECT_GE(sample(page, x, 150, 0), 60 - 8);
    EXPECT_LE(sample(page, x, 150, 0), 160 + 8);
  }
}

TEST(FlattenPage, BeyondThePictureItsEdgeIsRepeated) {
  const Image picture(photograph(50, 40, PixelFormat::rgb8));
  const Image left = flatten_page(picture, {{{-900, 5}, {-500, 5}, {-500, 35}, {-900, 35}}}, 400, 30);
  for (int y = 0; y < 30; ++y) {
    for (const int x : {0, 200, 399}) EXPECT_EQ(sample(left, x, y, 1), sample(picture, 0, y + 5, 1));
  }
  const Image corner = flatten_page(picture, {{{60, 50}, {160, 50}, {160, 150}, {60, 150}}}, 10, 10);
  EXPECT_EQ(sample(corner, 4, 7, 0), sample(picture, 49, 39, 0));
}

TEST(FlattenPage, ExtremeMapsStayWithinTheirBounds) {
  const Image picture = drawn(300, 200, [](double, double) { return 90; });
  const Corners extreme[] = {
      {{{140, 100}, {160, 100}, {600, 106}, {-300, 106}}},     // almost edge-on
      {{{0, 0}, {1e6, 1e5}, {1.1e6, 1.2e6}, {-1e6, 1e6}}},     // far outside
      {{{-1e9, -1e9}, {1e9, -1e9}, {1e9, 1e9}, {-1e9, 1e9}}},  // farther
      {{{-1e100, -1e100}, {1e100, -1e100}, {1e100, 1e100}, {-1e100, 1e100}}},
      {{{100, 100}, {100.001, 100}, {100.001, 100.001}, {100, 100.001}}},  // a thousandth of a pixel
      {{{0, 0}, {300, 190}, {300, 200}, {0, 10}}},                         // a sliver
  };
  for (const Corners& corners : extreme) {
    for (const auto& [width, height] : {std::pair{1, 1}, std::pair{200, 3}, std::pair{130, 170}}) {
      const Image page = flatten_page(picture, corners, width, height);
      for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) ASSERT_EQ(sample(page, x, y, 0), 90) << x << ", " << y;
      }
    }
  }
}

TEST(FlattenPage, OnePixel) {
  const Image dot = drawn(1, 1, [](double, double) { return 42; });
  const Image page = flatten_page(dot, {{{0, 0}, {1, 0}, {1, 1}, {0, 1}}}, 33, 2);
  for (int x = 0; x < 33; ++x) EXPECT_EQ(sample(page, x, 1, 0), 42);
  const Image checked = drawn(60, 60, [](double x, double y) { return std::fmod(x + y, 2) < 1 ? 0 : 200; });
  EXPECT_NEAR(sample(flatten_page(checked, {{{0, 0}, {60, 0}, {60, 60}, {0, 60}}}, 2, 2), 1, 1, 0), 100, 1);
}

TEST(FlattenPage, RefusesWhatMakesNoSense) {
  const Image picture(photograph(20, 20, PixelFormat::rgb8));
  const Corners square{{{0, 0}, {10, 0}, {10, 10}, {0, 10}}};
  const auto code = [](auto call) { return test::error_of(call).code(); };
  EXPECT_EQ(code([&] { flatten_page(Image(), square, 10, 10); }), ErrorCode::usage);
  EXPECT_EQ(code([&] { flatten_page(picture, square, 0, 10); }), ErrorCode::usage);
  EXPECT_EQ(code([&] { flatten_page(picture, square, 10, -1); }), ErrorCode::usage);
  EXPECT_EQ(code([&] { flatten_page(picture, square, 2'000'000'000, 2'000'000'000); }), ErrorCode::usage);
  EXPECT_EQ(code([&] { flatten_page(picture, square, 17000, 17000); }), ErrorCode::usage);
  EXPECT_EQ(code([&] { flatten_page(picture, {{{0, 0}, {0, 10}, {10, 10}, {10, 0}}}, 10, 10); }), ErrorCode::usage);
}

TEST(PageDimensions, LoseNoResolution) {
  const Corners corners{{{100, 100}, {500, 100}, {600, 1000}, {50, 1000}}};
  const auto as_high = page_dimensions(corners, 0.5, 100'000'000);  // 550 wide at the bottom, 905.5 high on the left
  EXPECT_EQ(as_high.width, 550);
  EXPECT_EQ(as_high.height, 1100);
  const auto as_wide = page_dimensions(corners, 1, 100'000'000);
  EXPECT_EQ(as_wide.width, 906);
  EXPECT_EQ(as_wide.height, 906);
}

TEST(PageDimensions, AreReducedInProportion) {
  const Corners corners{{{0, 0}, {1000, 0}, {1000, 2}, {0, 2}}};
  const auto size = page_dimensions(corners, 0.5, 50'000);  // 1000 x 2000 unreduced
  EXPECT_NEAR(size.width, 158, 1);
  EXPECT_NEAR(size.height, 316, 1);
  EXPECT_LE(size.width * size.height, 50'000);
  const auto line = page_dimensions(corners, 1e-6, 1000);
  EXPECT_EQ(line.width, 1);
  EXPECT_EQ(line.height, 1000);
  const auto least = page_dimensions({{{0, 0}, {0.1, 0}, {0.1, 0.1}, {0, 0.1}}}, 1, 0);
  EXPECT_EQ(least.width * least.height, 1);
  const auto largest =
      page_dimensions({{{0, 0}, {1e12, 0}, {1e12, 1}, {0, 1}}}, 1e12, std::numeric_limits<std::size_t>::max());
  EXPECT_GE(largest.height, 1);
}

TEST(PageDimensions, RefuseWhatMakesNoSense) {
  const Corners square{{{0, 0}, {10, 0}, {10, 10}, {0, 10}}};
  EXPECT_EQ(test::error_of([&] { page_dimensions(square, 0, 100); }).code(), ErrorCode::usage);
  EXPECT_EQ(test::error_of([&] { page_dimensions(square, std::nan(""), 100); }).code(), ErrorCode::usage);
  EXPECT_EQ(test::error_of([&] { page_dimensions({}, 1, 100); }).code(), ErrorCode::usage);
}

}  // namespace
}  // namespace peel::document
