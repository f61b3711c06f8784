#pragma once

#include <tiffio.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "image/header.hpp"
#include "image/image_data.hpp"

namespace peel {

struct CloseTiff {
  void operator()(TIFF* tiff) const noexcept { TIFFClose(tiff); }
};
struct FreeTiffOptions {
  void operator()(TIFFOpenOptions* options) const noexcept { TIFFOpenOptionsFree(options); }
};

/// Makes options that have libtiff keep its last message in `message` instead of printing it; null where there is no
/// memory.
std::unique_ptr<TIFFOpenOptions, FreeTiffOptions> quiet_tiff_options(std::string* message);

/// Bands of a picture with more than its colours: these first, then extra ones, of which one may be an alpha.
struct ExtraBands {
  int colors = 0;
  std::optional<int> alpha;  ///< the band that is marked as alpha, associated or not
};

/// A TIFF in memory, for what libvips does not read of it, or not right. Whatever its bytes are, calls do no harm.
class TiffFile {
 public:
  /// Of a file that cannot be opened there are no pages. `bytes` have to live as long.
  explicit TiffFile(std::span<const std::byte> bytes);
  TiffFile(const TiffFile&) = delete;
  TiffFile& operator=(const TiffFile&) = delete;

  /// Pages of the document: its directories without reduced copies and masks of others. At least 1.
  int pages() const noexcept { return static_cast<int>(pages_.size()); }
  /// The directory of a page, by which libvips names it.
  int directory(int page) const noexcept { return pages_[static_cast<std::size_t>(page)]; }

  /// Nothing where the page's extra bands are none, or one alpha: as pictures usually have it.
  std::optional<ExtraBands> extra_bands(int page);

  /// Pixels of a page that libvips takes for another colour space or refuses: photometric YCbCr that is not JPEG's, and
  /// samples of 9 to 15 bits. As stored, not turned; null for all other pages. Throws Error(input).
  std::shared_ptr<Image::Data> decode_unusual(int page, const DecodeLimits& limits, std::string_view name);
  /// Of such a page what its header says.
  std::optional<PictureHeader> unusual_header(int page);
  int orientation(int page);
  std::optional<Resolution> resolution(int page);
  std::vector<std::byte> profile(int page);

 private:
  struct Source {
    std::span<const std::byte> bytes;
    std::uint64_t at = 0;
  };
  enum class Unusual { none, ycbcr, packed };
  Unusual kind(int page);
  bool select(int page);
  int number(std::uint32_t tag, int otherwise) const;
  std::shared_ptr<Image::Data> decode_ycbcr(const DecodeLimits& limits, std::string_view name);
  std::shared_ptr<Image::Data> decode_packed(const DecodeLimits& limits, std::string_view name);
  [[noreturn]] void fail(std::string_view name) const;

  Source source_;
  std::string message_;
  std::unique_ptr<TIFF, CloseTiff> tiff_;
  std::vector<int> pages_;
};

}  // namespace peel
