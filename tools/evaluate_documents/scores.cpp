#include "scores.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <span>

#include "base/geometry.hpp"

namespace peel::evaluation {
namespace {

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

double quantile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const double place = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (place - static_cast<double>(below)) * (values[above] - values[below]);
}

Interval interval_of_mean(const std::vector<double>& values) {
  if (values.empty()) return {};
  constexpr int DRAWS = 4000;
  std::mt19937_64 generator(1);
  std::vector<double> means;
  means.reserve(DRAWS);
  for (int draw = 0; draw < DRAWS; ++draw) {
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) sum += values[generator() % values.size()];
    means.push_back(sum / static_cast<double>(values.size()));
  }
  return {quantile(means, 0.025), quantile(means, 0.975)};
}

PageStatus wanted_status(const std::optional<Corners>& truth, double width, double height) {
  if (!truth) return PageStatus::not_found;
  constexpr double MISSING = 0.004;  // of the page
  const Point frame[] = {{0, 0}, {width, 0}, {width, height}, {0, height}};
  const double seen = peel::area(peel::clip(*truth, frame));
  return seen < (1 - MISSING) * peel::area(*truth) ? PageStatus::partial : PageStatus::found;
}

}  // namespace

Score score(const std::optional<Corners>& found, const std::optional<Corners>& truth, double width, double height) {
  Score result;
  result.wanted = wanted_status(truth, width, height);
  result.corner_error = 100;
  if (!truth || !found || !peel::is_convex(*found)) return result;
  result.iou = peel::iou(*found, *truth);
  const peel::Homography to_page = peel::inverse(peel::from_rectangle(1, 1, *truth));
  Corners on_page;
  for (std::size_t i = 0; i < 4; ++i) on_page[i] = to_page((*found)[i]);
  const Corners page{{{0, 0}, {1, 0}, {1, 1}, {0, 1}}};
  // A quadrilateral that reaches the horizon of the page's plane has no image in it.
  if (peel::is_convex(on_page)) result.page_iou = peel::iou(on_page, page);
  for (std::size_t shift = 0; shift < 4; ++shift) {
    double sum = 0;
    for (std::size_t i = 0; i < 4; ++i) sum += peel::distance((*found)[(i + shift) % 4], (*truth)[i]);
    result.corner_error = std::min(result.corner_error, 100 * sum / 4 / std::hypot(width, height));
  }
  return result;
}

Interval paired_interval(const std::vector<std::pair<double, double>>& pairs) {
  std::vector<double> differences;
  differences.reserve(pairs.size());
  for (const auto& [first, second] : pairs) differences.push_back(second - first);
  return interval_of_mean(differences);
}

Summary summarise(const std::vector<Score>& scores) {
  std::vector<double> ious;
  std::vector<double> page_ious;
  std::vector<double> errors;
  std::vector<double> times;
  Summary summary;
  for (const Score& one : scores) {
    times.push_back(one.milliseconds);
    if (one.wanted == PageStatus::not_found) continue;
    ious.push_back(one.iou);
    page_ious.push_back(one.page_iou);
    errors.push_back(one.corner_error);
    summary.below += one.iou < 0.9 ? 1 : 0;
  }
  summary.pictures = static_cast<int>(ious.size());
  summary.below /= std::max(1, summary.pictures);
  summary.iou = mean(ious);
  summary.iou_interval = interval_of_mean(ious);
  summary.page_iou = mean(page_ious);
  summary.corner_error = mean(errors);
  summary.median_corner_error = quantile(errors, 0.5);
  summary.p50 = quantile(times, 0.5);
  summary.p95 = quantile(times, 0.95);
  return summary;
}

}  // namespace peel::evaluation
