#include "document/draw.hpp"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <span>

#include "base/geometry.hpp"
#include "document/working_copy.hpp"

namespace peel::document {
namespace {

constexpr int LONGEST_DRAWN_SIDE = 1600;
constexpr Color BLUE{40, 90, 255, 255};
constexpr Color CYAN{0, 200, 220, 255};
constexpr Color GREY{150, 150, 150, 255};
constexpr Color ORANGE{255, 140, 0, 255};
constexpr Color RED{235, 20, 40, 255};
constexpr Color GREEN{0, 190, 60, 255};

/// A reduced picture to draw on, in the coordinates of the whole one.
class Overlay {
 public:
  explicit Overlay(const Image& picture) : copy_(working_copy(picture.view(), LONGEST_DRAWN_SIDE, 1)) {
    mat_ = cv::Mat(copy_.height, copy_.width, CV_8UC3, copy_.rgb.data());
    thin_ = std::max(1, static_cast<int>(std::lround(std::max(copy_.width, copy_.height) / 600.0)));
  }

  void stroke(std::span<const Point> points, bool closed, const Color& color, int widths) {
    std::vector<cv::Point> places;
    places.reserve(points.size());
    for (const Point& p : points) places.push_back(place(p));
    cv::polylines(mat_, places, closed, scalar(color), widths * thin_, cv::LINE_AA, SHIFT);
  }
  void dot(Point p, const Color& color) {
    cv::circle(mat_, place(p), (3 * thin_) << SHIFT, scalar(color), cv::FILLED, cv::LINE_AA, SHIFT);
  }
  Image image() const {
    return Image::from_pixels({copy_.rgb.data(), copy_.width, copy_.height, copy_.width * 3, PixelFormat::rgb8});
  }

 private:
  static constexpr int SHIFT = 4;  // fractional bits of OpenCV's coordinates

  static cv::Scalar scalar(const Color& color) { return {double(color.red), double(color.green), double(color.blue)}; }
  cv::Point place(Point p) const {
    // Whole numbers are the centres of pixels there.
    const auto bits = [&](double value) {
      constexpr double FARTHEST = 1 << 24;
      const double scaled = (value / copy_.factor - 0.5) * (1 << SHIFT);
      return static_cast<int>(std::lround(std::clamp(scaled, -FARTHEST, FARTHEST)));
    };
    return {bits(p.x), bits(p.y)};
  }

  WorkingCopy copy_;
  cv::Mat mat_;
  int thin_ = 1;
};

void draw_line(Overlay& canvas, const EdgeLine& edge, double factor) {
  const Point origin = edge.line.d * edge.line.normal;
  const auto at = [&](std::size_t i) {
    return factor * (origin + (edge.begin + edge.step * static_cast<double>(i)) * edge.direction());
  };
  for (std::size_t i = 1; i < edge.covered.size(); ++i) {
    if (edge.covered[i] <= edge.covered[i - 1]) continue;
    const Point piece[] = {at(i - 1), at(i)};
    canvas.stroke(piece, false, CYAN, 1);
  }
}

void draw_page(Overlay& canvas, const Corners& corners, const Color& color) {
  canvas.stroke(corners, true, color, 1);
  for (const Point& corner : corners) canvas.dot(corner, color);
}

}  // namespace

ScanDrawings draw_search(const Image& picture, const Search& search, const ScanResult& result) {
  const double factor = search.copy().factor;
  Overlay candidates(picture);
  for (const EdgeLine& edge : search.lines()) draw_line(candidates, edge, factor);
  for (const MaskRegion& region : search.regions()) candidates.stroke(scaled(region.outline, factor), true, BLUE, 1);
  for (const Candidate& one : search.candidates()) {
    candidates.stroke(scaled(one.page.corners, factor), true, one.origin == Origin::mask ? ORANGE : GREY, 1);
  }
  Overlay chosen(picture);
  for (const Page& other : result.others) draw_page(chosen, other.corners, GREY);
  const bool sure = result.status == PageStatus::found || result.status == PageStatus::partial;
  draw_page(chosen, result.page.corners, sure ? GREEN : RED);
  return {candidates.image(), chosen.image()};
}

ScanDrawings draw_corners(const Image& picture, const Corners& corners) {
  Overlay chosen(picture);
  draw_page(chosen, corners, GREEN);
  return {Overlay(picture).image(), chosen.image()};
}

}  // namespace peel::document
