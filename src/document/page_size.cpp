#include "document/page_size.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/geometry.hpp"
#include "document/colour_sampler.hpp"

namespace peel::document {
namespace {

constexpr double MM_PER_INCH = 25.4;
constexpr double ASSUMED_DPI = 300;
constexpr double RECEIPT_MM = 80;      // the wider of the two usual rolls
constexpr double LEAST_RECEIPT = 1.8;  // long by wide

/// 72 dots per inch is what programs write that do not know.
std::optional<Resolution> told_resolution(const Image& picture) {
  const auto resolution = picture.resolution();
  if (!resolution || !(resolution->x > 0 && resolution->y > 0)) return std::nullopt;
  if (std::lround(resolution->x * MM_PER_INCH) == 72) return std::nullopt;
  return resolution;
}

/// What a scanner says of its pictures. Cameras write something too, and screens their own.
std::optional<Resolution> scanner_resolution(const Image& picture, const PageDimensions& page) {
  constexpr double LEAST_DPI = 99;
  constexpr double SMALLEST = 20;  // millimetres of the longer side
  constexpr double LARGEST = 600;
  const auto resolution = told_resolution(picture);
  if (!resolution || picture.focal_length_35mm()) return std::nullopt;
  if (std::min(resolution->x, resolution->y) * MM_PER_INCH < LEAST_DPI) return std::nullopt;
  const double longest = std::max(page.width / resolution->x, page.height / resolution->y);
  return longest >= SMALLEST && longest <= LARGEST ? resolution : std::nullopt;
}

/// The format that is so large, within a few thousandths.
const PageFormat* format_of_size(double width_mm, double height_mm) {
  constexpr double NEAR = 0.012;
  for (const PageFormat& format : page_formats()) {
    const PageSize size = format.lying(width_mm / height_mm);
    if (std::abs(size.width_mm / width_mm - 1) < NEAR && std::abs(size.height_mm / height_mm - 1) < NEAR) {
      return &format;
    }
  }
  return nullptr;
}

/// The format that a picture shows all of, to the pixel, at a resolution that scanners and printers' drivers use.
const PageFormat* format_to_the_pixel(const PageDimensions& page) {
  constexpr double PIXELS = 1.5;
  for (const PageFormat& format : page_formats()) {
    const PageSize size = format.lying(static_cast<double>(page.width) / page.height);
    for (const double dpi : {100, 120, 150, 200, 240, 300, 400, 600, 1200}) {
      const double per_mm = dpi / MM_PER_INCH;
      if (std::abs(size.width_mm * per_mm - page.width) < PIXELS &&
          std::abs(size.height_mm * per_mm - page.height) < PIXELS) {
        return &format;
      }
    }
  }
  return nullptr;
}

/// What is likely for a page of unknown size.
PageSize likely_size(double ratio) {
  const double length = std::max(ratio, 1 / ratio);
  const PageFormat& a4 = format_named("a4");
  double across = std::min(a4.width_mm, a4.height_mm / length);
  if (length >= LEAST_RECEIPT) across = RECEIPT_MM;
  return ratio > 1 ? PageSize{across * length, across, false} : PageSize{across, across * length, false};
}

double difference(const Colour& a, const Colour& b) {
  return std::abs(a[0] - b[0]) + std::abs(a[1] - b[1]) + std::abs(a[2] - b[2]);
}

}  // namespace

const PageFormat& format_named(std::string_view name) {
  return *std::ranges::find(page_formats(), name, &PageFormat::name);
}

bool is_card(const Image& picture, const Corners& corners, const AspectRatio& measured) {
  const PageFormat& card = format_named("card");
  constexpr double SURE_ENOUGH = 0.04;
  const double upright = std::log(card.width_mm / card.height_mm);
  const double off = std::abs(std::abs(std::log(measured.measured)) - std::abs(upright));
  if (off > measured.uncertainty || measured.uncertainty > SURE_ENOUGH) return false;
  // Millimetres from the corner along both sides. The arc, of 3.18 mm, runs between the first two.
  constexpr double BEYOND_ARC = 0.45;
  constexpr double ON_CARD = 2.2;
  constexpr double ON_TABLE = -1.2;
  constexpr double CONTRAST = 30;  // sum of three channels' levels
  const PageSize size = card.lying(measured.measured);
  const Homography to_picture = from_rectangle(size.width_mm, size.height_mm, corners);
  const ColourSampler sampler(picture.view());
  int rounded = 0;
  for (const double right : {0, 1}) {
    for (const double down : {0, 1}) {
      std::array<Colour, 3> colours{};
      bool seen = true;
      std::size_t i = 0;
      for (const double in : {BEYOND_ARC, ON_CARD, ON_TABLE}) {
        const Point at = to_picture({right > 0 ? size.width_mm - in : in, down > 0 ? size.height_mm - in : in});
        seen = seen && sampler.covers(at);
        if (seen) colours[i++] = sampler(at);
      }
      if (!seen) continue;
      const auto& [corner, page, table] = colours;
      rounded += difference(page, table) > CONTRAST && difference(corner, table) < difference(corner, page) ? 1 : 0;
    }
  }
  return rounded >= 3;
}

PageSize page_size(const Image& picture, const PageDimensions& page, bool whole, const PageShape& shape,
                   AspectRatio& aspect) {
  const double ratio = static_cast<double>(page.width) / page.height;
  if (shape.kind == PageShape::Kind::fit) {
    const auto told = told_resolution(picture);
    const Resolution used = told.value_or(Resolution{ASSUMED_DPI / MM_PER_INCH, ASSUMED_DPI / MM_PER_INCH});
    return {page.width / used.x, page.height / used.y, told.has_value()};
  }
  if (shape.kind == PageShape::Kind::forced) {
    return shape.format().lying(ratio);
  }
  for (const PageFormat& format : page_formats()) {
    if (format.name == aspect.format) return format.lying(ratio);
  }
  const bool automatic = shape.kind == PageShape::Kind::automatic;
  // A page that was seen from straight above may lie on a scanner's glass.
  if (const auto scanner = scanner_resolution(picture, page); scanner && (whole || aspect.method == "parallel")) {
    const PageSize size{page.width / scanner->x, page.height / scanner->y, true};
    const PageFormat* const format = automatic ? format_of_size(size.width_mm, size.height_mm) : nullptr;
    if (!format) return size;
    aspect.format = format->name;
    return format->lying(ratio);
  }
  if (const PageFormat* const format = whole && automatic ? format_to_the_pixel(page) : nullptr) {
    aspect.format = format->name;
    return format->lying(ratio);
  }
  return likely_size(ratio);
}

}  // namespace peel::document
