#include "document/flatten.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "base/geometry.hpp"
#include "base/parallel.hpp"
#include "document/flatten_kernels.hpp"
#include "image/image_data.hpp"
#include "peel/document.hpp"
#include "peel/error.hpp"

// The page is filtered in the picture's own grid of pixels: a separable cubic around the place where a page's pixel
// lies, as wide in each direction as the map shrinks there (row norms of its Jacobian) and never narrower than the
// cubic that interpolates. So paper that is magnified is interpolated sharply, paper that shrinks is averaged, and one
// goes over into the other without a seam, which is where a photographed page usually lies: its far end is magnified,
// its near end reduced by a tenth or two. Two more exact ways were left: Heckbert's elliptical average blurs where
// nothing shrinks, and a filter along the Jacobian's own axes reads pixels out of order. What this one costs is that a
// page seen at a flat angle and askew at once is averaged more than it need be.

namespace peel {

using namespace document;

namespace {

constexpr int RESAMPLED_PER_THREAD = 1 << 14;
// Of a page, worked on from top to bottom: the rows of the picture that a page on its side crosses then stay in cache.
constexpr int STRIP = 4 * CHUNK;

void require_convex(const Corners& corners) {
  if (is_convex(corners)) return;
  throw Error(ErrorCode::usage, "the corners of the page are no convex quadrilateral",
              "give them in this order: top left, top right, bottom right, bottom left");
}

}  // namespace

document::LongestSides document::longest_sides(const Corners& corners) noexcept {
  return {std::max(distance(corners[0], corners[1]), distance(corners[3], corners[2])),
          std::max(distance(corners[0], corners[3]), distance(corners[1], corners[2]))};
}

void document::require_near(const Corners& corners, int width, int height) {
  const double side = std::max(width, height);
  const auto is_near = [side](double place) { return place >= -side && place <= 2 * side; };
  for (const Point& corner : corners) {
    if (is_near(corner.x) && is_near(corner.y)) continue;
    throw Error(ErrorCode::usage,
                fmt::format("a corner of the page is farther outside the picture of {} x {} pixels than that is long",
                            width, height),
                "give the corners in pixels of the upright picture");
  }
}

PageDimensions page_dimensions(const Corners& corners, double aspect_ratio, std::size_t most_pixels) {
  require_convex(corners);
  if (!(aspect_ratio > 0) || !std::isfinite(aspect_ratio)) {
    throw Error(ErrorCode::usage, fmt::format("a page cannot be {} times as wide as high", aspect_ratio));
  }
  auto [width, height] = longest_sides(corners);
  width = std::max(width, height * aspect_ratio);
  height = std::max(height, width / aspect_ratio);
  const double most = static_cast<double>(std::max<std::size_t>(1, most_pixels));
  const double reduction = std::min(1.0, std::sqrt(most / width / height));
  const auto rounded = [](double side, double longest) {
    constexpr double LARGEST = std::numeric_limits<int>::max();
    return static_cast<int>(std::clamp(std::round(side), 1.0, std::min(longest, LARGEST)));
  };
  PageDimensions size;
  size.width = rounded(width * reduction, most);
  size.height = rounded(height * reduction, std::floor(most / size.width));
  return size;
}

std::shared_ptr<Image::Data> document::flattened(const Image& picture, const Corners& corners, int width, int height,
                                                 int threads) {
  if (picture.empty()) throw Error(ErrorCode::usage, "there is no picture to take a page out of");
  require_convex(corners);
  if (width < 1 || height < 1 ||
      static_cast<std::uint64_t>(width) * static_cast<std::uint64_t>(height) > DecodeLimits().max_pixels) {
    throw Error(ErrorCode::usage, fmt::format("a page of {} x {} pixels cannot be made", width, height),
                fmt::format("each side at least 1, and no more than {} pixels together", DecodeLimits().max_pixels));
  }
  auto page = like(picture, width, height, picture.format());
  // The picture's dots per millimetre say nothing of the paper in it.
  page->resolution.reset();
  const Homography to_picture = from_rectangle(width, height, corners);
  const PixelView view = picture.view();
  parallel_for(0, height, 1 + RESAMPLED_PER_THREAD / width, threads, [&](std::int64_t begin, std::int64_t end) {
    const auto scratch = std::make_unique<FlattenScratch>();
    for (int x = 0; x < width; x += STRIP) {
      for (auto y = static_cast<int>(begin); y < end; ++y) {
        flatten_row(view, to_picture, y, width, x, std::min(width, x + STRIP), page->row<std::byte>(y), *scratch);
      }
    }
  });
  return page;
}

Image flatten_page(const Image& picture, const Corners& corners, int width, int height, int threads) {
  return Image(document::flattened(picture, corners, width, height, threads));
}

}  // namespace peel
