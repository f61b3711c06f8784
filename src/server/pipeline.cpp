#include "server/pipeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "base/control.hpp"
#include "base/stopwatch.hpp"
#include "document/flatten.hpp"
#include "image/header.hpp"
#include "image/sniff.hpp"
#include "peel/error.hpp"
#include "peel/picture_kinds.hpp"
#include "pool/memory_need.hpp"
#include "remover/finish.hpp"
#include "server/api_error.hpp"
#include "server/timed_stop.hpp"

namespace peel::server {
namespace {

Settings without_model() {
  Settings settings;
  settings.model_name = "none";
  return settings;
}

std::span<const std::byte> bytes_of(const Upload& upload) {
  return std::as_bytes(std::span(upload.bytes));
}

void name_model(const ModelCache::Loaded& loaded, Picture& picture) {
  const SessionInfo& info = loaded.model->info();
  picture.model = loaded.name;
  picture.provider = info.provider;
  picture.engine = info.engine;
  picture.precision = info.precision;
}

void encode_into(Picture& picture, const Image& image, const OutputRequest& output, int threads) {
  Stopwatch watch;
  EncodeOptions encoding = output.encoding;
  encoding.format = picture.format;
  encoding.threads = threads;
  picture.width = image.width();
  picture.height = image.height();
  picture.bytes = encode(image, encoding);
  picture.timings.encode = watch.lap();
}

void add_up(Timings& t) {
  t.total = t.decode + t.preprocess + t.inference + t.postprocess + t.encode;
}

/// A found page is about as large as it looks, or larger where it is seen at a flat angle: no more than this many
/// times.
constexpr std::uint64_t MOST_ENLARGED = 2;
/// A page whose corners are given: so many times, since a picture may show it almost from the side.
constexpr double MOST_ENLARGED_BY_HAND = 4;

/// What is wrong with given corners is told as of that parameter.
template <typename Work>
auto guarded_corners(const ScanOptions& options, const Work& work) {
  try {
    return work();
  } catch (const Error& error) {
    if (!options.corners || error.code() != ErrorCode::usage) throw;
    throw bad_parameter("corners", error.message(), error.hint());
  }
}

ApiError page_too_large(const std::string& message) {
  return {413, "too_many_pixels", message, "send a smaller picture, or corners that are nearer to one another"};
}

/// Of a page with given corners, which may make a large page of a small picture. Throws ApiError 413.
std::uint64_t most_page_pixels(const Corners& corners, std::uint64_t max_pixels) {
  const document::LongestSides sides = document::longest_sides(corners);
  const double shown = sides.width * sides.height;
  if (shown > static_cast<double>(max_pixels)) {
    throw page_too_large(fmt::format("the page would have {:.0f} x {:.0f} pixels, more than {:.0f} million",
                                     sides.width, sides.height, static_cast<double>(max_pixels) / 1e6));
  }
  return std::min(max_pixels, static_cast<std::uint64_t>(std::ceil(shown * MOST_ENLARGED_BY_HAND)) + 1);
}

}  // namespace

Pipeline::Pipeline(ModelCache& models, Metrics& metrics, const Options& options)
    : models_(models),
      metrics_(metrics),
      options_(options),
      budget_(options.picture_bytes),
      scanner_(without_model()) {}

void Pipeline::check(const Upload& upload) const {
  if (upload.bytes.empty()) throw ApiError(400, "not_a_picture", "the file is empty");
  const Sniffed kind = sniff(bytes_of(upload));
  if (kind.format == SourceFormat::none) {
    throw ApiError(400, "not_a_picture",
                   kind.description.empty() ? "the file is not a picture"
                                            : fmt::format("the file is {}, which is not read here", kind.description),
                   fmt::format("send a picture as {}", picture_kinds("or")));
  }
}

std::optional<PictureHeader> Pipeline::header_of(const Upload& upload) const {
  const auto header = read_header(bytes_of(upload));
  check_stopped();  // which read_header() takes for a file that cannot be read
  if (!header) return header;
  if (header->pixels() > options_.max_pixels) {
    throw ApiError(413, "too_many_pixels",
                   fmt::format("the picture has {} x {} pixels, more than {:.0f} million", header->width,
                               header->height, static_cast<double>(options_.max_pixels) / 1e6),
                   "send a smaller one; whoever runs the server sets the limit");
  }
  if (picture_memory(upload.bytes.size(), header, {}) > options_.picture_bytes) {
    throw ApiError(413, "too_many_pixels", "the picture takes more memory than there is for pictures",
                   "send a smaller one; whoever runs the server sets how much there is");
  }
  return header;
}

Image Pipeline::decode_upload(const Upload& upload, bool compat) const {
  DecodeOptions decoding;
  decoding.limits.max_pixels = options_.max_pixels;
  decoding.pillow_cmyk = compat;
  const TimedStop limit(options_.decode_time);
  const StopScope scope(limit.token());
  try {
    return decode(bytes_of(upload), decoding, "the picture");
  } catch (const Cancelled&) {
    if (!limit.late()) throw;
    throw ApiError(422, "too_slow_to_read",
                   fmt::format("the picture is not read within {:.3g} s",
                               std::chrono::duration<double>(options_.decode_time).count()),
                   "if a picture viewer opens it, save it anew from there");
  } catch (const Error& error) {
    throw ApiError(400, "damaged_picture", error.message(), error.hint());
  }
}

Picture Pipeline::remove(const Upload& upload, const RemoveRequest& request, const Task& task, const LayOut& lay_out,
                         const Upload* beside) {
  const StopScope scope(task.stop_token());
  const ModelCache::Loaded loaded = models_.get(request.model);
  const LoadedModel* const model = loaded.model.get();
  task.stop_if_cancelled();
  const RemoveOptions& options = request.options;
  check_finish(options, sees_several_classes(model->info(), options.look()));
  std::uint64_t needed = picture_memory(upload.bytes.size(), header_of(upload), options);
  if (beside) needed += picture_memory(beside->bytes.size(), header_of(*beside), {});
  const MemoryBudget::Share share(budget_, needed, task.stop_token());
  task.stop_if_cancelled();
  const LoadedModel::InHand in_hand(*model);
  Picture picture;
  picture.format = request.output.format;
  picture.queued = task.queued();
  name_model(loaded, picture);
  Stopwatch watch;
  Image decoded = decode_upload(upload, options.compat);
  const double decode_time = watch.lap();
  task.stop_if_cancelled();
  const Mask mask = model->see(decoded, options.look(), task.stop_token());
  task.stop_if_cancelled();
  Result cutout = finish(decoded, mask, options, in_hand.threads(), {task.stop_token()});
  decoded = {};
  picture.timings = cutout.timings;
  picture.timings.decode = decode_time;
  picture.subject = cutout.subject;
  picture.notes = std::move(cutout.notes);
  picture.crop = cutout.crop;
  if (lay_out) {
    watch.lap();
    cutout.image = lay_out(cutout, picture);
    picture.timings.postprocess += watch.lap();
  }
  cutout.mask = {};
  task.stop_if_cancelled();
  encode_into(picture, cutout.image, request.output, in_hand.threads());
  add_up(picture.timings);
  metrics_.picture(picture.model, picture.queued, picture.timings);
  return picture;
}

std::uint64_t Pipeline::reserve_page(const Upload& upload, ScanOptions& options) const {
  const auto header = header_of(upload);
  options.max_pixels = options_.max_pixels;
  if (!header) return upload.bytes.size();  // decoding will say why
  std::uint64_t page_pixels = header->pixels();
  if (options.corners) {
    guarded_corners(options, [&] { document::require_near(*options.corners, header->width, header->height); });
    options.max_pixels = page_pixels = most_page_pixels(*options.corners, options_.max_pixels);
  } else {
    options.max_pixels = std::min(options.max_pixels, MOST_ENLARGED * header->pixels());
  }
  const std::uint64_t needed = scan_memory(upload.bytes.size(), header, page_pixels);
  if (needed > options_.picture_bytes) throw page_too_large("the page takes more memory than there is for pictures");
  return needed;
}

ScannedPage Pipeline::scan(const Upload& upload, const ScanRequest& request, const Task& task) {
  const StopScope scope(task.stop_token());
  ModelCache::Loaded loaded;
  if (!request.options.corners && request.model != "none") {
    loaded = models_.get(request.model.empty() ? options_.scan_model : request.model);
  }
  task.stop_if_cancelled();
  ScanOptions options = request.options;
  const MemoryBudget::Share share(budget_, reserve_page(upload, options), task.stop_token());
  ScannedPage page;
  Picture& picture = page.picture;
  picture.format = request.output.format;
  picture.queued = task.queued();
  Stopwatch watch;
  const Image decoded = decode_upload(upload, false);
  picture.timings.decode = watch.lap();
  page.picture_width = decoded.width();
  page.picture_height = decoded.height();
  if (const LoadedModel* const model = loaded.model.get()) {
    const LoadedModel::InHand in_hand(*model);
    name_model(loaded, picture);
    Mask mask = model->see(decoded, {}, task.stop_token());
    options.mask = std::move(mask.image);
    picture.timings.preprocess = mask.timings.preprocess;
    picture.timings.inference = mask.timings.inference;
    task.stop_if_cancelled();
  }
  watch.lap();
  if (request.only_corners) {
    FindOptions find;
    find.least_confidence = options.least_confidence;
    find.shape = options.shape;
    PageSearch found = find_page(decoded, options.mask, find);
    page.result.status = found.status;
    page.result.page = found.page;
    page.result.others = std::move(found.others);
    page.result.reason = std::move(found.reason);
  } else {
    page.result = guarded_corners(options, [&] { return scanner_.scan(decoded, options, {task.stop_token()}); });
  }
  picture.timings.postprocess = watch.lap();
  task.stop_if_cancelled();
  if (!page.result.image.empty()) encode_into(picture, page.result.image, request.output, 0);
  page.result.image = {};
  page.result.mask = {};
  add_up(picture.timings);
  metrics_.picture(picture.model.empty() ? "none" : picture.model, picture.queued, picture.timings);
  return page;
}

}  // namespace peel::server
