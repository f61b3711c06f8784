#pragma once

#include <opencv2/core.hpp>

#include "document/illumination.hpp"

namespace peel::document {

/// Blocks that are darker than the paper around them and have a hard edge: printed areas, photographs, the table beside
/// a page. A shadow is lit softly at its edge, or comes in from the page's edge in no printed shape. `closed`: the
/// page's luminance without its print, as paper_of() has it; `luminance`: with it; `bright`: that of well lit paper.
/// CV_8UC1, 255 or 0.
cv::Mat fills_of(const cv::Mat& closed, const cv::Mat& luminance, float bright);

/// Blocks at the page's edge that show what lies beyond a curled or badly cut side: wedges and slivers, darker than
/// paper. `even`: luminance over that of the paper. CV_8UC1, 255 or 0.
cv::Mat slivers_of(const cv::Mat& even);

/// Areas of one tone that have their own ground for black and white: which is what is not lighter or darker print.
struct Grounds {
  cv::Mat areas;          ///< CV_8UC1, 255 or 0
  cv::Mat tone;           ///< CV_32FC1: of the ground, over the paper's
  cv::Mat becomes_black;  ///< CV_8UC1: 255 where the ground is to be black: light print on it, or none and it is dark
};
Grounds grounds_of(const Blocks& blocks, const cv::Mat& paper_luminance);

}  // namespace peel::document
