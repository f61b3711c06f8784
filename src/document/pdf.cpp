#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.hpp"
#include "document/fax.hpp"
#include "matting/cutout.hpp"
#include "peel/document.hpp"
#include "peel/error.hpp"

// Of PDF (ISO 32000-1) a scan needs pages with one picture each. Written in the order they come, with the page tree and
// the table of objects behind them, they need neither memory nor a second file. A library that writes any PDF (libqpdf)
// was tried and did the same in more lines; its headers are not for Clang 14 in C++20.
//
// Black and white pages are CCITT group 4, which took 27 to 45 % fewer bytes than 1-bit PNG at zlib's best on most
// pages of print, and 9 % more on one small and noisy form.

namespace peel {

namespace {

constexpr double POINTS_PER_MM = 72 / 25.4;
constexpr double POINTS_PER_PIXEL = 72.0 / 300;
// What readers can be expected to show (PDF 1.7, appendix C.2).
constexpr double LONGEST_SIDE = 14400;
constexpr double SHORTEST_SIDE = 3;

struct Points {
  double width;
  double height;
};

Points size_on_paper(const Image& page, double width_mm, double height_mm) {
  // Written so that what is not a number fails.
  if (!(width_mm >= 0 && height_mm >= 0 && std::isfinite(width_mm) && std::isfinite(height_mm))) {
    throw Error(ErrorCode::usage, fmt::format("a page of {} x {} mm makes no sense", width_mm, height_mm));
  }
  Points size{page.width() * POINTS_PER_PIXEL, page.height() * POINTS_PER_PIXEL};
  if (width_mm > 0 && height_mm > 0) {
    size = {width_mm * POINTS_PER_MM, height_mm * POINTS_PER_MM};
  } else if (width_mm > 0 || height_mm > 0) {
    const double scale = width_mm > 0 ? width_mm * POINTS_PER_MM / size.width : height_mm * POINTS_PER_MM / size.height;
    size = {size.width * scale, size.height * scale};
  }
  const double fit = std::min(1.0, LONGEST_SIDE / std::max(size.width, size.height));
  return {std::max(SHORTEST_SIDE, size.width * fit), std::max(SHORTEST_SIDE, size.height * fit)};
}

}  // namespace

struct PdfWriter::Impl {
  explicit Impl(const std::filesystem::path& path) : shown(path), file(path, ErrorCode::output) {
    // Four bytes above 127 tell programs that the file is not text.
    write("%PDF-1.4\n%\xE2\xE3\xCF\xD3\n");
  }

  void write(std::span<const std::byte> bytes) {
    file.write(bytes);
    size += bytes.size();
  }
  void write(std::string_view text) { write(std::as_bytes(std::span(text))); }

  void begin_object(std::size_t number) {
    offsets[number] = size;
    write(fmt::format("{} 0 obj\n", number));
  }
  std::size_t new_object() {
    offsets.push_back(0);
    begin_object(offsets.size() - 1);
    return offsets.size() - 1;
  }
  // A stream with these entries in its dictionary, as a new object.
  std::size_t stream(std::string_view entries, std::span<const std::byte> bytes) {
    const std::size_t number = new_object();
    write(fmt::format("<< {} /Length {} >>\nstream\n", entries, bytes.size()));
    write(bytes);
    write("\nendstream\nendobj\n");
    return number;
  }

  std::string color_space(const Image& page) {
    const bool color = channels(page.format()) == 3;
    const std::string_view plain = color ? "/DeviceRGB" : "/DeviceGray";
    const auto profile = page.icc_profile();
    if (profile.empty()) return std::string(plain);
    // Pages of one camera share one profile.
    std::string key(reinterpret_cast<const char*>(profile.data()), profile.size());
    const auto [known, is_new] = profiles.try_emplace(std::move(key), 0);
    if (is_new) known->second = stream(fmt::format("/N {} /Alternate {}", color ? 3 : 1, plain), profile);
    return fmt::format("[/ICCBased {} 0 R]", known->second);
  }

  void add(const Image& page, int quality, Points paper) {
    const bool bw = document::is_black_and_white(page);
    const auto bytes =
        bw ? document::encode_group4(page) : encode(page, {.format = FileFormat::jpeg, .quality = quality});
    broken = true;  // until it is written in full
    const std::string coding =
        bw ? fmt::format(
                 "/BitsPerComponent 1 /ColorSpace /DeviceGray /Filter /CCITTFaxDecode "
                 "/DecodeParms << /K -1 /Columns {} /Rows {} >>",
                 page.width(), page.height())
           : fmt::format("/BitsPerComponent 8 /ColorSpace {} /Filter /DCTDecode", color_space(page));
    const std::size_t picture = stream(
        fmt::format("/Type /XObject /Subtype /Image /Width {} /Height {} {}", page.width(), page.height(), coding),
        bytes);
    const std::string drawing = fmt::format("q {:.3f} 0 0 {:.3f} 0 0 cm /Page Do Q", paper.width, paper.height);
    const std::size_t contents = stream("", std::as_bytes(std::span(drawing)));
    pages.push_back(new_object());
    write(
        fmt::format("<< /Type /Page /Parent {} 0 R /MediaBox [0 0 {:.3f} {:.3f}] "
                    "/Resources << /XObject << /Page {} 0 R >> >> /Contents {} 0 R >>\nendobj\n",
                    PAGE_TREE, paper.width, paper.height, picture, contents));
    broken = false;
  }

  void finish() {
    broken = true;
    begin_object(CATALOG);
    write(fmt::format("<< /Type /Catalog /Pages {} 0 R >>\nendobj\n", PAGE_TREE));
    begin_object(PAGE_TREE);
    write(fmt::format("<< /Type /Pages /Count {} /Kids [", pages.size()));
    for (const std::size_t page : pages) write(fmt::format("{} 0 R\n", page));
    write("] >>\nendobj\n");

    const std::uint64_t table = size;
    if (table > LARGEST_OFFSET) {
      throw Error(ErrorCode::output, fmt::format("{}: more than the 10 GB a PDF file holds", shown.string()),
                  "spread the pages over several files");
    }
    // Each entry is 20 bytes long.
    write(fmt::format("xref\n0 {}\n0000000000 65535 f \n", offsets.size()));
    for (std::size_t i = 1; i < offsets.size(); ++i) write(fmt::format("{:010} 00000 n \n", offsets[i]));
    write(fmt::format("trailer\n<< /Size {} /Root {} 0 R >>\nstartxref\n{}\n%%EOF\n", offsets.size(), CATALOG, table));
    file.commit();
    broken = false;
  }

  void require_open() const {
    if (finished) throw Error(ErrorCode::usage, fmt::format("{} is finished already", shown.string()));
    if (broken) throw Error(ErrorCode::output, fmt::format("{}: a page before could not be written", shown.string()));
  }

  static constexpr std::size_t CATALOG = 1;
  static constexpr std::size_t PAGE_TREE = 2;
  static constexpr std::uint64_t LARGEST_OFFSET = 9'999'999'999;

  std::filesystem::path shown;
  AtomicFile file;
  std::uint64_t size = 0;
  std::vector<std::uint64_t> offsets{0, 0, 0};  ///< of objects; 0 is none, the catalog and the page tree come last
  std::vector<std::size_t> pages;               ///< objects
  std::map<std::string, std::size_t> profiles;  ///< objects
  bool broken = false;
  bool finished = false;
};

PdfWriter::PdfWriter(const std::filesystem::path& file) : impl_(std::make_unique<Impl>(file)) {}
PdfWriter::PdfWriter(PdfWriter&&) noexcept = default;
PdfWriter& PdfWriter::operator=(PdfWriter&&) noexcept = default;
PdfWriter::~PdfWriter() = default;

void PdfWriter::add(const Image& page, int quality, double width_mm, double height_mm) {
  if (page.empty()) throw Error(ErrorCode::usage, "there is no page to add");
  if (quality < 1 || quality > 100) {
    throw Error(ErrorCode::usage, fmt::format("a quality of {} is outside 1 to 100", quality));
  }
  impl_->require_open();
  const Points size = size_on_paper(page, width_mm, height_mm);
  const Image opaque = has_alpha(page.format()) ? over_color(page, {255, 255, 255, 255}, 0) : page;
  impl_->add(opaque, quality, size);
}

int PdfWriter::pages() const noexcept {
  return static_cast<int>(impl_->pages.size());
}

void PdfWriter::finish() {
  impl_->require_open();
  if (impl_->pages.empty()) throw Error(ErrorCode::usage, fmt::format("no page for {}", impl_->shown.string()));
  impl_->finish();
  impl_->finished = true;
}

}  // namespace peel
