#pragma once

#include <opencv2/core.hpp>

namespace peel::document {

/// Printed areas that are wider than print: a grey box, a table's coloured head, a logo's ground, a photograph. Each
/// has a number, its blocks bear it (CV_32S), others 0. A shadow is none: its edge is soft, or it comes in from the
/// page's edge in no printed shape.
///
/// `closed`: luminance without print; `bright`: that of well lit paper.
cv::Mat fills_of(const cv::Mat& closed, float bright);

/// Numbers the areas of strange colours that are no fills yet. `window`: what is narrower is print.
void add_coloured_areas(cv::Mat strange, int window, cv::Mat& fills);

/// Gives the fills thresholds of their own, so that each becomes black or white as a whole and its print the other:
/// black where lighter print is on it, or none and it is dark. `limits` are for the luminance, changed in place.
void set_fill_thresholds(const cv::Mat& fills, const cv::Mat& luminance, const cv::Mat& paper_luminance,
                         cv::Mat& limits);

/// 255 where a wedge of the table is seen along a side of a page that curls, else 0 (CV_8U). `even`: luminance over
/// that of the paper.
cv::Mat slivers_of(const cv::Mat& even);

}  // namespace peel::document
