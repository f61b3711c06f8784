#include "methods.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "base/geometry.hpp"
#include "document/find_page.hpp"
#include "image/resample.hpp"
#include "inference/runtime.hpp"
#include "inference/session.hpp"
#include "peel/error.hpp"

namespace peel::evaluation {
namespace {

cv::Mat binary(const Image& mask) {
  const cv::Mat view(mask.height(), mask.width(), CV_8UC1, const_cast<std::byte*>(mask.data()),  // NOLINT
                     static_cast<std::size_t>(mask.stride()));
  return view >= 128;
}

std::vector<cv::Point> largest_hull(const Image& mask) {
  std::vector<std::vector<cv::Point>> contours;
  cv::findContours(binary(mask), contours, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_SIMPLE);
  std::vector<cv::Point> hull;
  if (contours.empty()) return hull;
  const auto largest = std::max_element(contours.begin(), contours.end(), [](const auto& a, const auto& b) {
    return cv::contourArea(a) < cv::contourArea(b);
  });
  cv::convexHull(*largest, hull);
  return hull;
}

Answer answer(const std::vector<cv::Point2d>& four, const Image& picture, const Image& mask) {
  if (four.size() != 4) return {};
  Corners corners;
  for (std::size_t i = 0; i < 4; ++i) {
    corners[i] = {(four[i].x + 0.5) * picture.width() / mask.width(),
                  (four[i].y + 0.5) * picture.height() / mask.height()};
  }
  return {peel::in_order(corners), PageStatus::found, 1};
}

Answer extreme_points(const Image& picture, const Image& mask) {
  const auto hull = largest_hull(mask);
  if (hull.empty()) return {};
  std::vector<cv::Point2d> four;
  for (const auto& [x, y] : {std::pair{-1, -1}, {1, -1}, {1, 1}, {-1, 1}}) {
    four.emplace_back(*std::max_element(hull.begin(), hull.end(), [x = x, y = y](cv::Point a, cv::Point b) {
      return x * a.x + y * a.y < x * b.x + y * b.y;
    }));
  }
  return answer(four, picture, mask);
}

Answer polygon(const Image& picture, const Image& mask) {
  const auto hull = largest_hull(mask);
  if (hull.empty()) return {};
  const double length = cv::arcLength(hull, true);
  for (int percent = 1; percent <= 15; ++percent) {
    std::vector<cv::Point> simple;
    cv::approxPolyDP(hull, simple, percent * 0.01 * length, true);
    if (simple.size() == 4) return answer({simple.begin(), simple.end()}, picture, mask);
    if (simple.size() < 4) break;
  }
  // Never four: the smallest rectangle around it, as the tutorials do.
  cv::Point2f box[4];
  cv::minAreaRect(hull).points(box);
  return answer({box[0], box[1], box[2], box[3]}, picture, mask);
}

Answer sides_of_mask(const Image& picture, const Image& mask) {
  document::Search search(picture, mask, 1);
  search.try_mask();
  const PageSearch found = search.result(0);
  return {found.page.corners, found.status, found.page.confidence};
}

Answer whole_search(const Image& picture, const Image& mask) {
  const PageSearch found = find_page(picture, mask, {.least_confidence = 0.5, .shape = {}, .threads = 1});
  return {found.page.corners, found.status, found.page.confidence};
}

class CornerNetwork {
 public:
  explicit CornerNetwork(const std::filesystem::path& file) {
    SessionOptions options;
    options.threads = 1;
    options.cache_graph = false;
    session_ = std::make_unique<Session>(file, options);
  }

  Answer find(const Image& picture) const {
    constexpr int SIDE = 224;
    constexpr float MEAN[] = {0.485F, 0.456F, 0.406F};
    constexpr float DEVIATION[] = {0.229F, 0.224F, 0.225F};
    const auto rgb = resample_rgb(picture.view(), SIDE, SIDE, 1);
    Tensor input{{1, 3, SIDE, SIDE}, std::vector<float>(rgb.size())};
    for (std::size_t c = 0; c < 3; ++c) {
      for (std::size_t i = 0; i < rgb.size() / 3; ++i) {
        input.values[c * rgb.size() / 3 + i] = (static_cast<float>(rgb[3 * i + c]) / 255 - MEAN[c]) / DEVIATION[c];
      }
    }
    const Tensor output = session_->run(input);
    if (output.values.size() != 8) throw Error(ErrorCode::model, "the network does not give eight coordinates");
    Corners corners;
    for (std::size_t i = 0; i < 4; ++i) {
      corners[i] = {output.values[2 * i] * static_cast<double>(picture.width()),
                    output.values[2 * i + 1] * static_cast<double>(picture.height())};
    }
    return {peel::in_order(corners), PageStatus::found, 1};
  }

 private:
  std::unique_ptr<Session> session_;
};

}  // namespace

Method method_of(const std::string& word) {
  if (word == "extreme") return {word, "extreme points of the mask", true, extreme_points};
  if (word == "polygon") return {word, "mask, hull, approxPolyDP", true, polygon};
  if (word == "sides") return {word, "mask, sides at full resolution", true, sides_of_mask};
  if (word == "full") return {word, "mask and edges together", true, whole_search};
  if (word == "edges") {
    return {word, "edges alone", false, [](const Image& picture, const Image&) { return whole_search(picture, {}); }};
  }
  const std::string network = "network=";
  if (word.starts_with(network)) {
    const auto corners = std::make_shared<CornerNetwork>(word.substr(network.size()));
    return {"network", "corner network, 224 px", false,
            [corners](const Image& picture, const Image&) { return corners->find(picture); }};
  }
  throw Error(ErrorCode::usage, fmt::format("no such method: {}", word),
              "extreme, polygon, sides, full, edges or network=FILE.onnx");
}

}  // namespace peel::evaluation
