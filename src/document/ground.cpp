#include "document/ground.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "document/colour_sampler.hpp"
#include "document/statistics.hpp"

namespace peel::document {
namespace {

constexpr int GROUND_PARTS =
    10;                         // of a side, each compared by itself: light changes along it, and print comes and goes
constexpr int GROUND_ROWS = 6;  // of a part
constexpr double GROUND_NEAR = 3;          // pixels from the side: beyond a printed line's width and its blur
constexpr double GROUND_FAR = 9;           // to here
constexpr double CORNERS_LEFT_OUT = 0.06;  // of a side, left out at either end
constexpr double LIGHTER_PART = 0.75;      // quantile of lightness: print is the rest

/// The paper among some colours: the mean of the lighter ones.
Colour paper_among(std::vector<Colour>& colours) {
  const auto first = colours.begin() + static_cast<std::ptrdiff_t>(LIGHTER_PART * static_cast<double>(colours.size()));
  std::nth_element(colours.begin(), first, colours.end(),
                   [](const Colour& a, const Colour& b) { return lightness(a) < lightness(b); });
  Colour sum{};
  for (auto one = first; one != colours.end(); ++one) {
    for (std::size_t k = 0; k < 3; ++k) sum[k] += (*one)[k];
  }
  for (float& part : sum) part /= static_cast<float>(colours.end() - first);
  return sum;
}

struct SideGround {
  double parts = 0;
  double same = 0;
  std::vector<float> ratios;
};

SideGround beside(const ColourSampler& sampler, const SideFit& side) {
  SideGround ground;
  std::vector<Colour> inside;
  std::vector<Colour> outside;
  for (int part = 0; part < GROUND_PARTS; ++part) {
    inside.clear();
    outside.clear();
    for (int row = 0; row < GROUND_ROWS; ++row) {
      const double along = (part + (row + 0.5) / GROUND_ROWS) / GROUND_PARTS;
      const double place = CORNERS_LEFT_OUT + (1 - 2 * CORNERS_LEFT_OUT) * along;
      const double edge = side.curve.at(place);
      for (double away = GROUND_NEAR; away <= GROUND_FAR; away += 1) {
        const Point in = side.frame.at(place, edge - away);
        const Point out = side.frame.at(place, edge + away);
        if (!sampler.covers(in) || !sampler.covers(out)) continue;
        inside.push_back(sampler(in));
        outside.push_back(sampler(out));
      }
    }
    if (inside.size() < GROUND_ROWS) continue;
    const Colour in = paper_among(inside);
    const Colour out = paper_among(outside);
    float farthest = 0;
    for (std::size_t k = 0; k < 3; ++k) farthest = std::max(farthest, std::abs(in[k] - out[k]));
    constexpr float ALIKE = 2.5F;          // levels: grain and the remains of JPEG
    constexpr float ALIKE_SHARE = 0.006F;  // of the lightness: light changes over these few pixels
    ground.parts += 1;
    ground.same += farthest <= ALIKE + ALIKE_SHARE * lightness(out) ? 1 : 0;
    ground.ratios.push_back((lightness(in) + 1) / (lightness(out) + 1));
  }
  return ground;
}

bool is_upright(Point from, Point to) {
  constexpr double ASKEW = 0.01;  // sine of half a degree
  constexpr double PIXELS = 2;
  const Point along = to - from;
  return std::min(std::abs(along.x), std::abs(along.y)) <= std::max(PIXELS, ASKEW * length(along));
}

}  // namespace

Ground ground_of(const PixelView& picture, const FittedPage& page) {
  const ColourSampler sampler(picture);
  Ground ground;
  double seen = 0;
  std::vector<float> ratios;
  bool upright = true;
  bool any = false;
  for (std::size_t i = 0; i < 4; ++i) {
    const SideFit& side = page.sides[i];
    constexpr double SEEN_ENOUGH = 0.2;
    if (side.visible < SEEN_ENOUGH) continue;
    const Point from = page.corners[i];
    const Point to = page.corners[(i + 1) % 4];
    upright = upright && is_upright(from, to);
    any = true;
    SideGround one = beside(sampler, side);
    if (one.parts == 0) continue;
    const double weight = distance(from, to) * side.visible;
    seen += weight;
    ground.same_paper += weight * one.same / one.parts;
    ratios.insert(ratios.end(), one.ratios.begin(), one.ratios.end());
  }
  if (seen > 0) ground.same_paper /= seen;
  if (!ratios.empty()) ground.brighter = median(std::move(ratios));
  ground.upright = any && upright;
  return ground;
}

}  // namespace peel::document
