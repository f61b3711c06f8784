#include "server/removebg_layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "image/compose.hpp"
#include "image/resize.hpp"
#include "mask/cutout.hpp"
#include "models/base64.hpp"
#include "peel/error.hpp"

namespace peel::server {
namespace {

constexpr double ROUNDING = 1e-6;  // of a pixel: what sums and products of lengths are off by

ApiError bad_roi(const char* code, const char* title, const char* detail) {
  ApiError error(400, code, title, detail);
  error.parameter = "roi";
  return error;
}

struct Line {
  double begin = 0, size = 0;
  double end() const { return begin + size; }
};

/// One direction of the layout, in pixels of the picture.
struct Axis {
  double canvas = 0;
  Line subject;  ///< on the canvas
};

/// What is done along one side: where the subject comes from, how much it grows, where it goes.
struct Mapping {
  Line from;
  Line to;
  double factor() const { return to.size / from.size; }
  double operator()(double x) const { return to.begin + (x - from.begin) * factor(); }
  double back(double x) const { return from.begin + (x - to.begin) / factor(); }
};

struct Span {
  int begin, end;
};

/// The part of `region` that the mapping brings onto a canvas of that size, in whole pixels: no more of them than lie
/// on it, as one may have become thousands, but all of the subject's.
Span shown(const Mapping& mapping, const Span& region, int canvas) {
  const double first = std::ceil(std::max<double>(region.begin, mapping.back(0)) - ROUNDING);
  const double last = std::floor(std::min<double>(region.end, mapping.back(canvas)) + ROUNDING);
  return {static_cast<int>(std::min(first, mapping.from.begin)), static_cast<int>(std::max(last, mapping.from.end()))};
}

Span mapped(const Mapping& mapping, const Span& span) {
  const int begin = static_cast<int>(std::lround(mapping(span.begin)));
  return {begin, std::max(begin + 1, static_cast<int>(std::lround(mapping(span.end))))};
}

Span clipped(const Span& span, int size) {
  const int begin = std::clamp(span.begin, 0, size - 1);
  return {begin, std::clamp(span.end, begin + 1, size)};
}

Box box_of(const Span& x, const Span& y) {
  return {x.begin, y.begin, x.end - x.begin, y.end - y.begin};
}

Axis cropped(double subject, const Length& before, const Length& after) {
  const double first = before.of(subject);
  return {first + subject + after.of(subject), {first, subject}};
}

/// `share`: of the free space, before the subject; none: its middle stays, as far as the canvas goes.
Axis placed(double canvas, const Line& original, double factor, std::optional<double> share) {
  const double size = original.size * factor;
  const double kept = std::clamp(original.begin + (original.size - size) / 2, 0.0, std::max(0.0, canvas - size));
  return {canvas, {share ? (canvas - size) * *share : kept, size}};
}

int whole(double size, bool reduced) {
  return std::max(1, static_cast<int>(reduced ? std::floor(size + ROUNDING) : std::round(size)));
}

}  // namespace

Box roi_box(const RemovebgRequest& request, int width, int height) {
  const auto& roi = request.roi;
  const double left = roi[0].of(width);
  const double top = roi[1].of(height);
  const double right = roi[2].of(width);
  const double bottom = roi[3].of(height);
  if (left > width || right > width + ROUNDING || top > height || bottom > height + ROUNDING) {
    throw bad_roi("roi_exceeds_bounds", "ROI exceeds image bounds",
                  "The given roi parameter defines a region that exceeds the image bounds");
  }
  const auto pixels = [](double begin, double end) {
    return Span{static_cast<int>(std::lround(begin)), static_cast<int>(std::lround(end))};
  };
  const Span x = pixels(left, right);
  const Span y = pixels(top, bottom);
  if (x.begin >= x.end || y.begin >= y.end) {
    throw bad_roi("roi_region_empty", "ROI region is empty", "The given roi parameter defines an empty region");
  }
  return box_of(x, y);
}

RemovebgPlan plan_removebg(const RemovebgRequest& request, int width, int height, const Box& roi, const Box& box) {
  const Line from_x{static_cast<double>(box.left), static_cast<double>(box.width)};
  const Line from_y{static_cast<double>(box.top), static_cast<double>(box.height)};
  Axis x;
  Axis y;
  if (request.crop) {
    const auto& margin = request.crop_margin;
    x = cropped(from_x.size, margin[3], margin[1]);
    y = cropped(from_y.size, margin[0], margin[2]);
  } else {
    const double factor = request.scale ? *request.scale * std::min(width / from_x.size, height / from_y.size) : 1.0;
    const auto& position = request.position;
    x = placed(width, from_x, factor, position ? std::optional(position->x) : std::nullopt);
    y = placed(height, from_y, factor, position ? std::optional(position->y) : std::nullopt);
  }

  const double pixels = x.canvas * y.canvas;
  const auto limit = static_cast<double>(request.max_pixels);
  const bool reduced = limit > 0 && pixels > limit;
  const double share = reduced ? std::sqrt(limit / pixels) : 1;
  RemovebgPlan plan;
  plan.width = whole(x.canvas * share, reduced);
  plan.height = whole(y.canvas * share, reduced);
  // A strip may be left with a side of one pixel, which is more than its share.
  if (reduced) {
    plan.width = std::min(plan.width, std::max(1, static_cast<int>(limit / plan.height)));
    plan.height = std::min(plan.height, std::max(1, static_cast<int>(limit / plan.width)));
  }

  const auto mapping = [](const Line& from, const Axis& axis, int size) {
    const double scale = size / axis.canvas;
    return Mapping{from, {axis.subject.begin * scale, axis.subject.size * scale}};
  };
  const Mapping map_x = mapping(from_x, x, plan.width);
  const Mapping map_y = mapping(from_y, y, plan.height);
  const Span shown_x = shown(map_x, {roi.left, roi.left + roi.width}, plan.width);
  const Span shown_y = shown(map_y, {roi.top, roi.top + roi.height}, plan.height);
  plan.from = box_of(shown_x, shown_y);
  plan.to = box_of(mapped(map_x, shown_x), mapped(map_y, shown_y));
  plan.foreground = box_of(clipped(mapped(map_x, {box.left, box.left + box.width}), plan.width),
                           clipped(mapped(map_y, {box.top, box.top + box.height}), plan.height));
  return plan;
}

RemovebgPicture lay_out(const Image& cutout, const Image& mask, const RemovebgRequest& request, const Image& background,
                        int threads) {
  if (cutout.empty() || !has_alpha(cutout.format()) || mask.empty() || mask.format() != PixelFormat::gray8 ||
      mask.width() != cutout.width() || mask.height() != cutout.height()) {
    throw Error(ErrorCode::usage, "a layout takes a cut-out with alpha and a grey mask of its size");
  }
  const Box roi = roi_box(request, cutout.width(), cutout.height());
  auto box = subject_box(crop(mask, roi), 0);
  if (!box) throw unknown_foreground();
  box->left += roi.left;
  box->top += roi.top;
  const RemovebgPlan plan = plan_removebg(request, cutout.width(), cutout.height(), roi, *box);

  const bool alpha_only = request.channels == RemovebgRequest::Channels::alpha;
  const Image& in = alpha_only ? mask : cutout;
  const bool is_all = plan.from.width == in.width() && plan.from.height == in.height();
  const Image part = resized(is_all ? in : crop(in, plan.from), plan.to.width, plan.to.height, threads);
  RemovebgPicture picture;
  picture.image = on_canvas(part, plan.to.left, plan.to.top, plan.width, plan.height);
  picture.foreground = plan.foreground;
  if (!alpha_only && !background.empty()) {
    picture.image = over_picture(picture.image, background, threads);
  } else if (!alpha_only && request.bg_color) {
    picture.image = over_color(picture.image, *request.bg_color, threads);
  }

  using Format = RemovebgRequest::Format;
  const bool opaque = !alpha_only && !is_transparent_somewhere(picture.image);
  if (request.format == Format::webp) {
    picture.format = FileFormat::webp;
  } else if (request.format == Format::jpg || (request.format == Format::automatic && opaque)) {
    picture.format = FileFormat::jpeg;
    picture.image = on_white(picture.image, threads);
  }
  return picture;
}

ApiError unknown_foreground() {
  return {400, "unknown_foreground", "Could not identify foreground in image",
          "Nothing in the picture stands out; where the subject is small, a region (roi) around it helps"};
}

std::vector<std::pair<std::string, std::string>> removebg_headers(const RemovebgRequest& request,
                                                                  const RemovebgPicture& picture) {
  std::vector<std::pair<std::string, std::string>> headers = {
      {"X-Width", std::to_string(picture.image.width())},
      {"X-Height", std::to_string(picture.image.height())},
      {"X-Foreground-Top", std::to_string(picture.foreground.top)},
      {"X-Foreground-Left", std::to_string(picture.foreground.left)},
      {"X-Foreground-Width", std::to_string(picture.foreground.width)},
      {"X-Foreground-Height", std::to_string(picture.foreground.height)},
      {"X-Credits-Charged", "0"}};
  if (request.type_level != "none") headers.emplace_back("X-Type", request.type == "auto" ? "other" : request.type);
  return headers;
}

std::string removebg_json(std::string_view encoded, const RemovebgPicture& picture) {
  nlohmann::ordered_json data = {{"result_b64", encode_base64(encoded)},
                                 {"foreground_top", picture.foreground.top},
                                 {"foreground_left", picture.foreground.left},
                                 {"foreground_width", picture.foreground.width},
                                 {"foreground_height", picture.foreground.height}};
  nlohmann::ordered_json answer;
  answer["data"] = std::move(data);
  return answer.dump();
}

}  // namespace peel::server
