#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "peel/document.hpp"

namespace peel::evaluation {

/// What a method said of a picture, against the truth.
struct Score {
  std::string picture;
  double iou = 0;           ///< in the picture; 0 where there is no convex quadrilateral
  double page_iou = 0;      ///< in the plane of the page: what lies far away counts as much as what lies near
  double corner_error = 0;  ///< mean distance of the corners, percent of the picture's diagonal, with the best shift
  PageStatus status = PageStatus::not_found;
  PageStatus wanted = PageStatus::not_found;
  double confidence = 0;
  double milliseconds = 0;
};

/// `truth`: empty for a picture without a page. Which corner is the first is a convention on a page that lies askew, so
/// it does not count.
Score score(const std::optional<Corners>& found, const std::optional<Corners>& truth, double width, double height);

struct Interval {
  double low = 0;
  double high = 0;
};

/// 95 % of the mean of second - first over pictures that both have, by a bootstrap of pairs (Efron and Tibshirani 1993,
/// percentile method), seeded.
Interval paired_interval(const std::vector<std::pair<double, double>>& pairs);

struct Summary {
  int pictures = 0;  ///< with a page
  double iou = 0;
  Interval iou_interval;  ///< 95 %
  double page_iou = 0;
  double below = 0;  ///< share with an IoU below 0.9
  double corner_error = 0;
  double median_corner_error = 0;
  double p50 = 0;  ///< milliseconds
  double p95 = 0;
};
Summary summarise(const std::vector<Score>& scores);

}  // namespace peel::evaluation
