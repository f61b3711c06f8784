#include "document/find_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "base/geometry.hpp"
#include "document/edge_lines.hpp"
#include "document/judge.hpp"
#include "document/line_quadrilaterals.hpp"
#include "document/mask_region.hpp"
#include "document/paper.hpp"
#include "document/rebuild.hpp"
#include "document/refine.hpp"
#include "document/working_copy.hpp"
#include "peel/document.hpp"
#include "peel/error.hpp"

namespace peel {
namespace document {
namespace {

constexpr int WORKING_SIDE = 720;  // pixels; enough for lines, and a factor of 6 for 12 megapixels
constexpr std::size_t MOST_REGIONS = 4;
constexpr std::size_t MOST_LINES = 32;
constexpr std::size_t MOST_LINE_PAGES = 6;

PixelView view_of(const WorkingCopy& copy) {
  return {copy.rgb.data(), copy.width, copy.height, copy.width * 3, PixelFormat::rgb8};
}

}  // namespace

Search::Search(const Image& picture, const Image& mask, int threads)
    : picture_(picture), copy_(working_copy(picture.view(), WORKING_SIDE, threads)), has_mask_(!mask.empty()) {
  if (!mask.empty()) {
    mask_share_ = mask_share(mask);
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
  candidates_.push_back({page, evidence_for(view_of(copy_), page, regions_, has_mask_), origin});
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

namespace {

/// Of the smaller one's area.
double overlap(const Corners& a, const Corners& b) {
  return area(clip(a, b)) / std::min(area(a), area(b));
}

/// The best of each place in the picture, best first: of quadrilaterals that overlap one alone can be the page.
std::vector<const Candidate*> best_of_each_place(const std::vector<Candidate>& candidates) {
  std::vector<std::pair<double, const Candidate*>> ranked;
  ranked.reserve(candidates.size());
  for (const Candidate& candidate : candidates) ranked.emplace_back(log_odds(candidate.evidence), &candidate);
  std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  constexpr double SAME_PLACE = 0.2;
  std::vector<const Candidate*> best;
  for (const auto& [value, candidate] : ranked) {
    const auto covers = [&, c = candidate](const Candidate* other) {
      return overlap(c->page.corners, other->page.corners) > SAME_PLACE;
    };
    if (std::none_of(best.begin(), best.end(), covers)) best.push_back(candidate);
  }
  return best;
}

Corners frame_of(double width, double height) {
  return {{{0, 0}, {width, 0}, {width, height}, {0, height}}};
}

std::string why_not(const std::vector<const Candidate*>& places, double least) {
  if (places.empty()) return "neither the mask nor the edges of the picture make a quadrilateral";
  const Evidence& evidence = places.front()->evidence;
  if (evidence.least_support < 0.5) {
    return fmt::format(
        "the likeliest quadrilateral has an edge along {:.0f} % of its outline, and along {:.0f} % of one "
        "side",
        100 * evidence.support, 100 * evidence.least_support);
  }
  return fmt::format("the likeliest quadrilateral has a confidence of {:.2f}, less than {:.2f}", confidence(evidence),
                     least);
}

/// A side that was not found but supposed.
bool is_hidden(const SideFit& side) {
  constexpr double HIDDEN = 0.2;  // of it seen
  return side.visible < HIDDEN;
}

PageStatus status_of(const Page& page, const FittedPage& fitted, double width, double height) {
  constexpr double WHOLE_PICTURE = 0.965;  // intersection over union with the frame
  constexpr double MISSING = 0.004;        // of the page's area
  const Corners frame = frame_of(width, height);
  if (iou(page.corners, frame) > WHOLE_PICTURE) return PageStatus::already_cropped;
  if (std::any_of(fitted.sides.begin(), fitted.sides.end(), is_hidden)) return PageStatus::partial;
  const double seen = area(clip(page.corners, frame));
  return seen < (1 - MISSING) * area(page.corners) ? PageStatus::partial : PageStatus::found;
}

/// The corners, a side that lies outside the picture put where it must be.
Corners whole_corners(const FittedPage& fitted, const Image& picture, const PageShape& shape) {
  if (std::count_if(fitted.sides.begin(), fitted.sides.end(), is_hidden) != 1) return fitted.corners;
  const auto hidden = std::find_if(fitted.sides.begin(), fitted.sides.end(), is_hidden) - fitted.sides.begin();
  const Pinhole camera = pinhole_of(picture.width(), picture.height(), picture.focal_length_35mm());
  return rebuild(fitted.corners, static_cast<std::size_t>(hidden), picture.width(), picture.height(), camera, shape)
      .value_or(fitted.corners);
}

}  // namespace

/// Whether the page is the picture. `candidate`: what would be taken for the page else.
bool Search::fills_picture(const Candidate* candidate) const {
  constexpr double LIKE_THE_MASK = 0.85;
  constexpr double FULL_MASK = 0.93;
  constexpr double MUCH_PRINT = 0.15;
  if (candidate && candidate->evidence.likeness >= LIKE_THE_MASK) return false;
  if (mask_share_ >= FULL_MASK) return true;
  // Networks seldom mark all of a page that has no edge in the picture; they mark its print.
  const PaperMap paper(copy_);
  if (!paper.fills_picture()) return false;
  // A page on a table of its colour has no print beside it; a box or a photograph printed on a page has.
  return !candidate || paper.print_outside(candidate->page.corners) > MUCH_PRINT;
}

PageSearch Search::result(double least_confidence, const PageShape& shape) const {
  const double width = picture_.width();
  const double height = picture_.height();
  const std::vector<const Candidate*> places = best_of_each_place(candidates_);
  struct Sure {
    Candidate candidate;
    Page page;
    FittedPage fitted;
  };
  std::vector<Sure> sure;
  double best = 0;
  for (const Candidate* candidate : places) best = std::max(best, confidence(candidate->evidence));
  for (const Candidate* candidate : places) {
    // Something doubtful does not become the page by being large.
    constexpr double AS_SURE = 0.8;
    const double own = confidence(candidate->evidence);
    if (own < least_confidence || own < AS_SURE * best) continue;
    Sure one{*candidate, {}, fine(candidate->page)};
    one.page.corners = in_order(whole_corners(one.fitted, picture_, shape));
    one.page.confidence = own;
    const Corners frame = frame_of(width, height);
    one.page.clipped = area(clip(one.page.corners, frame)) < 0.999 * area(one.page.corners);
    sure.push_back(one);
  }
  std::stable_sort(sure.begin(), sure.end(),
                   [](const Sure& a, const Sure& b) { return area(a.page.corners) > area(b.page.corners); });

  PageSearch search;
  if (fills_picture(sure.empty() ? nullptr : &sure.front().candidate)) {
    search.status = PageStatus::already_cropped;
    search.reason = "paper reaches the picture's edge all round";
    search.page.corners = frame_of(width, height);
    search.page.confidence = 1;
    return search;
  }
  if (sure.empty()) {
    if (!places.empty()) {
      search.page.corners = in_order(enlarged(places.front()->page, copy_.factor).corners);
      search.page.confidence = confidence(places.front()->evidence);
    }
    search.reason = why_not(places, least_confidence);
    return search;
  }
  search.page = sure.front().page;
  search.status = status_of(search.page, sure.front().fitted, width, height);
  search.others.reserve(sure.size() - 1);
  for (std::size_t i = 1; i < sure.size(); ++i) search.others.push_back(sure[i].page);
  return search;
}

}  // namespace document

PageSearch find_page(const Image& picture, const Image& mask, const FindOptions& options) {
  if (picture.empty()) throw Error(ErrorCode::usage, "the picture is empty");
  if (!mask.empty() && mask.format() != PixelFormat::gray8) {
    throw Error(ErrorCode::usage, "a mask must have one channel of 8 bits");
  }
  document::Search search(picture, mask, options.threads);
  search.try_mask();
  search.try_lines();
  return search.result(options.least_confidence, options.shape);
}

}  // namespace peel
