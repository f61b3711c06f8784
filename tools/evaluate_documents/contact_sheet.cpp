#include "contact_sheet.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "document/draw.hpp"
#include "document/find_page.hpp"
#include "image/resample.hpp"
#include "peel/file.hpp"

namespace peel::evaluation {
namespace {

constexpr int SIDE = 380;  // of a cell's picture
constexpr int ACROSS = 4;
constexpr std::size_t ON_A_SHEET = 20;

struct Sheet {
  int width;
  int height;
  std::vector<std::uint8_t> rgb;

  void put(const Image& image, int left, int top) {
    if (image.empty()) return;
    const double scale = std::min(1.0, static_cast<double>(SIDE) / std::max(image.width(), image.height()));
    const int w = std::max(1, static_cast<int>(std::lround(image.width() * scale)));
    const int h = std::max(1, static_cast<int>(std::lround(image.height() * scale)));
    const auto small = resample_rgb(image.view(), w, h, 0);
    for (int y = 0; y < h; ++y) {
      std::copy_n(small.begin() + static_cast<std::ptrdiff_t>(y) * w * 3, w * 3,
                  rgb.begin() + (static_cast<std::ptrdiff_t>(top + y) * width + left) * 3);
    }
  }
};

}  // namespace

void ContactSheet::add(const Image& picture, const Image& mask) {
  document::Search search(picture, mask, 0);
  search.try_mask();
  search.try_lines();
  const PageSearch found = search.result(0.5);
  ScanResult result;
  result.status = found.status;
  result.page = found.page;
  result.others = found.others;
  Cell cell{document::draw_search(picture, search, result).chosen, {}};
  if (peel::is_convex(found.page.corners)) {
    const AspectRatio aspect =
        page_aspect_ratio(found.page.corners, picture.width(), picture.height(), picture.focal_length_35mm());
    const PageDimensions size = page_dimensions(found.page.corners, aspect.ratio, std::size_t{1} << 20);
    cell.page = flatten_page(picture, found.page.corners, size.width, size.height);
  }
  cells_.push_back(std::move(cell));
}

void ContactSheet::write(const std::filesystem::path& file) const {
  for (std::size_t first = 0; first < cells_.size(); first += ON_A_SHEET) {
    const std::size_t count = std::min(ON_A_SHEET, cells_.size() - first);
    const int rows = static_cast<int>((count + ACROSS - 1) / ACROSS);
    Sheet sheet{2 * SIDE * ACROSS, rows * SIDE, {}};
    sheet.rgb.assign(static_cast<std::size_t>(sheet.width) * static_cast<std::size_t>(sheet.height) * 3, 40);
    for (std::size_t i = 0; i < count; ++i) {
      const int left = static_cast<int>(i % ACROSS) * 2 * SIDE;
      const int top = static_cast<int>(i / ACROSS) * SIDE;
      sheet.put(cells_[first + i].chosen, left, top);
      sheet.put(cells_[first + i].page, left + SIDE, top);
    }
    std::filesystem::path name = file;
    if (first > 0) name.replace_filename(fmt::format("{}-{}.jpg", file.stem().string(), first / ON_A_SHEET + 1));
    EncodeOptions options;
    options.format = FileFormat::jpeg;
    write_file(
        name,
        encode(Image::from_pixels({sheet.rgb.data(), sheet.width, sheet.height, sheet.width * 3, PixelFormat::rgb8}),
               options));
  }
}

}  // namespace peel::evaluation
