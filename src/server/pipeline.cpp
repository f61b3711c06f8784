#include "server/pipeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "base/stopwatch.hpp"
#include "image/header.hpp"
#include "image/sniff.hpp"
#include "peel/error.hpp"
#include "peel/picture_kinds.hpp"
#include "pool/memory_need.hpp"
#include "remover/finish.hpp"
#include "server/api_error.hpp"

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

/// Corners of another picture, or of a smaller copy of this one, would make a page of its repeated edge.
void require_inside(const Corners& corners, const Image& picture) {
  const auto [left, right] = std::ranges::minmax(corners, {}, &Point::x);
  const auto [top, bottom] = std::ranges::minmax(corners, {}, &Point::y);
  if (right.x > 0 && bottom.y > 0 && left.x < picture.width() && top.y < picture.height()) return;
  throw bad_parameter(
      "corners",
      fmt::format("all of the page is outside the picture of {} x {} pixels", picture.width(), picture.height()),
      "give them in pixels of the upright picture");
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
  const auto header = read_header(bytes_of(upload));
  if (!header) return;
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
}

Image Pipeline::decode_upload(const Upload& upload, bool compat) const {
  DecodeOptions decoding;
  decoding.limits.max_pixels = options_.max_pixels;
  decoding.pillow_cmyk = compat;
  try {
    return decode(bytes_of(upload), decoding, "the picture");
  } catch (const Error& error) {
    throw ApiError(400, "damaged_picture", error.message(), error.hint());
  }
}

Picture Pipeline::remove(const Upload& upload, const RemoveRequest& request, const Task& task, const LayOut& lay_out,
                         const Upload* beside) {
  const ModelCache::Loaded loaded = models_.get(request.model);
  const LoadedModel* const model = loaded.model.get();
  task.stop_if_cancelled();
  const RemoveOptions& options = request.options;
  check_finish(options, sees_several_classes(model->info(), options.look()));
  std::uint64_t needed = picture_memory(upload.bytes.size(), read_header(bytes_of(upload)), options);
  if (beside) needed += picture_memory(beside->bytes.size(), read_header(bytes_of(*beside)), {});
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

ScannedPage Pipeline::scan(const Upload& upload, const ScanRequest& request, const Task& task) {
  ModelCache::Loaded loaded;
  if (!request.options.corners && request.model != "none") {
    loaded = models_.get(request.model.empty() ? options_.scan_model : request.model);
  }
  task.stop_if_cancelled();
  const MemoryBudget::Share share(budget_, picture_memory(upload.bytes.size(), read_header(bytes_of(upload)), {}),
                                  task.stop_token());
  ScannedPage page;
  Picture& picture = page.picture;
  picture.format = request.output.format;
  picture.queued = task.queued();
  Stopwatch watch;
  const Image decoded = decode_upload(upload, false);
  picture.timings.decode = watch.lap();
  page.picture_width = decoded.width();
  page.picture_height = decoded.height();
  ScanOptions options = request.options;
  if (options.corners) require_inside(*options.corners, decoded);
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
    page.result = scanner_.scan(decoded, options, {task.stop_token()});
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
