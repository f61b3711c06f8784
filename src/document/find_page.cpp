#include "document/find_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "document/judge.hpp"
#include "document/line_quadrilaterals.hpp"
#include "document/line_segments.hpp"
#include "document/mask_region.hpp"
#include "document/refine.hpp"
#include "document/working_copy.hpp"
#include "peel/document.hpp"
#include "peel/error.hpp"

namespace peel {
namespace document {
namespace {

constexpr int WORKING_SIDE = 720;  // pixels; enough for lines, and a factor of 6 for 12 megapixels
constexpr std::size_t MOST_REGIONS = 4;
constexpr std::size_t MOST_LINES = 24;
constexpr std::size_t MOST_LINE_PAGES = 6;

PixelView view_of(const WorkingCopy& copy) {
  return {copy.rgb.data(), copy.width, copy.height, copy.width * 3, PixelFormat::rgb8};
}

std::vector<Point> scaled(std::span<const Point> points, double by) {
  std::vector<Point> out;
  out.reserve(points.size());
  for (const Point& p : points) out.push_back(by * p);
  return out;
}

}  // namespace

Search::Search(const Image& picture, const Image& mask, int threads)
    : picture_(picture), copy_(working_copy(picture.view(), WORKING_SIDE, threads)) {
  if (!mask.empty()) {
    for (MaskRegion& region : mask_regions(mask, picture.width(), picture.height(), MOST_REGIONS)) {
      region.outline = scaled(region.outline, 1.0 / copy_.factor);
      region.hull = scaled(region.hull, 1.0 / copy_.factor);
      region.area /= static_cast<double>(copy_.factor) * copy_.factor;
      region.pixel /= copy_.factor;
      regions_.push_back(std::move(region));
    }
  }
}

ProfileSearch Search::coarse() const {
  ProfileSearch search;
  search.reach = 0.012 * std::max(copy_.width, copy_.height);
  search.rows = 100;
  return search;
}

void Search::judge(const FittedPage& page, Origin origin) {
  candidates_.push_back({page, evidence_for(page, regions_, copy_.width, copy_.height), origin});
}

void Search::try_mask() {
  const PixelView view = view_of(copy_);
  for (const MaskRegion& region : regions_) {
    for (const Corners& corners : quadrilaterals_of(region, copy_.width, copy_.height)) {
      FittedPage expected = expected_page(corners);
      for (std::size_t i = 0; i < 4; ++i) {
        expected.sides[i] = side_along(corners[i], corners[(i + 1) % 4], region.outline, region.pixel);
      }
      if (const auto page = fit_page(view, expected, coarse(), false)) judge(*page, Origin::mask);
    }
  }
}

void Search::try_lines() {
  const PixelView view = view_of(copy_);
  lines_ = edge_lines(copy_, MOST_LINES);
  for (const LineQuadrilateral& one : line_quadrilaterals(lines_, copy_.width, copy_.height, MOST_LINE_PAGES)) {
    if (const auto page = fit_page(view, expected_page(one.corners), coarse(), true)) judge(*page, Origin::lines);
  }
}

FittedPage Search::fine(const FittedPage& page) const {
  FittedPage expected = enlarged(page, copy_.factor);
  if (copy_.factor == 1) return expected;
  ProfileSearch search;
  search.reach = 1.5 * copy_.factor;
  search.step = std::max(1.0, copy_.factor / 4.0);
  search.rows = 200;
  search.margin = 0.04;
  const auto fitted = fit_page(picture_.view(), expected, search, false);
  return fitted ? *fitted : expected;
}

}  // namespace document

}  // namespace peel
