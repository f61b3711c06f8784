#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "peel/byte_view.hpp"
#include "peel/control.hpp"
#include "peel/export.hpp"
#include "peel/geometry.hpp"
#include "peel/image.hpp"
#include "peel/remover.hpp"

namespace peel {

enum class PageStatus {
  found,      ///< all four sides were seen
  not_found,  ///< nothing that is surely a page
  /// A page that is not whole in the picture. A corner outside is where its sides would meet. A side outside is where a
  /// forced shape puts it, else where the page leaves the picture: then the corners are those of what is seen.
  partial,
  already_cropped,  ///< the page fills the picture: there is nothing around it to take away
};
PEEL_API std::string_view word_for(PageStatus status) noexcept;  ///< "found", "not_found", ...

/// How large a page is on paper, in millimetres, as it lies in its picture.
struct PageSize {
  double width_mm = 0;
  double height_mm = 0;
  /// Of a format, given, or by a scanner's resolution. Else it is what is likely: a long strip is a receipt, 80 mm
  /// wide; anything else fits on A4.
  bool known = false;
};

/// A kind of paper or card by its true size, upright.
struct PageFormat {
  std::string_view name;  ///< "a4", "letter", "legal", "card" (ID-1: bank and identity cards)
  double width_mm = 0;
  double height_mm = 0;
  /// Whether a page of this shape is taken for one. Legal paper and cards have the shape of receipts and notepads too:
  /// a card is told by its rounded corners, legal paper by a scanner's resolution.
  bool by_shape = false;

  /// Its size as a page of that width over height lies.
  PageSize lying(double ratio) const noexcept {
    return ratio > 1 ? PageSize{height_mm, width_mm, true} : PageSize{width_mm, height_mm, true};
  }
};
PEEL_API std::span<const PageFormat> page_formats() noexcept;

/// What is known of the page's shape beforehand: nothing (its sides are measured, and a known format is taken where it
/// lies within the measurement's uncertainty), or its size (`forced`), or that no format is to be taken (`none`, and
/// `fit`: on paper it is as large then as its pixels are at the picture's resolution).
struct PageShape {
  enum class Kind { automatic, none, forced, fit } kind = Kind::automatic;
  double width_mm = 0;   ///< of the page upright; which way it lies in the picture is told by the picture
  double height_mm = 0;  ///< not below width_mm

  PageFormat format() const noexcept { return {.name = "", .width_mm = width_mm, .height_mm = height_mm}; }
};
/// "auto", "none", "fit", the name of a format, or a size in millimetres such as "80x200". Throws Error(usage).
PEEL_API PageShape parse_page_shape(std::string_view text);

/// Width over height of the flat page.
struct AspectRatio {
  double ratio = 1;        ///< as it is used: a format's where one was taken
  double measured = 1;     ///< what the corners alone say
  double uncertainty = 0;  ///< of `measured`: two standard deviations, relative
  /// Where the focal length came from, or why none was needed: "exif", "corners", "prior", "parallel" (the sides are
  /// parallel in the picture: seen from straight above), "forced".
  std::string method;
  std::string format;  ///< the name of the format taken; empty: none

  /// The page's shape is a guess: the corners tell it to no better than a fifth, and neither a format nor the caller
  /// does.
  bool is_guess() const noexcept { return uncertainty > 0.2 && format.empty() && method != "forced"; }
};

/// One page seen in a picture.
struct Page {
  Corners corners{};
  /// 0 to 1: the probability that the corners are right (IoU of at least 0.9 with the page). DocumentScanner gives no
  /// more than 0.6 to a page that it found where AspectRatio::is_guess().
  double confidence = 0;
  bool clipped = false;  ///< a side lies outside the picture and was rebuilt from the others
};

/// What find_page() makes of a picture.
struct PageSearch {
  PageStatus status = PageStatus::not_found;
  Page page;  ///< best guess; to be used only where `status` is found (or partial, for what is seen of it)
  std::vector<Page> others;  ///< further pages beside it that are just as sure, largest first
  std::string reason;        ///< where none was found: why, for a person
};

struct FindOptions {
  /// Below this a page counts as not found. A wrong page is worse than none.
  double least_confidence = 0.5;
  /// Forced, it tells where the side of a page is that lies outside the picture. See PageStatus::partial.
  PageShape shape;
  int threads = 0;  ///< 0: every core this process may use
};

/// Looks for a page, by the mask of a background remover and by the picture's own edges: both propose quadrilaterals,
/// which are judged alike and refined at the picture's full resolution. `mask`: gray8 of any size, stretched over the
/// picture; empty: edges alone. Never throws for what a picture or mask shows, Error(usage) for an empty picture or a
/// mask of another format.
PEEL_API PageSearch find_page(const Image& picture, const Image& mask, const FindOptions& options = {});

/// Width over height of the rectangle that these corners show (Zhang and He, "Whiteboard scanning and image
/// enhancement", MSR-TR-2003-39, section 3). The principal point is taken to be the picture's centre.
/// `focal_length_35mm`: EXIF's FocalLengthIn35mmFilm, millimetres; none: from the corners where they tell it well
/// enough, else what is usual. Throws Error(usage) for corners that are no convex quadrilateral.
PEEL_API AspectRatio page_aspect_ratio(const Corners& corners, int picture_width, int picture_height,
                                       std::optional<double> focal_length_35mm = {}, const PageShape& shape = {});

struct PageDimensions {
  int width = 0;
  int height = 0;
};
/// Pixels of a flat page that loses no resolution: each side is as long as the longer of the two it shows in the
/// picture, the shorter direction widened to the ratio. Reduced in proportion where that would be more than
/// `most_pixels`, which only a page seen almost from the side is.
PEEL_API PageDimensions page_dimensions(const Corners& corners, double aspect_ratio, std::size_t most_pixels);

/// The page as seen from straight above, in one resampling of the picture's own pixels: bit depth, channels and profile
/// are kept; where the page shrinks it is averaged, so that fine print does not alias. Beyond the picture's edge its
/// last pixels are repeated. Throws Error(usage) for an empty picture, a size below 1, or corners that are no convex
/// quadrilateral.
PEEL_API Image flatten_page(const Image& picture, const Corners& corners, int width, int height, int threads = 0);

enum class Enhance {
  none,
  contrast,  ///< light evened out, paper white, colours kept
  bw,        ///< black on white: one channel of 0 and 255, by a threshold that follows the light
};
/// Alpha is laid over white. `flattened`: the page was cut out of a photograph, as by flatten_page(): wedges of the
/// table that are left along a curled side become white, and so may dark print that tapers along the page's edge.
/// Throws Error(usage) for an empty page.
PEEL_API Image enhance_page(const Image& page, Enhance how, int threads = 0, bool flattened = true);

struct ScanOptions {
  /// Given by hand: nothing is looked for, the model is not run. Error(usage) where none of the page is in the picture,
  /// or a corner is farther outside than the picture's longer side.
  std::optional<Corners> corners;
  Image mask;  ///< as find_page() takes it, made elsewhere: the model is not run. Empty: the model's
  PageShape shape;
  Enhance enhance = Enhance::none;
  std::optional<Color> background;  ///< laid under a page that has alpha, for formats without it; none: alpha is kept
  double least_confidence = 0.5;
  std::uint64_t max_pixels = DecodeLimits().max_pixels;  ///< of the flat page, which is reduced to so many
  bool drawings = false;                                 ///< for ScanResult::drawings
};

/// What was seen of a page, drawn over the picture: 8-bit RGB, at most 1600 pixels a side.
struct ScanDrawings {
  Image candidates;  ///< straight edges, the outline of the mask, every quadrilateral that was judged
  Image chosen;  ///< the page's corners, green where it was taken and red where it was too doubtful; other pages grey
};

struct ScanTimings {
  double decode = 0, preprocess = 0, inference = 0, find = 0, flatten = 0, enhance = 0, total = 0;  ///< milliseconds
};

struct ScanResult {
  PageStatus status = PageStatus::not_found;
  Page page;
  std::vector<Page> others;
  std::string reason;  ///< for a person: why no page was found, or what is not sure of the one that was
  AspectRatio aspect;
  PageSize size;
  /// The flat page where status is found; what is seen of it, what is not repeated from the picture's edge, where it is
  /// partial; the picture as it is where it is already_cropped; else empty. Has a resolution where `size` is known.
  Image image;
  Image mask;  ///< what the model gave, at its own size; empty where it was not run
  std::optional<ScanDrawings> drawings;
  ScanTimings timings;
};

/// From a photographed page to a flat one. Made once, used for many pictures, also from several threads at a time.
/// Settings are those of the BackgroundRemover inside, but for "auto", which takes a model that knows paper: the first
/// of silueta, u2netp and isnet-general-use that is installed, else silueta is fetched. The model is loaded by the
/// first picture that needs it.
///
///     peel::DocumentScanner scanner;
///     peel::ScanResult page = scanner.scan("photo.jpg");
///     if (page.status == peel::PageStatus::found) peel::write_file("page.jpg", peel::encode(page.image, {...}));
class PEEL_API DocumentScanner {
 public:
  explicit DocumentScanner(Settings settings = {});
  DocumentScanner(DocumentScanner&&) noexcept;
  DocumentScanner& operator=(DocumentScanner&&) noexcept;
  ~DocumentScanner();

  /// Throws Error(usage, model, device), Cancelled; a picture without a page is a status, not an error. Progress:
  /// "decoding", "network", "finding the page", "flattening" and "enhancing", as far as there is something to do; done
  /// and total are 0 and 1, a picture.
  ScanResult scan(const Image& picture, const ScanOptions& options = {}, const Control& control = {}) const;
  ScanResult scan(ByteView bytes, const ScanOptions& options = {}, const DecodeOptions& decoding = {},
                  const Control& control = {}) const;
  ScanResult scan(const std::filesystem::path& file, const ScanOptions& options = {},
                  const DecodeOptions& decoding = {}, const Control& control = {}) const;

  /// Loads the model, where that was not done yet, and tells what it runs on; null for "none".
  const SessionInfo* session() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Writes pages into one PDF file, each as large as its format, else at 300 pixels an inch. The file appears under its
/// name when finish() was called, complete; nothing is left of one that was not finished. Until then its pages wait in
/// a temporary file beside it, so the disk needs room for them twice.
class PEEL_API PdfWriter {
 public:
  /// Throws Error(output) where no file can be made there.
  explicit PdfWriter(const std::filesystem::path& file);
  PdfWriter(PdfWriter&&) noexcept;
  PdfWriter& operator=(PdfWriter&&) noexcept;
  ~PdfWriter();

  /// Adds a page: black and white pages (gray8 of 0 and 255 alone) without loss, others as JPEG of that quality (1 to
  /// 100), with their profile. Alpha is laid over white. `width_mm`, `height_mm`: how large it is on paper; 0: 300
  /// pixels an inch. Pages already added do not stay in memory. Throws Error(output, usage).
  void add(const Image& page, int quality = 85, double width_mm = 0, double height_mm = 0);
  /// Another size for a page that was added, counted from 1, until finish(). With a sheet's size the page lies in the
  /// middle of such a sheet, made smaller where it is larger than that. Throws Error(usage).
  void place(int page, double width_mm, double height_mm, double sheet_width_mm = 0, double sheet_height_mm = 0);
  int pages() const noexcept;
  /// Throws Error(output); Error(usage) without a page.
  void finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace peel
