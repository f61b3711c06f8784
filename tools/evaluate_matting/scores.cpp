#include "scores.hpp"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace peel::evaluation {
namespace {

cv::Mat matrix(const Image& image) {
  const cv::Mat bytes(image.height(), image.width(), CV_8UC1, const_cast<std::byte*>(image.data()),
                      static_cast<std::size_t>(image.stride()));
  cv::Mat values;
  bytes.convertTo(values, CV_32F, 1.0 / 255);
  return values;
}

cv::Mat gradient(const cv::Mat& alpha) {
  constexpr double SIGMA = 1.4;
  constexpr int RADIUS = 5;
  cv::Mat gauss(1, 2 * RADIUS + 1, CV_32F);
  cv::Mat slope(1, 2 * RADIUS + 1, CV_32F);
  for (int i = -RADIUS; i <= RADIUS; ++i) {
    const double value = std::exp(-i * i / (2 * SIGMA * SIGMA)) / (SIGMA * std::sqrt(2 * CV_PI));
    gauss.at<float>(i + RADIUS) = static_cast<float>(value);
    slope.at<float>(i + RADIUS) = static_cast<float>(-i * value / (SIGMA * SIGMA));
  }
  cv::Mat across;
  cv::Mat down;
  cv::sepFilter2D(alpha, across, CV_32F, slope, gauss, {-1, -1}, 0, cv::BORDER_REPLICATE);
  cv::sepFilter2D(alpha, down, CV_32F, gauss, slope, {-1, -1}, 0, cv::BORDER_REPLICATE);
  cv::Mat magnitude;
  cv::magnitude(across, down, magnitude);
  return magnitude;
}

cv::Mat outline(const cv::Mat& alpha) {
  const cv::Mat inside = alpha >= 0.5;
  cv::Mat eroded;
  cv::erode(inside, eroded, cv::Mat(), {-1, -1}, 1, cv::BORDER_REPLICATE);
  return inside & ~eroded;
}

// The share of `of` that is near `to`; 1 where there is nothing of it.
double covered(const cv::Mat& of, const cv::Mat& to, double tolerance) {
  const int all = cv::countNonZero(of);
  if (all == 0) return 1;
  if (cv::countNonZero(to) == 0) return 0;
  cv::Mat distance;
  cv::distanceTransform(~to, distance, cv::DIST_L2, cv::DIST_MASK_PRECISE);
  return static_cast<double>(cv::countNonZero(of & (distance <= tolerance))) / all;
}

}  // namespace

Scores& Scores::operator+=(const Scores& other) {
  absolute += other.absolute;
  square += other.square;
  gradient += other.gradient;
  boundary_f += other.boundary_f;
  return *this;
}

Scores Scores::operator/(double count) const {
  return {absolute / count, square / count, gradient / count, boundary_f / count};
}

Scores compare(const Image& alpha, const Image& truth) {
  const cv::Mat ours = matrix(alpha);
  const cv::Mat theirs = matrix(truth);
  const cv::Mat difference = ours - theirs;
  const cv::Mat slopes = gradient(ours) - gradient(theirs);
  Scores scores;
  scores.absolute = cv::norm(difference, cv::NORM_L1) / 1000;
  scores.square = cv::norm(difference, cv::NORM_L2SQR) / static_cast<double>(difference.total()) * 1000;
  scores.gradient = cv::norm(slopes, cv::NORM_L2SQR) / 1000;
  const double tolerance = 0.003 * std::hypot(alpha.width(), alpha.height());
  const cv::Mat our_outline = outline(ours);
  const cv::Mat their_outline = outline(theirs);
  const double precision = covered(our_outline, their_outline, tolerance);
  const double recall = covered(their_outline, our_outline, tolerance);
  scores.boundary_f = precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0;
  return scores;
}

}  // namespace peel::evaluation
