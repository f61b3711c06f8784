#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <thread>
#include <vector>

#include "image/image_data.hpp"
#include "peel/document.hpp"
#include "scenes/drawn_page.hpp"
#include "scenes/page_scene.hpp"
#include "support/error_of.hpp"
#include "support/stand_in_model.hpp"
#include "support/test_data.hpp"

namespace peel::document {
namespace {

using scenes::drawn_page;
using ::testing::HasSubstr;

// A4, seen from straight above.
constexpr int WIDTH = 640;
constexpr int HEIGHT = 480;
const Corners PAGE{{{200, 60}, {446, 60}, {446, 408}, {200, 408}}};

std::uint8_t grey_at(const Image& image, int x, int y) {
  return std::to_integer<std::uint8_t>(image.data()[y * image.stride() + x]);
}

double farthest(const Corners& a, const Corners& b) {
  double most = 0;
  for (std::size_t i = 0; i < 4; ++i) most = std::max(most, distance(a[i], b[i]));
  return most;
}

class Scanner : public testing::Test {
 protected:
  Scanner() {
    peel::test::StandIn model;  // what is bright is paper
    model.scale = 12.0F;
    model.shift = -6.0F;
    peel::test::write_stand_in(folder_ / "paper.onnx", model);
    settings_.model_name = (folder_ / "paper.onnx").string();
    settings_.model_folder = folder_.path();
    settings_.device = Device::cpu;
    settings_.fetch.offline = true;
  }
  DocumentScanner with_model(const std::string& name) {
    settings_.model_name = name;
    return DocumentScanner(settings_);
  }

  peel::test::TemporaryFolder folder_;
  Settings settings_;
  Image picture_ = drawn_page(WIDTH, HEIGHT, PAGE, 230, 40);
};

TEST_F(Scanner, FromAPictureToAPage) {
  const DocumentScanner scanner(settings_);
  const ScanResult result = scanner.scan(picture_);
  ASSERT_EQ(result.status, PageStatus::found) << result.reason;
  EXPECT_LT(farthest(result.page.corners, PAGE), 0.5);
  EXPECT_EQ(result.aspect.format, "a4");
  EXPECT_NEAR(result.image.width(), 246, 2);
  EXPECT_NEAR(result.image.height(), 348, 2);
  for (const int x : {1, result.image.width() - 2}) {
    for (const int y : {1, result.image.height() - 2}) EXPECT_EQ(grey_at(result.image, x, y), 230) << x << ", " << y;
  }
  EXPECT_EQ(result.mask.width(), 32) << "the network's own size";
  ASSERT_NE(scanner.session(), nullptr);
  EXPECT_EQ(scanner.session()->provider, "cpu");
  EXPECT_FALSE(result.drawings);
}

TEST_F(Scanner, WithoutAModelTheEdgesDo) {
  const DocumentScanner scanner = with_model("none");
  const ScanResult result = scanner.scan(picture_);
  EXPECT_EQ(result.status, PageStatus::found) << result.reason;
  EXPECT_LT(farthest(result.page.corners, PAGE), 0.5);
  EXPECT_TRUE(result.mask.empty());
  EXPECT_EQ(scanner.session(), nullptr);
}

TEST_F(Scanner, APageOfAShapeThatNobodyKnowsIsNotSure) {
  const Corners sheared{{{100, 250}, {900, 100}, {1000, 1180}, {200, 1450}}};
  const DocumentScanner scanner = with_model("none");
  ScanOptions options;
  const Image picture = drawn_page(1100, 1550, sheared, 230, 60);
  ScanResult result = scanner.scan(picture, options);
  EXPECT_LT(farthest(result.page.corners, sheared), 1);
  EXPECT_LE(result.page.confidence, 0.6);
  EXPECT_THAT(result.reason, testing::HasSubstr("shape is a guess"));

  options.least_confidence = 0.7;
  result = scanner.scan(picture, options);
  EXPECT_EQ(result.status, PageStatus::not_found) << "less sure than was asked for";
  EXPECT_TRUE(result.image.empty());

  options.shape = parse_page_shape("a4");
  result = scanner.scan(picture, options);
  EXPECT_GT(result.page.confidence, 0.7);
  EXPECT_EQ(result.reason, "");
}

TEST_F(Scanner, CornersByHandNeedNoModel) {
  const DocumentScanner scanner = with_model((folder_ / "missing.onnx").string());
  ScanOptions options;
  // Turned by a quarter: the text begins at the lower left.
  options.corners = Corners{{PAGE[3], PAGE[0], PAGE[1], PAGE[2]}};
  const ScanResult result = scanner.scan(picture_, options);
  EXPECT_EQ(result.status, PageStatus::found);
  EXPECT_EQ(result.page.confidence, 1);
  EXPECT_EQ(result.page.corners[0].x, PAGE[3].x);
  EXPECT_GT(result.image.width(), result.image.height());

  options.corners = Corners{{PAGE[0], PAGE[2], PAGE[1], PAGE[3]}};
  EXPECT_EQ(peel::test::error_of([&] { scanner.scan(picture_, options); }).code(), ErrorCode::usage);
  EXPECT_EQ(peel::test::error_of([&] { scanner.scan(picture_); }).code(), ErrorCode::model) << "now it is needed";
}

TEST_F(Scanner, CornersByHandAreNearThePictureAndThePageKeepsToItsLimit) {
  const DocumentScanner scanner(settings_);
  const double side = std::max(picture_.width(), picture_.height());
  const auto scan_to = [&](double right) {
    ScanOptions options;
    options.max_pixels = 5000;
    options.corners = Corners{{{0, 0}, {right, 0}, {right, 50}, {0, 50}}};
    return scanner.scan(picture_, options).image;
  };
  const Image page = scan_to(2 * side);
  EXPECT_LE(page.width() * page.height(), 5000);
  EXPECT_EQ(peel::test::error_of([&] { scan_to(2 * side + 1); }).code(), ErrorCode::usage);
}

TEST_F(Scanner, WithoutAPageThereIsNoPicture) {
  const DocumentScanner scanner(settings_);
  const Corners triangle{{{60, 20}, {150, 80}, {40, 90}, {40, 90}}};
  const ScanResult result = scanner.scan(drawn_page(200, 100, triangle, 230, 30));
  EXPECT_EQ(result.status, PageStatus::not_found);
  EXPECT_TRUE(result.image.empty());
  EXPECT_FALSE(result.reason.empty());
  EXPECT_EQ(peel::test::error_of([&] { scanner.scan(Image()); }).code(), ErrorCode::usage);
}

TEST_F(Scanner, APictureThatIsAllPageIsLeftAsItIs) {
  const DocumentScanner scanner(settings_);
  const std::vector<std::uint8_t> white(300 * 400, 240);
  const ScanResult result = scanner.scan(Image::from_pixels({white.data(), 300, 400, 300, PixelFormat::gray8}));
  EXPECT_EQ(result.status, PageStatus::already_cropped);
  EXPECT_EQ(result.image.width(), 300);
  EXPECT_EQ(result.image.height(), 400);
  EXPECT_FALSE(result.reason.empty());
}

/// A white page with lines of words, as a scanner gives it.
Image scanned(int width, int height, std::optional<double> dpi) {
  auto data = std::make_shared<Image::Data>(width, height, PixelFormat::gray8);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const bool words =
          x > width / 8 && x < width * 7 / 8 && y > height / 8 && y < height * 7 / 8 && y % 40 < 20 && x % 16 < 6;
      data->row<std::uint8_t>(y)[x] = words ? 30 : 255;
    }
  }
  if (dpi) data->resolution = Resolution{*dpi / 25.4, *dpi / 25.4};
  return Image(std::move(data));
}

TEST_F(Scanner, AFlatPageIsAsLargeAsItsResolutionSays) {
  const DocumentScanner scanner = with_model("none");
  const ScanResult a4 = scanner.scan(scanned(1654, 2339, 200));
  ASSERT_EQ(a4.status, PageStatus::already_cropped);
  EXPECT_EQ(a4.aspect.format, "a4");
  EXPECT_DOUBLE_EQ(a4.size.width_mm, 210);
  EXPECT_DOUBLE_EQ(a4.size.height_mm, 297);
  const ScanResult untold = scanner.scan(scanned(1654, 2339, {}));
  EXPECT_EQ(untold.aspect.format, "a4") << "to the pixel what 200 dots per inch make of it";
  ASSERT_TRUE(untold.image.resolution());
  EXPECT_NEAR(untold.image.resolution()->x * 25.4, 200, 0.1);
  const ScanResult note = scanner.scan(scanned(1000, 1586, 200));
  EXPECT_EQ(note.aspect.format, "") << "a card's shape, and no card";
  EXPECT_NEAR(note.size.width_mm, 127, 0.01);
  const ScanResult placeholder = scanner.scan(scanned(1000, 1586, 72));
  EXPECT_FALSE(placeholder.size.known) << "72 dots per inch is what writers say who do not know";
  const ScanResult receipt = scanner.scan(scanned(270, 900, {}));
  if (receipt.status == PageStatus::already_cropped) {
    EXPECT_NEAR(receipt.size.width_mm, 80, 0.01);
    EXPECT_FALSE(receipt.size.known);
  }
  ScanOptions fit;
  fit.shape = parse_page_shape("fit");
  const ScanResult own = scanner.scan(scanned(1654, 2339, 200), fit);
  EXPECT_NEAR(own.size.width_mm, 1654 / 200.0 * 25.4, 1e-6);
  EXPECT_EQ(own.aspect.format, "");
}

TEST_F(Scanner, PagesOfKnownSizeHaveAResolution) {
  ScanOptions options;
  options.corners = PAGE;
  options.shape = parse_page_shape("a4");
  const Image page = with_model("none").scan(picture_, options).image;
  ASSERT_TRUE(page.resolution());
  EXPECT_NEAR(page.resolution()->x, page.width() / 210.0, 1e-9);
  EXPECT_NEAR(page.resolution()->y, page.height() / 297.0, 1e-9);
  options.shape = parse_page_shape("none");
  EXPECT_FALSE(with_model("none").scan(picture_, options).image.resolution());
}

TEST_F(Scanner, ACardIsToldByItsRoundedCorners) {
  for (const double radius : {0.0, 3.18}) {
    scenes::SyntheticScene scene;
    scene.camera.width = 1200;
    scene.camera.height = 900;
    scene.camera.focal_length = 1100;
    scene.camera.distance = 130;
    scenes::Sheet card;
    card.width = 85.6;
    card.height = 53.98;
    card.radius = radius;
    card.thickness = 0.4;
    card.print = scenes::Print::bare;
    card.page = true;
    scene.sheets = {card};
    const scenes::SyntheticPhoto photo = render_page(scene);
    ScanOptions options;
    options.corners = photo.pages[0].corners;
    const ScanResult result = with_model("none").scan(photo.picture, options);
    EXPECT_EQ(result.aspect.format, radius > 0 ? "card" : "") << radius;
    EXPECT_EQ(result.size.known, radius > 0);
  }
}

TEST_F(Scanner, DrawingsShowWhatWasSeen) {
  const DocumentScanner scanner(settings_);
  ScanOptions options;
  options.drawings = true;
  const ScanResult result = scanner.scan(picture_, options);
  ASSERT_TRUE(result.drawings);
  EXPECT_EQ(result.drawings->chosen.width(), WIDTH);
  EXPECT_EQ(result.drawings->candidates.format(), PixelFormat::rgb8);
  const auto& chosen = result.drawings->chosen;
  int green = 0;
  for (int y = 0; y < HEIGHT; ++y) {
    for (int x = 0; x < WIDTH; ++x) {
      const std::byte* pixel = chosen.data() + y * chosen.stride() + 3 * x;
      green += std::to_integer<int>(pixel[1]) > 150 && std::to_integer<int>(pixel[0]) < 100 ? 1 : 0;
    }
  }
  EXPECT_GT(green, 2 * (246 + 348)) << "all around the page";
}

TEST_F(Scanner, AutoWantsAModelThatKnowsPaper) {
  const Error error = peel::test::error_of([&] { with_model("auto").scan(picture_); });
  EXPECT_EQ(error.code(), ErrorCode::model);
  EXPECT_THAT(error.what(), HasSubstr("silueta"));
  peel::test::StandIn model;
  model.height = model.width = 320;
  model.scale = 12.0F;
  model.shift = -6.0F;
  peel::test::write_stand_in(folder_ / "u2netp.onnx", model);
  ::setenv("MODEL_CHECKSUM_DISABLED", "1", 1);
  const DocumentScanner scanner = with_model("auto");
  EXPECT_EQ(scanner.scan(picture_).status, PageStatus::found);
  EXPECT_EQ(scanner.session()->model, "u2netp");
}

TEST_F(Scanner, EveryStepIsToldAndMayBeTheLast) {
  const DocumentScanner scanner(settings_);
  ScanOptions options;
  options.enhance = Enhance::contrast;
  const std::vector<std::byte> png = encode(picture_);
  for (std::size_t stopped_at = 0; stopped_at <= 5; ++stopped_at) {
    std::vector<std::string> steps;
    std::stop_source source;
    const auto note = [&](const Progress& progress) {
      steps.emplace_back(progress.what);
      if (steps.size() == stopped_at) source.request_stop();
    };
    const auto scan = [&] { return scanner.scan(png, options, {}, {source.get_token(), note}); };
    if (stopped_at == 0) {
      EXPECT_EQ(scan().status, PageStatus::found);
      EXPECT_THAT(steps, ::testing::ElementsAre("decoding", "network", "finding the page", "flattening", "enhancing"));
    } else {
      EXPECT_THROW(scan(), Cancelled);
      EXPECT_EQ(steps.size(), stopped_at) << "it went on";
    }
  }
}

TEST_F(Scanner, OneThatWasMovedFromSaysSo) {
  DocumentScanner scanner(settings_);
  const DocumentScanner other = std::move(scanner);
  // NOLINTNEXTLINE(bugprone-use-after-move): that is what is tried
  EXPECT_EQ(peel::test::error_of([&] { scanner.scan(picture_); }).code(), ErrorCode::usage);
  EXPECT_EQ(peel::test::error_of([&] { scanner.session(); }).code(), ErrorCode::usage);
}

TEST_F(Scanner, SeveralThreadsMayShareOne) {
  const DocumentScanner scanner(settings_);
  const ScanResult alone = scanner.scan(picture_);
  const DocumentScanner shared(settings_);
  std::vector<ScanResult> results(4);
  {
    std::vector<std::jthread> threads;
    threads.reserve(results.size());
    for (ScanResult& result : results) threads.emplace_back([&] { result = shared.scan(picture_); });
  }
  for (const ScanResult& result : results) {
    EXPECT_EQ(farthest(result.page.corners, alone.page.corners), 0);
  }
}

}  // namespace
}  // namespace peel::document
