// What is printed on a page is not the page: a frame, a table, a photograph, a dark block, a portrait on a card.

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <numbers>

#include "base/geometry.hpp"
#include "peel/document.hpp"
#include "scenes/drawn_page.hpp"
#include "scenes/flat_page.hpp"
#include "scenes/page_scene.hpp"
#include "support/test_data.hpp"

namespace peel::document {
namespace {

using scenes::FlatKind;

TEST(PrintedOnAPage, AFlatPageIsLeftWholeWhateverIsOnIt) {
  for (const FlatKind kind : scenes::FLAT_KINDS) {
    for (std::uint64_t seed = 1000; seed < 1002; ++seed) {
      const Image page = scenes::flat_page(kind, seed);
      EXPECT_EQ(find_page(page, {}).status, PageStatus::already_cropped) << word_for(kind) << " " << seed;
    }
  }
}

TEST(PrintedOnAPage, AMaskOfThePrintDoesNotMakeItThePage) {
  for (const FlatKind kind : {FlatKind::table, FlatKind::frame, FlatKind::photo, FlatKind::inverse}) {
    const Image page = scenes::flat_page(kind, 1000);
    const PageSearch edges = find_page(page, {});
    const double w = page.width();
    const double h = page.height();
    const Corners lower{{{0.1 * w, 0.4 * h}, {0.9 * w, 0.4 * h}, {0.9 * w, 0.9 * h}, {0.1 * w, 0.9 * h}}};
    const PageSearch search = find_page(page, scenes::drawn_mask(lower, page.width(), page.height()));
    EXPECT_EQ(search.status, edges.status) << word_for(kind);
    EXPECT_EQ(search.status, PageStatus::already_cropped) << word_for(kind);
  }
}

/// Seen from near by: the page goes on beyond the picture on three sides or all.
scenes::SyntheticScene close_view(double up) {
  scenes::SyntheticScene scene;
  scene.camera.width = 1200;
  scene.camera.height = 1500;
  scene.camera.focal_length = 1100;
  scene.camera.tilt_x = 8;
  scene.camera.tilt_y = -5;
  scene.camera.distance = 220;
  scene.light.vignette = 0.05;
  scene.noise = 2;
  scenes::Sheet sheet;
  sheet.width = 400;
  sheet.height = 420;
  sheet.centre = {0, -up};
  sheet.print = scenes::Print::form;
  sheet.page = true;
  scene.sheets = {sheet};
  return scene;
}

TEST(PrintedOnAPage, ATableOnAPageThatOverflowsThePictureIsNotThePage) {
  for (const double up : {0.0, 40.0, 90.0}) {
    scenes::SyntheticScene scene = close_view(up);
    const Image picture = render_page(scene).picture;
    const PageSearch search = find_page(picture, {});
    const double w = picture.width();
    const double h = picture.height();
    const bool whole = search.status == PageStatus::already_cropped || search.status == PageStatus::partial ||
                       search.status == PageStatus::found;
    if (!whole) continue;  // not found is no loss
    const Corners frame{{{0, 0}, {w, 0}, {w, h}, {0, h}}};
    EXPECT_GT(area(clip(search.page.corners, frame)), 0.8 * w * h) << up << " " << word_for(search.status);
  }
}

TEST(PrintedOnAPage, APhotographOnAPageThatOverflowsThePictureAskewIsNotThePage) {
  PEEL_NEEDS_DATA();
  const auto file = test::data_folder() / "data" / "faults" / "two_pages.tif";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "there is no " << file;
  DecodeOptions second;
  second.page = 1;
  const PageSearch search = find_page(load_image(file, second), {});
  EXPECT_EQ(search.status, PageStatus::partial) << word_for(search.status);
}

TEST(PrintedOnAPage, APortraitIsNotTheCard) {
  scenes::SyntheticScene scene;
  scene.camera.width = 1600;
  scene.camera.height = 1400;
  scene.camera.focal_length = 1500;
  scene.camera.distance = 150;
  scene.camera.tilt_x = 6;
  scene.table = {0.22F, 0.42F, 0.26F};
  scene.texture = 0.3;
  scenes::Sheet card;
  card.width = 85.6;
  card.height = 53.98;
  card.radius = 3.18;
  card.angle = 7;
  card.thickness = 0.6;
  card.colour = {0.25F, 0.48F, 0.3F};
  card.print = scenes::Print::card;
  card.page = true;
  scene.sheets = {card};
  const scenes::SyntheticPhoto photo = render_page(scene);
  // The portrait's place, as Print::card has it.
  const double left = -85.6 / 2 + 0.07 * 85.6;
  const double top = -53.98 / 2 + 0.2 * 53.98;
  scenes::Sheet portrait = card;
  portrait.width = 0.3 * 85.6;
  portrait.height = 0.5 * 53.98;
  const double radians = card.angle * std::numbers::pi / 180;
  const Point middle{left + portrait.width / 2, top + portrait.height / 2};
  portrait.centre = {std::cos(radians) * middle.x - std::sin(radians) * middle.y,
                     std::sin(radians) * middle.x + std::cos(radians) * middle.y};
  Corners seen = portrait.on_table();
  for (Point& corner : seen) corner = scene.camera.project(corner);
  const PageSearch search = find_page(photo.picture, scenes::drawn_mask(in_order(seen), 1600, 1400));
  if (search.status == PageStatus::not_found) return;
  EXPECT_GT(iou(search.page.corners, photo.pages[0].corners), 0.9) << word_for(search.status);
}

}  // namespace
}  // namespace peel::document
