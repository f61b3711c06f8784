#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.hpp"
#include "base/held.hpp"
#include "document/fax.hpp"
#include "document/pdf_file.hpp"
#include "image/compose.hpp"
#include "peel/document.hpp"
#include "peel/error.hpp"

// Black and white pages are CCITT group 4, which took 27 to 45 % fewer bytes than 1-bit PNG at zlib's best on most
// pages of print, and 9 % more on one small and noisy form.

namespace peel {

namespace {

constexpr double POINTS_PER_MM = 72 / 25.4;
constexpr double POINTS_PER_PIXEL = 72.0 / 300;
// What readers can be expected to show (PDF 1.7, appendix C.2).
constexpr double LONGEST_PDF_SIDE = 14400;
constexpr double SHORTEST_SIDE = 3;

struct Points {
  double width;
  double height;
};

/// A picture in the file and how large it is, on a sheet that may be larger.
struct Leaf {
  int picture = 0;
  int pixels_wide = 0;
  int pixels_high = 0;
  Points size{};
  Points sheet{};
};

Points size_on_paper(const Leaf& page, double width_mm, double height_mm) {
  // Written so that what is not a number fails.
  if (!(width_mm >= 0 && height_mm >= 0 && std::isfinite(width_mm) && std::isfinite(height_mm))) {
    throw Error(ErrorCode::usage, fmt::format("a page of {} x {} mm makes no sense", width_mm, height_mm));
  }
  Points size{page.pixels_wide * POINTS_PER_PIXEL, page.pixels_high * POINTS_PER_PIXEL};
  if (width_mm > 0 && height_mm > 0) {
    size = {width_mm * POINTS_PER_MM, height_mm * POINTS_PER_MM};
  } else if (width_mm > 0 || height_mm > 0) {
    const double scale = width_mm > 0 ? width_mm * POINTS_PER_MM / size.width : height_mm * POINTS_PER_MM / size.height;
    size = {size.width * scale, size.height * scale};
  }
  const double fit = std::min(1.0, LONGEST_PDF_SIDE / std::max(size.width, size.height));
  return {std::max(SHORTEST_SIDE, size.width * fit), std::max(SHORTEST_SIDE, size.height * fit)};
}

}  // namespace

struct PdfWriter::Impl {
  explicit Impl(const std::filesystem::path& path)
      : shown(path.string()), file(path, ErrorCode::output), scratch(path, ErrorCode::output) {}

  // A stream with these entries in its dictionary, as a new object: its number.
  int stream(std::string_view entries, std::span<const std::byte> bytes) {
    const std::uint64_t begin = scratch.append(bytes);
    return document.add_stream(fmt::format("<< {} >>", entries),
                               [this, begin, end = begin + bytes.size()](const document::PdfSink& sink) {
                                 std::vector<std::byte> part(PART_BYTES);
                                 for (std::uint64_t at = begin; at < end; at += part.size()) {
                                   part.resize(std::min<std::uint64_t>(PART_BYTES, end - at));
                                   scratch.read(at, part);
                                   sink(part.data(), part.size());
                                 }
                               });
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

  void add(const Image& page, int quality, Leaf leaf) {
    const bool bw = document::is_black_and_white(page);
    const auto bytes =
        bw ? document::encode_group4(page) : encode(page, {.format = FileFormat::jpeg, .quality = quality});
    broken = true;  // until it is kept in full
    const std::string coding =
        bw ? fmt::format(
                 "/BitsPerComponent 1 /ColorSpace /DeviceGray /Filter /CCITTFaxDecode "
                 "/DecodeParms << /K -1 /Columns {} /Rows {} >>",
                 page.width(), page.height())
           : fmt::format("/BitsPerComponent 8 /ColorSpace {} /Filter /DCTDecode", color_space(page));
    leaf.picture = stream(
        fmt::format("/Type /XObject /Subtype /Image /Width {} /Height {} {}", page.width(), page.height(), coding),
        bytes);
    leaves.push_back(leaf);
    broken = false;
  }

  // Pages may be placed until the file is finished.
  void lay_out() {
    for (const Leaf& leaf : leaves) {
      const auto& [width, height] = leaf.size;
      const std::string drawing = fmt::format("q {:.3f} 0 0 {:.3f} {:.3f} {:.3f} cm /Page Do Q", width, height,
                                              (leaf.sheet.width - width) / 2, (leaf.sheet.height - height) / 2);
      const int contents = stream("", std::as_bytes(std::span(drawing)));
      document.add_page(
          fmt::format("<< /Type /Page /MediaBox [0 0 {:.3f} {:.3f}] "
                      "/Resources << /XObject << /Page {} 0 R >> >> /Contents {} 0 R >>",
                      leaf.sheet.width, leaf.sheet.height, leaf.picture, contents));
    }
  }

  void write(std::span<const std::byte> bytes) {
    size += bytes.size();
    if (size > LARGEST_SIZE) {
      throw Error(ErrorCode::output, fmt::format("{}: more than the 10 GB a PDF file holds", shown),
                  "spread the pages over several files");
    }
    file.write(bytes);
  }

  void finish() {
    broken = true;
    lay_out();
    try {
      document.write([this](const std::byte* bytes, std::size_t count) { write({bytes, count}); });
    } catch (const Error&) {
      throw;
    } catch (const std::runtime_error& error) {
      // libqpdf makes its own of what is thrown while it asks for the bytes of a stream.
      throw Error(ErrorCode::output, fmt::format("cannot write {}: {}", shown, error.what()));
    }
    file.commit();
    broken = false;
  }

  void require_open() const {
    if (finished) throw Error(ErrorCode::usage, fmt::format("{} is finished already", shown));
    if (broken) throw Error(ErrorCode::output, fmt::format("{}: a page before could not be written", shown));
  }

  static constexpr std::size_t PART_BYTES = 1 << 16;
  static constexpr std::uint64_t LARGEST_SIZE = 9'999'999'999;  ///< offsets have ten digits

  std::string shown;
  AtomicFile file;
  ScratchFile scratch;  ///< the streams, until their place in the file is known
  document::PdfFile document;
  std::map<std::string, int> profiles;  ///< objects
  std::uint64_t size = 0;               ///< of what was written
  std::vector<Leaf> leaves;
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
  held(impl_).require_open();
  Leaf leaf{.picture = 0, .pixels_wide = page.width(), .pixels_high = page.height()};
  leaf.size = leaf.sheet = size_on_paper(leaf, width_mm, height_mm);
  impl_->add(on_white(page, 0), quality, leaf);
}

void PdfWriter::place(int page, double width_mm, double height_mm, double sheet_width_mm, double sheet_height_mm) {
  held(impl_).require_open();
  if (page < 1 || page > pages()) throw Error(ErrorCode::usage, fmt::format("there is no page {}", page));
  Leaf leaf = impl_->leaves[static_cast<std::size_t>(page - 1)];
  leaf.size = leaf.sheet = size_on_paper(leaf, width_mm, height_mm);
  if (sheet_width_mm != 0 || sheet_height_mm != 0) {
    leaf.sheet = size_on_paper(leaf, sheet_width_mm, sheet_height_mm);
    const double fit = std::min({1.0, leaf.sheet.width / leaf.size.width, leaf.sheet.height / leaf.size.height});
    leaf.size = {leaf.size.width * fit, leaf.size.height * fit};
  }
  impl_->leaves[static_cast<std::size_t>(page - 1)] = leaf;
}

int PdfWriter::pages() const noexcept {
  return impl_ ? static_cast<int>(impl_->leaves.size()) : 0;
}

void PdfWriter::finish() {
  held(impl_).require_open();
  if (impl_->leaves.empty()) throw Error(ErrorCode::usage, fmt::format("no page for {}", impl_->shown));
  impl_->finish();
  impl_->finished = true;
}

}  // namespace peel
