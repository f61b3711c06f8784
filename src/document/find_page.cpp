#include "document/find_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <utility>

#include "base/geometry.hpp"
#include "document/edge_lines.hpp"
#include "document/ground.hpp"
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
constexpr double LIKELY = 0.5;       // confidence
constexpr double MUCH_PRINT = 0.15;  // of all words: so many are beside a page only where it is no page

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
  const PixelView view = view_of(copy_);
  candidates_.push_back({page, evidence_for(view, page, regions_, has_mask_), ground_of(view, page), origin});
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

const PaperMap& Search::paper() const {
  if (!paper_) paper_.emplace(copy_);
  return *paper_;
}

/// Whether a quadrilateral is but printed on a sheet: a frame, a table, a photograph, a dark block.
bool Search::is_printed(const Candidate& candidate) const {
  const Ground& ground = candidate.ground;
  // Of true pages, white ones on white tables too, at most 0.28; of frames and tables 1, of those with a side that is
  // the sheet's too at least 0.58.
  constexpr double SAME_PAPER = 0.45;
  if (ground.same_paper > SAME_PAPER) return true;
  // Less is enough of what lies as no camera sees a page, or on a ground of its own lightness.
  constexpr double MUCH_SAME_PAPER = 0.3;
  constexpr double AS_LIGHT = 0.01;
  const bool as_light = std::abs(ground.brighter - 1) < AS_LIGHT;
  if (ground.same_paper > MUCH_SAME_PAPER && (ground.upright || as_light)) return true;
  // Nearly all that is left are pages, lighter than their table.
  constexpr double CLEARLY_BRIGHTER = 1.3;
  if (ground.brighter > CLEARLY_BRIGHTER && !ground.upright) return false;
  constexpr double DARKER = 0.97;
  constexpr double NOT_BRIGHTER = 0.99;
  constexpr int FEW_WORDS = 5;
  const bool dark_and_upright = ground.upright && ground.brighter < DARKER;
  const bool framed = paper().frames_picture();
  if (framed && dark_and_upright) return true;
  // A page that is larger than the picture may lie askew: then a photograph on it does too.
  constexpr double CLEARLY_DARKER = 0.9;
  const bool on_larger_page = ground.brighter < CLEARLY_DARKER && paper().overflows_picture();
  if (!dark_and_upright && !framed && !on_larger_page) return false;
  // Words beside a page that lies askew and is lighter than its ground are another page's.
  if (!ground.upright && ground.brighter >= NOT_BRIGHTER) return false;
  const PaperMap::Words words = paper().words_around(candidate.page.corners);
  // Gravel and grass look like words at times, and a dark card may lie on them.
  constexpr int MANY_WORDS = 20;
  constexpr double THIRD = 1.0 / 3;
  if (!dark_and_upright && !framed) return words.outside >= MANY_WORDS && words.share() > THIRD;
  return words.outside >= FEW_WORDS && words.share() > MUCH_PRINT;
}

/// Whether it is printed, and would have been a page for all the rest.
bool Search::is_likely_print(const Candidate& candidate) const {
  return confidence(candidate.evidence) > LIKELY && is_printed(candidate);
}

/// Whether a quadrilateral is a part of another one with words beside it: a portrait on a card.
bool Search::is_on_a_card(const Candidate& candidate, const Candidate& card) const {
  constexpr double PART = 0.4;  // of the card's area, at most
  constexpr double INSIDE = 0.97;
  constexpr double SURE = 0.9;
  constexpr int WORDS = 8;
  constexpr double MOST_WORDS = 0.5;  // of both: a page on tiles has its words on itself
  const double own = area(candidate.page.corners);
  if (own > PART * area(card.page.corners)) return false;
  if (area(clip(candidate.page.corners, card.page.corners)) < INSIDE * own) return false;
  Evidence alone = card.evidence;
  alone.has_mask = false;
  if (alone.least_support < SURE || confidence(alone) < SURE) return false;
  const PaperMap::Words beside = paper().words_around(candidate.page.corners);
  return beside.share() > MOST_WORDS && paper().words_around(card.page.corners).inside >= beside.inside + WORDS;
}

/// Whether a small quadrilateral has hardly a word in it and many beside it: a portrait on a card whose own edge is not
/// seen.
bool Search::is_among_words(const Candidate& candidate) const {
  constexpr double SMALL = 0.1;        // of the picture
  constexpr double MUCH_BRIGHTER = 2;  // than its ground: a page on a dark table, whose grain looks like words
  constexpr int MANY_WORDS = 20;
  constexpr double NEARLY_ALL = 0.9;
  if (candidate.evidence.size > SMALL || candidate.ground.brighter > MUCH_BRIGHTER) return false;
  const PaperMap::Words words = paper().words_around(candidate.page.corners);
  return words.outside >= MANY_WORDS && words.share() > NEARLY_ALL;
}

namespace {

/// How many sides of one lie on sides of the other, in part at least.
int shared_sides(const Corners& one, const Corners& other) {
  constexpr double APART = 4;       // pixels, at most
  constexpr double TOGETHER = 0.5;  // of the shorter one, at least
  int shared = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const Point from = other[i];
    const Point along = other[(i + 1) % 4] - from;
    const double whole = length(along);
    const auto far = [&](Point p) { return std::abs(cross(along, p - from)) / whole; };
    const auto place = [&](Point p) { return dot(along, p - from) / (whole * whole); };
    for (std::size_t k = 0; k < 4; ++k) {
      const Point a = one[k];
      const Point b = one[(k + 1) % 4];
      if (std::max(far(a), far(b)) > APART) continue;
      const auto [low, high] = std::minmax({place(a), place(b)});
      if (std::min(high, 1.0) - std::max(low, 0.0) > TOGETHER * std::min(1.0, high - low)) {
        ++shared;
        break;
      }
    }
  }
  return shared;
}

}  // namespace

/// The candidates that may be sheets of paper.
std::vector<Candidate> Search::sheets() const {
  // A block is printed with all of its sides: what has two of them, and lines of print for the others, is no page.
  std::vector<Candidate> blocks;
  std::copy_if(candidates_.begin(), candidates_.end(), std::back_inserter(blocks),
               [&](const Candidate& one) { return one.ground.upright && is_likely_print(one); });
  const auto is_of_a_block = [&](const Candidate& one) {
    return std::any_of(blocks.begin(), blocks.end(), [&](const Candidate& block) {
      return confidence(block.evidence) > confidence(one.evidence) &&
             shared_sides(one.page.corners, block.page.corners) >= 2;
    });
  };
  std::vector<Candidate> sheets;
  std::copy_if(candidates_.begin(), candidates_.end(), std::back_inserter(sheets),
               [&](const Candidate& one) { return !is_printed(one) && !is_among_words(one) && !is_of_a_block(one); });
  std::vector<Candidate> cards;
  const auto on_a_card = [&](const Candidate& one) {
    if (confidence(one.evidence) < LIKELY) return false;
    const auto card =
        std::find_if(sheets.begin(), sheets.end(), [&](const Candidate& other) { return is_on_a_card(one, other); });
    if (card == sheets.end()) return false;
    cards.push_back(*card);
    return true;
  };
  std::vector<Candidate> whole;
  std::copy_if(sheets.begin(), sheets.end(), std::back_inserter(whole),
               [&](const Candidate& one) { return !on_a_card(one); });
  // The mask was of what is printed on the card, and says nothing of the card.
  for (Candidate& card : cards) {
    card.evidence.has_mask = false;
    whole.push_back(card);
  }
  return whole;
}

/// What becomes of a picture that is a page as a whole; empty where it is not. `candidate`: what would be taken for the
/// page else. `some_printed`: something was found that is printed on a larger sheet.
std::optional<PageStatus> Search::status_of_whole(const Candidate* candidate, bool some_printed) const {
  constexpr double LIKE_THE_MASK = 0.85;
  constexpr double FULL_MASK = 0.93;
  if (candidate && candidate->evidence.likeness >= LIKE_THE_MASK) return std::nullopt;
  if (mask_share_ >= FULL_MASK) return PageStatus::already_cropped;
  // Networks seldom mark all of a page that has no edge in the picture; they mark its print.
  if (candidate) {
    // A page on a table of its colour has no print beside it; a box or a photograph printed on a page has.
    const bool beside = paper().fills_picture() && paper().words_around(candidate->page.corners).share() > MUCH_PRINT;
    return beside ? std::optional(PageStatus::already_cropped) : std::nullopt;
  }
  if (paper().fills_picture() || (some_printed && paper().frames_picture())) return PageStatus::already_cropped;
  // Grass and gravel look like words at times. That something was found which is printed is what tells a page from
  // them.
  if (!some_printed || !paper().overflows_picture()) return std::nullopt;
  // A camera sees no block so straight either.
  const bool straight_print = std::any_of(candidates_.begin(), candidates_.end(), [&](const Candidate& one) {
    return one.ground.upright && is_likely_print(one);
  });
  return straight_print || paper().is_flat() ? PageStatus::already_cropped : PageStatus::partial;
}

PageSearch Search::result(double least_confidence, const PageShape& shape) const {
  const double width = picture_.width();
  const double height = picture_.height();
  const std::vector<Candidate> candidates = sheets();
  const std::vector<const Candidate*> places = best_of_each_place(candidates);
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
  const bool some_printed =
      std::any_of(candidates_.begin(), candidates_.end(), [&](const Candidate& one) { return is_likely_print(one); });
  if (const auto whole = status_of_whole(sure.empty() ? nullptr : &sure.front().candidate, some_printed)) {
    search.status = *whole;
    search.reason = *whole == PageStatus::partial ? "paper reaches the picture's edge on three sides"
                                                  : "paper reaches the picture's edge all round";
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
