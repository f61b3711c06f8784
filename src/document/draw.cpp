#include "document/draw.hpp"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "document/working_copy.hpp"

namespace peel::document {

Image drawing(const Image& picture, int longest, std::span<const Stroke> strokes) {
  WorkingCopy copy = working_copy(picture.view(), longest, 1);
  cv::Mat canvas(copy.height, copy.width, CV_8UC3, copy.rgb.data());
  // Coordinates of cv::polylines have fractional bits, and whole numbers are the centres of pixels.
  constexpr int SHIFT = 4;
  const double scale = (1 << SHIFT) / static_cast<double>(copy.factor);
  constexpr double FARTHEST = 1 << 24;
  for (const Stroke& stroke : strokes) {
    std::vector<cv::Point> points;
    points.reserve(stroke.points.size());
    for (const Point& p : stroke.points) {
      const auto place = [&](double value) {
        return static_cast<int>(std::lround(std::clamp(value * scale - (1 << SHIFT) / 2.0, -FARTHEST, FARTHEST)));
      };
      points.emplace_back(place(p.x), place(p.y));
    }
    cv::polylines(canvas, points, stroke.closed, cv::Scalar(stroke.color.red, stroke.color.green, stroke.color.blue),
                  std::max(1, static_cast<int>(std::lround(stroke.width))), cv::LINE_AA, SHIFT);
  }
  return Image::from_pixels({copy.rgb.data(), copy.width, copy.height, copy.width * 3, PixelFormat::rgb8});
}

}  // namespace peel::document
