#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <mutex>
#include <utility>

#include "base/control.hpp"
#include "base/held.hpp"
#include "base/stopwatch.hpp"
#include "document/draw.hpp"
#include "document/find_page.hpp"
#include "document/flatten.hpp"
#include "document/model_for_paper.hpp"
#include "document/page_size.hpp"
#include "image/compose.hpp"
#include "image/image_data.hpp"
#include "models/model_order.hpp"
#include "peel/document.hpp"
#include "peel/error.hpp"
#include "peel/models.hpp"

namespace peel {
namespace {

constexpr double GUESSED_SHAPE = 0.6;  // the most that can be said of a page of a shape that nobody knows

Resolution resolution_of(const Image::Data& page, const PageSize& size) {
  return {page.width / size.width_mm, page.height / size.height_mm};
}

// Corners of another picture, or of a smaller copy of this one, would make a page of its repeated edge.
void require_inside(const Corners& corners, const Image& picture) {
  document::require_near(corners, picture.width(), picture.height());
  const auto [left, right] = std::ranges::minmax(corners, {}, &Point::x);
  const auto [top, bottom] = std::ranges::minmax(corners, {}, &Point::y);
  if (right.x > 0 && bottom.y > 0 && left.x < picture.width() && top.y < picture.height()) return;
  throw Error(
      ErrorCode::usage,
      fmt::format("all of the page is outside the picture of {} x {} pixels", picture.width(), picture.height()),
      "give the corners in pixels of the upright picture");
}

// Whether something of what lay around the page can be along its sides. Corners that were given may be the picture's.
bool has_surroundings(const Image& picture, const ScanResult& result) {
  constexpr double SAME = 2;  // pixels: drawn by hand, or rounded
  if (result.status == PageStatus::already_cropped) return false;
  const auto at_side = [](double place, double last) { return place <= SAME || place >= last - SAME; };
  return !std::all_of(result.page.corners.begin(), result.page.corners.end(), [&](const Point& corner) {
    return at_side(corner.x, picture.width()) && at_side(corner.y, picture.height());
  });
}

}  // namespace

std::string document::model_for_paper(const Settings& settings) {
  const ModelStore store(settings.model_folder);
  const ModelInfo& model = first_present(store, AUTO_ORDER_FOR_PAPER);
  // Where none is there it is "auto" that knows what can be fetched.
  return store.present(model) ? model.name : "auto";
}

struct DocumentScanner::Impl {
  explicit Impl(Settings given) : settings(std::move(given)) {}

  const Settings settings;
  const bool without_model = settings.model_name == "none";
  std::mutex mutex;
  std::unique_ptr<BackgroundRemover> remover;  ///< under the mutex; stays once it was made

  // No std::call_once: an exception through it leaves ThreadSanitizer's pthread_once half done.
  const BackgroundRemover& loaded() {
    const std::scoped_lock lock(mutex);
    if (!remover) {
      Settings own = settings;
      if (own.model_name == "auto" || own.model_name.empty()) own.model_name = document::model_for_paper(own);
      remover = std::make_unique<BackgroundRemover>(std::move(own));
    }
    return *remover;
  }

  void find(const Image& picture, const ScanOptions& options, const Control& control, ScanResult& result);
  void flatten(const Image& picture, const ScanOptions& options, const Control& control, ScanResult& result) const;
};

void DocumentScanner::Impl::find(const Image& picture, const ScanOptions& options, const Control& control,
                                 ScanResult& result) {
  if (options.corners) {
    require_inside(*options.corners, picture);
    result.status = PageStatus::found;
    result.page.corners = *options.corners;
    result.page.confidence = 1;
    if (options.drawings) result.drawings = document::draw_corners(picture, *options.corners);
    return;
  }
  if (!options.mask.empty()) {
    result.mask = options.mask;
  } else if (!without_model) {
    Mask mask = loaded().see(picture, {}, control);
    result.mask = std::move(mask.image);
    result.timings.preprocess = mask.timings.preprocess;
    result.timings.inference = mask.timings.inference;
  }
  begin_step(control, "finding the page", 0, 1);
  Stopwatch watch;
  document::Search search(picture, result.mask, settings.threads);
  search.try_mask();
  check_stopped();
  search.try_lines();
  check_stopped();
  PageSearch found = search.result(options.least_confidence, options.shape);
  result.timings.find = watch.lap();
  result.status = found.status;
  result.page = found.page;
  result.others = std::move(found.others);
  result.reason = std::move(found.reason);
  if (options.drawings) result.drawings = document::draw_search(picture, search, result);
}

void DocumentScanner::Impl::flatten(const Image& picture, const ScanOptions& options, const Control& control,
                                    ScanResult& result) const {
  if (result.status == PageStatus::not_found) return;
  begin_step(control, "flattening", 0, 1);
  Stopwatch watch;
  if (result.status == PageStatus::already_cropped) {
    result.image = picture;
    result.aspect.ratio = result.aspect.measured = static_cast<double>(picture.width()) / picture.height();
    result.aspect.method = "parallel";
    result.size = document::page_size(picture, {picture.width(), picture.height()}, true, options.shape, result.aspect);
    if (result.size.known && !picture.resolution()) {
      auto page = like(picture, picture.width(), picture.height(), picture.format());
      std::memcpy(page->pixels.data(), picture.data(), picture.size_bytes());
      page->resolution = resolution_of(*page, result.size);
      result.image = Image(std::move(page));
    }
  } else {
    const Corners& corners = result.page.corners;
    result.aspect =
        page_aspect_ratio(corners, picture.width(), picture.height(), picture.focal_length_35mm(), options.shape);
    const bool automatic = options.shape.kind == PageShape::Kind::automatic;
    if (automatic && result.aspect.format.empty() && document::is_card(picture, corners, result.aspect)) {
      const PageFormat& card = document::format_named("card");
      const PageSize lying = card.lying(result.aspect.measured);
      result.aspect.ratio = lying.width_mm / lying.height_mm;
      result.aspect.format = card.name;
    }
    if (result.aspect.is_guess()) {
      result.reason = fmt::format(
          "the page's shape is a guess: its corners tell width by height to {:.0f} % only, "
          "so give the paper's format",
          100 * result.aspect.uncertainty);
      if (!options.corners) result.page.confidence = std::min(result.page.confidence, GUESSED_SHAPE);
      if (result.page.confidence < options.least_confidence) {
        result.status = PageStatus::not_found;
        return;
      }
    }
    const PageDimensions size = page_dimensions(corners, result.aspect.ratio, options.max_pixels);
    auto page = document::flattened(picture, corners, size.width, size.height, settings.threads);
    result.size = document::page_size(picture, size, false, options.shape, result.aspect);
    if (result.size.known) page->resolution = resolution_of(*page, result.size);
    result.image = Image(std::move(page));
  }
  if (options.background && has_alpha(result.image.format())) {
    result.image = over_color(result.image, *options.background, settings.threads);
  }
  result.timings.flatten = watch.lap();
  if (options.enhance != Enhance::none) {
    begin_step(control, "enhancing", 0, 1);
    result.image = enhance_page(result.image, options.enhance, settings.threads, has_surroundings(picture, result));
  }
  result.timings.enhance = watch.lap();
}

DocumentScanner::DocumentScanner(Settings settings) : impl_(std::make_unique<Impl>(std::move(settings))) {}
DocumentScanner::DocumentScanner(DocumentScanner&&) noexcept = default;
DocumentScanner& DocumentScanner::operator=(DocumentScanner&&) noexcept = default;
DocumentScanner::~DocumentScanner() = default;

const SessionInfo* DocumentScanner::session() const {
  Impl& impl = held(impl_);
  return impl.without_model ? nullptr : &impl.loaded().session();
}

ScanResult DocumentScanner::scan(const Image& picture, const ScanOptions& options, const Control& control) const {
  if (picture.empty()) throw Error(ErrorCode::usage, "the picture is empty");
  Stopwatch watch;
  ScanResult result;
  Impl& impl = held(impl_);
  const StopScope scope(control.stop);
  impl.find(picture, options, control, result);
  impl.flatten(picture, options, control, result);
  result.timings.total = watch.lap();
  return result;
}

namespace {

template <typename Decode>
ScanResult scan_decoded(const DocumentScanner& scanner, const ScanOptions& options, const Control& control,
                        const Decode& decoded) {
  begin_step(control, "decoding", 0, 1);
  Stopwatch watch;
  const Image picture = decoded();
  const double decode_time = watch.lap();
  ScanResult result = scanner.scan(picture, options, control);
  result.timings.decode = decode_time;
  result.timings.total += decode_time;
  return result;
}

}  // namespace

ScanResult DocumentScanner::scan(ByteView bytes, const ScanOptions& options, const DecodeOptions& decoding,
                                 const Control& control) const {
  return scan_decoded(*this, options, control, [&] { return decode(bytes, decoding); });
}

ScanResult DocumentScanner::scan(const std::filesystem::path& file, const ScanOptions& options,
                                 const DecodeOptions& decoding, const Control& control) const {
  return scan_decoded(*this, options, control, [&] { return load_image(file, decoding); });
}

}  // namespace peel
