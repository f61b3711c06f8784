#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "document/edge_lines.hpp"
#include "document/ground.hpp"
#include "document/line_quadrilaterals.hpp"
#include "document/mask_region.hpp"
#include "document/paper.hpp"
#include "document/refine.hpp"
#include "document/working_copy.hpp"
#include "scenes/drawn_page.hpp"

namespace peel::document {
namespace {

constexpr Corners SLANTED_PAGE{{{120, 90}, {520, 110}, {500, 640}, {90, 610}}};

WorkingCopy copy_of(const Image& image) {
  return working_copy(image.view(), 720, 1);
}

TEST(WorkingCopy, IsTheMeanOfBlocks) {
  std::vector<std::uint16_t> samples;
  for (std::uint16_t i = 0; i < 6 * 4; ++i) samples.push_back(static_cast<std::uint16_t>(i * 256 + 7));
  const Image wide = Image::from_pixels({samples.data(), 6, 4, 12, PixelFormat::gray16});
  const WorkingCopy copy = working_copy(wide.view(), 3, 1);
  EXPECT_EQ(copy.factor, 2);
  EXPECT_EQ(copy.width, 3);
  EXPECT_EQ(copy.height, 2);
  EXPECT_EQ(copy.at(0, 0)[0], (0 + 1 + 6 + 7 + 2) / 4);
  EXPECT_EQ(copy.at(2, 1)[2], (16 + 17 + 22 + 23 + 2) / 4);
}

TEST(WorkingCopy, AStripStaysAPicture) {
  const std::vector<std::uint8_t> pixels(9000, 77);
  const Image strip = Image::from_pixels({pixels.data(), 3000, 3, 3000, PixelFormat::gray8});
  const WorkingCopy copy = copy_of(strip);
  EXPECT_GE(copy.height, 1);
  EXPECT_EQ(copy.at(copy.width - 1, copy.height - 1)[1], 77);
}

TEST(EdgeLines, TheSidesOfAPageAreTheLongestLines) {
  for (const int page : {200, 106}) {
    const auto lines =
        edge_lines(copy_of(scenes::drawn_page(600, 700, SLANTED_PAGE, static_cast<std::uint8_t>(page), 100)), 8);
    for (std::size_t side = 0; side < 4; ++side) {
      const Point a = SLANTED_PAGE[side];
      const Point b = SLANTED_PAGE[(side + 1) % 4];
      const auto on_it = [&](const EdgeLine& line) {
        return std::abs(line.line.distance_to(a)) < 1.5 && std::abs(line.line.distance_to(b)) < 1.5 &&
               line.coverage(dot(line.direction(), a), dot(line.direction(), b)) > 0.9;
      };
      EXPECT_EQ(std::count_if(lines.begin(), lines.end(), on_it), 1) << "side " << side << ", level " << page;
    }
  }
}

TEST(EdgeLines, MakeTheirQuadrilateral) {
  const auto lines = edge_lines(copy_of(scenes::drawn_page(600, 700, SLANTED_PAGE, 200, 100)), 32);
  const auto made = line_quadrilaterals(lines, 600, 700, 6);
  ASSERT_FALSE(made.empty());
  EXPECT_GT(iou(made.front().corners, SLANTED_PAGE), 0.99);
}

TEST(FitPage, FollowsSidesFromAMaskPixelOff) {
  const Image picture = scenes::drawn_page(600, 700, SLANTED_PAGE, 200, 100);
  Corners expected = SLANTED_PAGE;
  for (std::size_t i = 0; i < 4; ++i) expected[i] = expected[i] + Point{i % 2 == 0 ? 4.0 : -3.0, i < 2 ? -4.0 : 3.0};
  ProfileSearch search;
  const auto page = fit_page(picture.view(), expected_page(expected), search, true);
  ASSERT_TRUE(page);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_LT(distance(page->corners[i], SLANTED_PAGE[i]), 0.3);
    EXPECT_GT(page->sides[i].support, 0.95);
    EXPECT_NEAR(page->sides[i].strength, 173, 20) << "100 levels in three channels";
  }
}

TEST(FitPage, ABowedSideEndsAtTheTrueCorner) {
  // The upper side sags by 6 pixels between its corners.
  constexpr int WIDTH = 600;
  std::vector<std::uint8_t> pixels(WIDTH * WIDTH, 100);
  for (int y = 0; y < WIDTH; ++y) {
    for (int x = 0; x < WIDTH; ++x) {
      const double q = (x + 0.5 - 100) / 400;
      const double upper = 100 + 6 * 4 * q * (1 - q);
      if (q > 0 && q < 1 && y + 0.5 > upper && y < 500)
        pixels[static_cast<std::size_t>(y) * WIDTH + static_cast<std::size_t>(x)] = 200;
    }
  }
  const Image picture = Image::from_pixels({pixels.data(), WIDTH, WIDTH, WIDTH, PixelFormat::gray8});
  const Corners truth{{{100, 100}, {500, 100}, {500, 500}, {100, 500}}};
  const auto page = fit_page(picture.view(), expected_page(truth), {}, true);
  ASSERT_TRUE(page);
  EXPECT_GT(page->sides[0].bend, 2);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_LT(distance(page->corners[i], truth[i]), 1.2) << i;
}

TEST(FitPage, AnEdgeThatGoesOnIsNotAPages) {
  const Corners tile{{{200, 200}, {400, 200}, {400, 400}, {200, 400}}};
  std::vector<std::uint8_t> pixels(600 * 600, 180);
  for (std::size_t y = 0; y < 600; ++y) {
    for (std::size_t x = 0; x < 600; ++x) {
      if (x % 200 < 3 || y % 200 < 3) pixels[y * 600 + x] = 90;
    }
  }
  const Image tiles = Image::from_pixels({pixels.data(), 600, 600, 600, PixelFormat::gray8});
  const Image page = scenes::drawn_page(600, 600, tile, 180, 90);
  const auto overrun_in = [&](const Image& picture) {
    const auto fitted = fit_page(picture.view(), expected_page(tile), {}, true);
    return fitted ? overrun(picture.view(), fitted->sides[0], fitted->corners[0], fitted->corners[1]).value_or(-1) : -1;
  };
  EXPECT_GT(overrun_in(tiles), 0.7);
  EXPECT_NEAR(overrun_in(page), 0, 0.05);
}

TEST(MaskRegions, ARoundedCornerIsMadeWhole) {
  // A card: a rectangle without its corners' outermost pixels.
  std::vector<std::uint8_t> values(320 * 320, 0);
  for (int y = 80; y < 240; ++y) {
    for (int x = 40; x < 290; ++x) {
      const int dx = std::max({40 + 12 - x, x - (289 - 12), 0});
      const int dy = std::max({80 + 12 - y, y - (239 - 12), 0});
      if (dx * dx + dy * dy <= 144) values[static_cast<std::size_t>(y) * 320 + static_cast<std::size_t>(x)] = 255;
    }
  }
  const Image mask = Image::from_pixels({values.data(), 320, 320, 320, PixelFormat::gray8});
  const auto regions = mask_regions(mask, 640, 640, 4);
  ASSERT_EQ(regions.size(), 1U);
  const auto made = quadrilaterals_of(regions[0], 640, 640);
  ASSERT_FALSE(made.empty());
  const Corners card{{{80, 160}, {580, 160}, {580, 480}, {80, 480}}};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_LT(distance(made[0][i], card[i]), 3);
}

TEST(MaskRegions, TheFrameIsNoSide) {
  // A corner of the page lies outside the picture.
  const Corners page{{{60, 60}, {250, 90}, {350, 300}, {40, 280}}};
  const auto regions = mask_regions(scenes::drawn_page(320, 320, page, 255, 0), 320, 320, 4);
  ASSERT_FALSE(regions.empty());
  const auto made = quadrilaterals_of(regions[0], 320, 320);
  EXPECT_TRUE(std::any_of(made.begin(), made.end(), [&](const Corners& c) { return iou(c, page) > 0.97; }));
}

TEST(PaperMap, TellsASheetThatFillsThePictureFromAPlainTable) {
  std::vector<std::uint8_t> sheet(600 * 700, 225);
  for (std::size_t y = 60; y < 640; ++y) {
    // Lines of print, of strokes two pixels wide.
    for (std::size_t x = 60; x < 540; ++x) {
      if (y % 14 < 7 && x % 5 < 2) sheet[y * 600 + x] = 60;
    }
  }
  const auto map = [](const std::vector<std::uint8_t>& pixels) {
    return PaperMap(copy_of(Image::from_pixels({pixels.data(), 600, 700, 600, PixelFormat::gray8})));
  };
  EXPECT_TRUE(map(sheet).fills_picture());
  EXPECT_FALSE(map(std::vector<std::uint8_t>(600 * 700, 225)).fills_picture());
  std::vector<std::uint8_t> tiles(600 * 700, 225);
  for (std::size_t y = 0; y < 700; ++y) {
    for (std::size_t x = 0; x < 600; ++x) {
      if ((x + y / 6) % 90 < 4 || (y + 45 + x / 6) % 90 < 4) tiles[y * 600 + x] = 120;
    }
  }
  EXPECT_FALSE(map(tiles).fills_picture()) << "joints are no print";
  EXPECT_NEAR(map(sheet).words_around({{{60, 60}, {540, 60}, {540, 350}, {60, 350}}}).share(), 0.5, 0.05);
  EXPECT_EQ(map(sheet).words_around({{{30, 30}, {570, 30}, {570, 670}, {30, 670}}}).share(), 0);
}

TEST(Ground, ALineHasOnePaperOnBothSidesAndASheetsEdgeHasTwo) {
  constexpr Corners BOX{{{150, 200}, {450, 190}, {460, 500}, {140, 510}}};
  const auto ground = [&](const Image& picture) {
    const auto page = fit_page(picture.view(), expected_page(BOX), {}, true);
    return page ? ground_of(picture.view(), *page) : Ground{};
  };
  const Ground edge = ground(scenes::drawn_page(600, 700, BOX, 232, 226));
  EXPECT_LT(edge.same_paper, 0.1) << "white on white";
  EXPECT_GT(edge.brighter, 1.01);
  EXPECT_FALSE(edge.upright);

  Corners inner = BOX;
  for (std::size_t i = 0; i < 4; ++i) inner[i] = inner[i] + Point{i == 0 || i == 3 ? 2.0 : -2.0, i < 2 ? 2.0 : -2.0};
  const Image outer_box = scenes::drawn_page(600, 700, BOX, 40, 230);
  std::vector<std::uint8_t> pixels(outer_box.size_bytes());
  for (int y = 0; y < 700; ++y) {
    for (int x = 0; x < 600; ++x) {
      const auto at = static_cast<std::size_t>(y) * 600 + static_cast<std::size_t>(x);
      pixels[at] =
          scenes::inside(inner, {x + 0.5, y + 0.5}) ? 230 : std::to_integer<std::uint8_t>(outer_box.data()[at]);
    }
  }
  const Ground line = ground(Image::from_pixels({pixels.data(), 600, 700, 600, PixelFormat::gray8}));
  EXPECT_GT(line.same_paper, 0.9);
  EXPECT_NEAR(line.brighter, 1, 0.01);
}

}  // namespace
}  // namespace peel::document
