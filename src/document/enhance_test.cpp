#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "peel/document.hpp"
#include "support/error_of.hpp"
#include "support/pictures.hpp"

namespace peel {
namespace {

constexpr int WIDTH = 600;
constexpr int HEIGHT = 800;

using Reflectance = std::array<double, 3>;

// A page as a camera sees it: what it reflects (1: paper) under light that falls off to a third and has a hard shadow,
// with noise of one level.
Image photographed(const std::function<Reflectance(int, int)>& reflectance, PixelFormat format = PixelFormat::rgb8) {
  auto data = std::make_shared<Image::Data>(WIDTH, HEIGHT, format);
  std::mt19937 random(7);
  std::normal_distribution<double> noise(0, 1);
  const int count = channels(format);
  for (int y = 0; y < HEIGHT; ++y) {
    for (int x = 0; x < WIDTH; ++x) {
      const double shadow = x + y < 500 ? 0.8 : 1;
      const double light = shadow * (90 + 150.0 * x / WIDTH);
      const Reflectance part = reflectance(x, y);
      for (int c = 0; c < count; ++c) {
        const double cast = c == 2 ? 0.85 : 1;  // the light of a lamp
        const double value = std::clamp(light * cast * part[static_cast<std::size_t>(c)] + noise(random), 0.0, 255.0);
        if (bytes_per_sample(format) == 2) {
          data->row<std::uint16_t>(y)[x * count + c] = static_cast<std::uint16_t>(std::lround(value * 257));
        } else {
          data->row<std::uint8_t>(y)[x * count + c] = static_cast<std::uint8_t>(std::lround(value));
        }
      }
    }
  }
  return Image(std::move(data));
}

Reflectance gray(double value) {
  return {value, value, value};
}

// Lines of print: strokes three pixels wide, lines twenty high with as much between them.
bool is_ink(int x, int y) {
  return x > 60 && x < 540 && y > 60 && y < 740 && y % 40 < 20 && x % 9 < 3;
}

Image print(PixelFormat format = PixelFormat::rgb8) {
  return photographed([](int x, int y) { return gray(is_ink(x, y) ? 0.15 : 1); }, format);
}

int sample(const Image& image, int x, int y, int channel = 0) {
  return std::to_integer<int>(image.data()[y * image.stride() + x * channels(image.format()) + channel]);
}

// The part of all pixels for which a statement holds.
double part_where(const Image& image, const std::function<bool(int, int)>& holds) {
  std::int64_t count = 0;
  for (int y = 0; y < image.height(); ++y) {
    for (int x = 0; x < image.width(); ++x) count += holds(x, y) ? 1 : 0;
  }
  return static_cast<double>(count) / image.width() / image.height();
}

TEST(EnhanceContrast, PaperIsWhiteAndLightIsEven) {
  const Image page = enhance_page(print(), Enhance::contrast);
  ASSERT_EQ(page.format(), PixelFormat::rgb8);
  const double gray_paper = part_where(page, [&](int x, int y) {
    // Along the shadow's edge the light is no smooth thing.
    if (is_ink(x, y) || std::abs(x + y - 500) < 30) return false;
    return std::min({sample(page, x, y, 0), sample(page, x, y, 1), sample(page, x, y, 2)}) < 240;
  });
  EXPECT_LT(gray_paper, 0.002);
  const double pale_ink =
      part_where(page, [&](int x, int y) { return is_ink(x, y) && x % 9 == 1 && sample(page, x, y, 1) > 60; });
  EXPECT_LT(pale_ink, 0.002);
}

TEST(EnhanceContrast, ColoursAndLargeDarkAreasStay) {
  const auto content = [](int x, int y) -> Reflectance {
    if (y > 550 && y < 750 && x > 60 && x < 260) return {0.9, 0.2, 0.2};
    if (y > 550 && y < 750 && x > 350 && x < 550) return gray(0.12);
    if (y > 300 && y < 480 && x > 330 && x < 530) return {0.25, 0.3, 0.7};
    return gray(1);
  };
  const Image page = enhance_page(photographed(content), Enhance::contrast);
  EXPECT_GT(sample(page, 160, 650, 0), 190);
  EXPECT_LT(sample(page, 160, 650, 1), 80);
  EXPECT_LT(sample(page, 450, 650, 1), 60) << "a dark picture must not be taken for paper in a shadow";
  EXPECT_LT(sample(page, 430, 390, 0), 100);
  EXPECT_GT(sample(page, 430, 390, 2), sample(page, 430, 390, 0) + 70);
  for (const auto& [x, y] : {std::pair{30, 650}, std::pair{305, 650}, std::pair{580, 390}}) {
    EXPECT_GE(sample(page, x, y, 1), 240) << x << ", " << y;
  }
}

TEST(EnhanceContrast, KeepsFormatAndProfile) {
  auto data = test::photograph(64, 48, PixelFormat::rgb16);
  data->icc_profile = test::wide_gamut_profile();
  const Image page(data);
  const Image out = enhance_page(page, Enhance::contrast);
  EXPECT_EQ(out.format(), PixelFormat::rgb16);
  EXPECT_TRUE(std::ranges::equal(out.icc_profile(), page.icc_profile()));
}

TEST(EnhanceContrast, SixteenBitsLikeEight) {
  const Image narrow = enhance_page(print(), Enhance::contrast);
  const Image wide = enhance_page(print(PixelFormat::rgb16), Enhance::contrast);
  const auto* const samples = reinterpret_cast<const std::uint16_t*>(wide.data());
  std::int64_t apart = 0;
  for (std::size_t i = 0; i < narrow.size_bytes(); ++i) {
    apart += std::abs(std::to_integer<int>(narrow.data()[i]) - samples[i] / 257) > 5 ? 1 : 0;
  }
  EXPECT_LT(apart, static_cast<std::int64_t>(narrow.size_bytes() / 1000));
}

TEST(EnhanceBw, PrintIsReadUnderUnevenLight) {
  for (const PixelFormat format : {PixelFormat::rgb8, PixelFormat::gray8, PixelFormat::rgb16, PixelFormat::gray16}) {
    const Image page = enhance_page(print(format), Enhance::bw);
    ASSERT_EQ(page.format(), PixelFormat::gray8);
    const double wrong = part_where(page, [&](int x, int y) { return sample(page, x, y) != (is_ink(x, y) ? 0 : 255); });
    EXPECT_LT(wrong, 0.002) << static_cast<int>(format);
  }
}

TEST(EnhanceBw, BlankPaperIsClean) {
  const Image page = enhance_page(photographed([](int, int) { return gray(1); }), Enhance::bw);
  EXPECT_EQ(part_where(page, [&](int x, int y) { return sample(page, x, y) != 255 && std::abs(x + y - 500) > 30; }), 0);
}

TEST(EnhanceBw, ThinPaleStrokesAreKept) {
  const auto stroke = [](int x, int y) { return x > 100 && x < 500 && y > 100 && y % 30 == 0; };
  const Image page =
      enhance_page(photographed([&](int x, int y) { return gray(stroke(x, y) ? 0.6 : 1); }), Enhance::bw);
  const double lost = part_where(page, [&](int x, int y) { return stroke(x, y) && sample(page, x, y) != 0; });
  const double all = part_where(page, stroke);
  EXPECT_LT(lost, 0.02 * all);
}

TEST(EnhanceBw, SolidInkIsNotHollow) {
  const auto solid = [](int x, int y) { return x > 150 && x < 450 && y > 300 && y < 600; };
  const Image page = enhance_page(photographed([&](int x, int y) { return gray(solid(x, y) ? 0.1 : 1); }), Enhance::bw);
  EXPECT_LT(part_where(page, [&](int x, int y) { return solid(x, y) && sample(page, x, y) != 0; }), 0.002);
}

// A square of one tone, 160 pixels wide; the hard shadow's edge goes through its corner.
bool in_square(int x, int y) {
  return x > 150 && x < 310 && y > 300 && y < 460;
}

TEST(EnhanceContrast, AFilledSquareStaysOfOneTone) {
  for (const double tone : {0.3, 0.5, 0.7}) {
    const Image page = photographed([&](int x, int y) {
      return gray(in_square(x, y) ? tone : is_ink(x, y) ? 0.15 : 1);
    });
    const Image out = enhance_page(page, Enhance::contrast);
    const double middle = sample(out, 230, 380);
    for (const auto& [x, y] : {std::pair{300, 450}, {165, 450}, {230, 310}, {300, 380}}) {
      EXPECT_NEAR(sample(out, x, y), middle, 22) << tone << " at " << x << ", " << y;
    }
    EXPECT_LT(middle, 255 * tone * 1.2) << tone << ": no hollow box";
    EXPECT_GT(sample(out, 400, 350), 240) << "the paper is white";
  }
}

TEST(EnhanceContrast, AShadowWithASoftEdgeGoes) {
  const auto shadow = [](int x, int y) {
    return 1 - 0.5 / (1 + std::exp((std::hypot(x - 300, y - 800) - 330) / 12.0));
  };
  const Image page = photographed([&](int x, int y) { return gray(shadow(x, y) * (is_ink(x, y) ? 0.15 : 1)); });
  for (const Enhance how : {Enhance::contrast, Enhance::bw}) {
    const Image out = enhance_page(page, how);
    const double dark = part_where(out, [&](int x, int y) {
      const bool on_edge = std::abs(std::hypot(x - 300, y - 800) - 330) < 60;
      return !is_ink(x, y) && y > 500 && !on_edge && sample(out, x, y) < 235;
    });
    // At its toe some is left, as much as without looking for fills.
    EXPECT_LT(dark, 0.01) << static_cast<int>(how);
  }
}

TEST(EnhanceBw, AFilledSquareIsFilled) {
  for (const double tone : {0.3, 0.5, 0.6, 0.8}) {
    const Image page = photographed([&](int x, int y) {
      return gray(in_square(x, y) ? tone : is_ink(x, y) ? 0.15 : 1);
    });
    const Image out = enhance_page(page, Enhance::bw);
    const double inside = part_where(out, [&](int x, int y) {
      // Where the shadow's edge meets the square's there are three tones side by side.
      return x > 156 && x < 304 && y > 306 && y < 454 && x + y > 530 && sample(out, x, y) == sample(out, 230, 380);
    });
    const double all =
        part_where(out, [](int x, int y) { return x > 156 && x < 304 && y > 306 && y < 454 && x + y > 530; });
    EXPECT_GT(inside, 0.99 * all) << tone;
    if (tone < 0.7) {
      EXPECT_EQ(sample(out, 230, 380), 0) << tone;
    }
  }
}

/// An area with words on it, strokes three pixels wide: the part of its strokes and of the ground between them that is
/// white.
struct Read {
  double strokes = 0;
  double ground = 0;
};
struct Lettered {
  int left, top, right, bottom;
  Reflectance ground;
  double ink;

  bool stroke(int x, int y) const {
    return x > left + 20 && x < right - 20 && y >= top + 13 && y < bottom - 13 && (y - top - 13) % 36 < 19 && x % 9 < 3;
  }
  bool covers(int x, int y) const { return x >= left && x < right && y >= top && y < bottom; }
  Reflectance at(int x, int y) const { return stroke(x, y) ? gray(ink) : ground; }
  Image on_page() const {
    return photographed([&](int x, int y) { return covers(x, y) ? at(x, y) : gray(1); });
  }
  Read read(const Image& page) const {
    double counts[2]{};
    double white[2]{};
    for (int y = top + 16; y < bottom - 16; ++y) {
      for (int x = left + 30; x < right - 30; ++x) {
        const bool on = stroke(x, y) && x % 9 == 1;
        if (!on && (x % 9 != 6 || !stroke(x - 5, y))) continue;
        if (std::abs(x + y - 500) < 50) continue;  // along the hard shadow's edge
        counts[on ? 0 : 1] += 1;
        white[on ? 0 : 1] += sample(page, x, y) > 127 ? 1 : 0;
      }
    }
    return {white[0] / counts[0], white[1] / counts[1]};
  }
};

TEST(EnhanceBw, WordsInColouredRowsAreRead) {
  const Reflectance colours[] = {{0.95, 0.6, 0.1}, {0.4, 0.65, 0.9}, {0.5, 0.5, 0.5},
                                 {0.0, 0.5, 0.5},  {0.1, 0.5, 0.25}, {0.85, 0.2, 0.2}};
  for (const double ink : {0.08, 1.0}) {
    std::vector<Lettered> rows;
    for (const Reflectance& colour : colours) {
      const int top = 80 + 110 * static_cast<int>(rows.size());
      rows.push_back({60, top, 540, top + 45, colour, ink});
    }
    const Image page = enhance_page(photographed([&](int x, int y) {
                                      for (const Lettered& row : rows) {
                                        if (row.covers(x, y)) return row.at(x, y);
                                      }
                                      return gray(1);
                                    }),
                                    Enhance::bw);
    for (const Lettered& row : rows) {
      const Read seen = row.read(page);
      const std::string what = fmt::format("{} {} {} ink {}", row.ground[0], row.ground[1], row.ground[2], ink);
      EXPECT_GT(std::abs(seen.strokes - seen.ground), 0.8) << what;
      EXPECT_EQ(seen.strokes > 0.5, ink > 0.5) << what;
    }
  }
}

TEST(EnhanceBw, LightWordsOnADarkBlockAreRead) {
  for (const double tone : {0.06, 0.2, 0.4, 0.55}) {
    const Lettered block{80, 420, 420, 700, gray(tone), 0.97};  // as large as a notice, or a logo
    const Read seen = block.read(enhance_page(block.on_page(), Enhance::bw));
    EXPECT_GT(seen.strokes, 0.95) << tone;
    EXPECT_LT(seen.ground, 0.05) << tone;
  }
}

TEST(EnhanceContrast, LightWordsOnADarkBlockStayLight) {
  for (const double tone : {0.06, 0.2, 0.4, 0.55}) {
    const Lettered block{80, 420, 420, 700, gray(tone), 0.97};
    const Image out = enhance_page(block.on_page(), Enhance::contrast);
    EXPECT_LT(sample(out, 90, 560, 1), 255 * tone * 1.25 + 8) << tone;
    EXPECT_LT(sample(out, 250, 467, 1), 255 * tone * 1.25 + 8) << tone << ": between its lines";
    EXPECT_GT(block.read(out).strokes, 0.95) << tone;
  }
}

// Beside a curled page the table is seen: a wedge that goes out along the side.
TEST(EnhancePage, WedgesOfTableBecomeWhite) {
  const auto wedge = [](int x, int y) { return x < 20 * (1 - y / 500.0); };
  for (const Reflectance& table : {Reflectance{0.4, 0.1, 0.1}, gray(0.05), Reflectance{0.45, 0.3, 0.2}}) {
    const Image page = photographed([&](int x, int y) {
      if (wedge(x, y)) return table;
      return gray(is_ink(x, y) ? 0.15 : 1);
    });
    for (const Enhance how : {Enhance::contrast, Enhance::bw}) {
      const Image out = enhance_page(page, how);
      const double dark = part_where(out, [&](int x, int y) { return wedge(x, y) && sample(out, x, y) < 200; });
      EXPECT_LT(dark * WIDTH * HEIGHT, 50) << static_cast<int>(how) << " " << table[0];
    }
  }
}

// A tapered ornament that the page's edge cuts looks like such a wedge; on a page that nothing was cut away from it is
// print.
TEST(EnhancePage, TaperedPrintAtTheEdgeOfAFlatPageStays) {
  const auto ornament = [](int x, int y) { return y < 24 * (1 - x / 450.0); };
  const Image page = photographed([&](int x, int y) { return gray(ornament(x, y) ? 0.2 : is_ink(x, y) ? 0.15 : 1); });
  for (const Enhance how : {Enhance::contrast, Enhance::bw}) {
    const auto lost = [&](const Image& out) {
      const auto light = part_where(out, [&](int x, int y) { return ornament(x, y) && sample(out, x, y) > 128; });
      return light / part_where(out, ornament);
    };
    EXPECT_LT(lost(enhance_page(page, how, 0, false)), 0.05) << static_cast<int>(how);
    EXPECT_GT(lost(enhance_page(page, how)), 0.9) << static_cast<int>(how) << ": the test's ornament is no wedge";
  }
}

TEST(EnhancePage, AnySizeAndFormat) {
  for (const PixelFormat format : test::STORED_FORMATS) {
    for (const auto& [width, height] :
         {std::pair{1, 1}, std::pair{2, 1}, std::pair{1, 700}, std::pair{1300, 2}, std::pair{37, 23}}) {
      const Image page(test::photograph(width, height, format));
      const Image even = enhance_page(page, Enhance::contrast);
      EXPECT_EQ(even.width(), width);
      EXPECT_EQ(even.height(), height);
      EXPECT_FALSE(has_alpha(even.format()));
      EXPECT_EQ(bytes_per_sample(even.format()), bytes_per_sample(format));
      const Image bw = enhance_page(page, Enhance::bw);
      ASSERT_EQ(bw.size_bytes(), static_cast<std::size_t>(width * height));
      EXPECT_TRUE(std::all_of(bw.data(), bw.data() + bw.size_bytes(),
                              [](std::byte b) { return b == std::byte{0} || b == std::byte{255}; }));
    }
  }
}

TEST(EnhancePage, ThreadsDoNotChangeIt) {
  const Image page = print();
  for (const Enhance how : {Enhance::contrast, Enhance::bw}) {
    const Image one = enhance_page(page, how, 1);
    for (const int threads : {2, 5}) EXPECT_TRUE(test::same_pixels(enhance_page(page, how, threads), one));
  }
}

TEST(EnhancePage, NoneIsThePageItself) {
  const Image page = print();
  EXPECT_EQ(enhance_page(page, Enhance::none).data(), page.data());
  EXPECT_EQ(test::error_of([] { enhance_page(Image(), Enhance::bw); }).code(), ErrorCode::usage);
}

}  // namespace
}  // namespace peel
