#include "peel/remover.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/held.hpp"
#include "base/log.hpp"
#include "base/parallel.hpp"
#include "base/stopwatch.hpp"
#include "image/image_data.hpp"
#include "image/resample.hpp"
#include "inference/provider.hpp"
#include "inference/session.hpp"
#include "inference/vulkan.hpp"
#include "mask/class_masks.hpp"
#include "mask/mask.hpp"
#include "peel/error.hpp"
#include "peel/matting.hpp"
#include "remover/complete.hpp"
#include "remover/model_choice.hpp"
#include "remover/picture_input.hpp"
#include "remover/segment_anything.hpp"

namespace peel {
namespace {

constexpr int LARGEST_BATCH = 64;

template <typename Decode>
Result remove_decoded(const BackgroundRemover& remover, const RemoveOptions& options, const Decode& decoded) {
  Stopwatch watch;
  const Image picture = decoded();
  const double decode_time = watch.lap();
  Result result = remover.remove(picture, options);
  result.timings.decode = decode_time;
  result.timings.total += decode_time;
  return result;
}

Arithmetic arithmetic_on(Device device, const Settings& settings, bool int8) {
  if (int8) return Arithmetic::int8;
  if (device == Device::cpu) return Arithmetic::fp32;
  // TensorRT without half precision gains little over CUDA, and a mask has 8 bits.
  const bool half = settings.precision == Precision::fp16 ||
                    (settings.precision == Precision::automatic && device == Device::tensorrt);
  return half ? Arithmetic::fp16 : Arithmetic::fp32;
}

std::vector<Candidate> candidates(const Settings& settings, bool int8) {
  std::vector<Device> devices;
  if (settings.device == Device::automatic) {
    if (settings.use_gpu && settings.use_tensorrt) devices.push_back(Device::tensorrt);
    if (settings.use_gpu) devices.push_back(Device::cuda);
    if (settings.use_gpu && kernel_has_gpu()) devices.push_back(Device::webgpu);
    if (!settings.require_device || devices.empty()) devices.push_back(Device::cpu);
  } else {
    devices.push_back(settings.device);
    if (!settings.require_device && settings.device != Device::cpu) devices.push_back(Device::cpu);
  }
  std::vector<Candidate> result;
  result.reserve(devices.size());
  for (const Device device : devices) result.push_back({device, arithmetic_on(device, settings, int8)});
  return result;
}

// A saliency is a probability, or what a sigmoid makes one of; a network of the user's own may have any scale.
SaneRange sane_range(const ModelInfo& model, bool by_path) {
  if (by_path) return {};
  return model.output == OutputKind::logits ? SaneRange{-1e4f, 1e4f} : SaneRange{-0.01f, 1.01f};
}

void check(const Settings& settings) {
  if (settings.max_size < 1) throw Error(ErrorCode::usage, fmt::format("max_size {} is below 1", settings.max_size));
  if (const auto& layout = settings.custom_layout) {
    const auto finite = [](double value) { return std::isfinite(value); };
    const auto divides = [](double value) { return std::isnormal(value); };
    if (!std::ranges::all_of(layout->mean, finite) || !std::ranges::all_of(layout->std, divides)) {
      throw Error(ErrorCode::usage, "a custom model's mean must be numbers, its std numbers other than 0");
    }
    if (std::min(layout->input_width, layout->input_height) < 0 ||
        std::max(layout->input_width, layout->input_height) > LARGEST_INPUT_SIDE) {
      throw Error(ErrorCode::usage, fmt::format("a custom model's input of {} x {} pixels is outside 0 to {}",
                                                layout->input_width, layout->input_height, LARGEST_INPUT_SIDE));
    }
  }
  if (settings.batch < 1 || settings.batch > LARGEST_BATCH) {
    throw Error(ErrorCode::usage, fmt::format("a batch of {} is outside 1 to {}", settings.batch, LARGEST_BATCH));
  }
}

void note_half_refused(const Settings& settings, const std::string& reason, SessionInfo& info) {
  if (settings.require_device) throw Error(ErrorCode::device, "half precision: " + reason, "leave the precision open");
  info.fallbacks.push_back({"fp16", reason});
}

}  // namespace

struct BackgroundRemover::Impl {
  Settings settings;
  ModelInfo model;
  std::optional<Session> session;
  std::optional<SegmentAnything> prompted;  // instead of it
  SessionInfo info;

  static Impl make(Settings settings);
  static Impl make_prompted(Settings settings, ModelChoice choice);
  std::vector<SmallMask> predict(std::span<const Image> pictures, const RemoveOptions& options,
                                 std::span<Result> results) const;
  SmallMask to_mask(const Tensor& output, const Image& picture, const RemoveOptions& options) const;
};

// rembg's files are exported for the CPU, and rembg runs them there.
BackgroundRemover::Impl BackgroundRemover::Impl::make_prompted(Settings settings, ModelChoice choice) {
  const std::string reason = "Segment Anything runs on the CPU";
  SessionInfo info;
  info.fallbacks = std::move(choice.fallbacks);
  for (const Candidate& candidate : candidates(settings, false)) {
    if (candidate.device == Device::cpu) continue;
    if (settings.require_device) throw Error(ErrorCode::device, reason, "leave the device to peel, or name cpu");
    info.fallbacks.push_back({std::string(provider(candidate.device).name), reason});
  }
  if (settings.precision == Precision::fp16) note_half_refused(settings, "a CPU computes in fp32", info);
  if (settings.batch > 1) info.fallbacks.push_back({"batch", "Segment Anything takes one picture at a time"});
  settings.batch = 1;
  info.threads = settings.threads > 0 ? settings.threads : physical_cores();
  SegmentAnything network(choice.file, choice.decoder, choice.info, info.threads);

  info.model = choice.name;
  info.file = choice.file.string();
  info.provider = provider(Device::cpu).name;
  info.precision = name_of(Arithmetic::fp32);
  info.input_width = network.input_width();
  info.input_height = network.input_height();
  info.output = OutputKind::prompted;
  log(LogLevel::info, "{} and its decoder on the CPU, {} threads", info.file, info.threads);
  return {std::move(settings), std::move(choice.info), std::nullopt, std::move(network), std::move(info)};
}

BackgroundRemover::Impl BackgroundRemover::Impl::make(Settings settings) {
  check(settings);
  settings.threads = checked_threads(settings.threads);
  const ModelStore store(settings.model_folder);
  ModelChoice choice = choose_model(settings, store);
  if (choice.info.output == OutputKind::prompted) return make_prompted(std::move(settings), std::move(choice));

  SessionOptions options;
  options.candidates = candidates(settings, choice.int8);
  options.threads = settings.threads;
  options.batch = settings.batch;
  options.cache_graph = settings.cache_graph;
  options.sane_range = sane_range(choice.info, choice.name != choice.info.name);
  options.check_apart = true;
  options.software_gpu = settings.device == Device::webgpu;
  if (settings.cache_graph) options.sha256 = store.sha256(choice.file);
  Session session(choice.file, options);
  const auto& shape = session.input_shape();
  if (settings.batch > 1 &&
      ((shape[2] < 0 && choice.info.input_height == 0) || (shape[3] < 0 && choice.info.input_width == 0))) {
    throw Error(ErrorCode::usage, fmt::format("{} takes pictures of any size, and so no batch of them", choice.name),
                "leave the batch at 1");
  }

  SessionInfo info;
  info.model = choice.name;
  info.file = choice.file.string();
  info.provider = provider(session.device()).name;
  info.precision = name_of(session.arithmetic());
  info.threads = session.threads();
  info.batch = settings.batch;
  info.input_width = static_cast<int>(std::max<std::int64_t>(shape[3], choice.info.input_width));
  info.input_height = static_cast<int>(std::max<std::int64_t>(shape[2], choice.info.input_height));
  info.output = choice.info.output;
  info.fallbacks = std::move(choice.fallbacks);
  for (const auto& [device, reason] : session.skipped())
    info.fallbacks.push_back({std::string(provider(device).name), reason});
  if (settings.precision == Precision::fp16 && session.arithmetic() != Arithmetic::fp16) {
    note_half_refused(settings, session.device() == Device::cpu ? "a CPU computes in fp32" : session.half_refused(),
                      info);
  }
  info.shares = session.shares();
  log(LogLevel::info, "{} on {} ({}), {} threads", info.file, info.provider, info.precision, info.threads);
  return {std::move(settings), std::move(choice.info), std::move(session), std::nullopt, std::move(info)};
}

SmallMask BackgroundRemover::Impl::to_mask(const Tensor& output, const Image& picture,
                                           const RemoveOptions& options) const {
  if (model.output != OutputKind::classes) return saliency_to_mask(output, model.output, options.compat);
  if (!options.compat) return clothes_mask(output, options.category);
  return compat_clothes_mask(output, options.category, picture.width(), picture.height(), settings.threads);
}

// One run of the network: as many pictures as it takes, or fewer.
std::vector<SmallMask> BackgroundRemover::Impl::predict(std::span<const Image> pictures, const RemoveOptions& options,
                                                        std::span<Result> results) const {
  std::vector<SmallMask> masks;
  if (prompted) {
    const Image& picture = pictures.front();
    masks.push_back(
        prompted->mask(picture, options.prompts, options.compat, settings.threads, results.front().timings));
    return masks;
  }
  Stopwatch watch;
  Tensor batch;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    const Image& picture = pictures[i];
    Tensor input =
        picture_input(picture, model, session->input_shape(), settings.max_size, settings.threads, options.compat);
    if (settings.batch == 1) {
      batch = std::move(input);
    } else {
      batch.values.insert(batch.values.end(), input.values.begin(), input.values.end());
      batch.shape = std::move(input.shape);
      batch.shape[0] = settings.batch;
    }
    results[i].timings.preprocess = watch.lap();
  }
  const auto taken = static_cast<std::size_t>(settings.batch);
  if (taken > 1) batch.values.resize(batch.values.size() / pictures.size() * taken);
  Tensor output = session->run(batch);
  const double share = watch.lap() / static_cast<double>(pictures.size());
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    results[i].timings.inference = share;
    if (taken == 1) {
      masks.push_back(to_mask(output, pictures[i], options));
      continue;
    }
    if (output.shape.empty() || output.shape[0] != settings.batch) {
      throw Error(
          ErrorCode::model,
          fmt::format("{} gives {} for a batch of {}", info.file, fmt::join(output.shape, " x "), settings.batch),
          "leave the batch at 1");
    }
    Tensor one;
    one.shape = output.shape;
    one.shape[0] = 1;
    const auto size = static_cast<std::ptrdiff_t>(output.values.size() / taken);
    const auto first = output.values.begin() + static_cast<std::ptrdiff_t>(i) * size;
    one.values.assign(first, first + size);
    masks.push_back(to_mask(one, pictures[i], options));
  }
  return masks;
}

namespace {

/// What is asked for that only another model can give.
void check(const SessionInfo& session, const RemoveOptions& options) {
  if (!options.prompts.empty() && session.output != OutputKind::prompted) {
    throw Error(ErrorCode::usage, fmt::format("{} takes no prompts: it finds what stands out by itself", session.model),
                "prompts are for the model sam");
  }
  if (options.category == RemoveOptions::Category::all) {
    if (session.output == OutputKind::classes && options.compat && options.crop_margin) {
      throw Error(ErrorCode::usage, "three cut-outs in one, as rembg makes them, cannot be cropped",
                  "choose a category, or leave compat off");
    }
  } else if (session.output != OutputKind::classes) {
    throw Error(ErrorCode::usage, fmt::format("{} knows no categories of clothes", session.model),
                "they are for the model u2net_cloth_seg");
  }
}

}  // namespace

BackgroundRemover::BackgroundRemover(Settings settings)
    : impl_(std::make_unique<Impl>(Impl::make(std::move(settings)))) {}
BackgroundRemover::BackgroundRemover(BackgroundRemover&&) noexcept = default;
BackgroundRemover& BackgroundRemover::operator=(BackgroundRemover&&) noexcept = default;
BackgroundRemover::~BackgroundRemover() = default;

const SessionInfo& BackgroundRemover::session() const noexcept {
  static const SessionInfo NONE;
  return impl_ ? impl_->info : NONE;
}

Result BackgroundRemover::remove(const Image& picture, const RemoveOptions& options) const {
  return std::move(remove(std::span(&picture, 1), options).front());
}

std::vector<Result> BackgroundRemover::remove(std::span<const Image> pictures, const RemoveOptions& options) const {
  const Impl& impl = held(impl_);
  check(pictures, options);
  check(impl.info, options);
  if (impl.settings.alpha_matting && !options.alpha_matting) {
    RemoveOptions matting = options;
    matting.alpha_matting = true;
    return remove(pictures, matting);
  }
  std::vector<Result> results(pictures.size());
  const auto batch = static_cast<std::size_t>(impl.settings.batch);
  for (std::size_t first = 0; first < pictures.size(); first += batch) {
    const auto part = pictures.subspan(first, std::min(batch, pictures.size() - first));
    const auto masks = impl.predict(part, options, std::span(results).subspan(first, part.size()));
    for (std::size_t i = 0; i < part.size(); ++i) {
      complete(part[i], masks[i], options, impl.settings.threads, results[first + i]);
    }
  }
  return results;
}

Result BackgroundRemover::remove(const PixelView& pixels, const RemoveOptions& options) const {
  return remove(Image::from_pixels(pixels), options);
}

Result BackgroundRemover::remove(std::span<const std::byte> bytes, const RemoveOptions& options,
                                 const DecodeLimits& limits) const {
  return remove_decoded(*this, options, [&] { return decode(bytes, {limits, options.compat}); });
}

Result BackgroundRemover::remove(const std::filesystem::path& file, const RemoveOptions& options,
                                 const DecodeLimits& limits) const {
  return remove_decoded(*this, options, [&] { return load_image(file, {limits, options.compat}); });
}

Result apply_mask(const Image& picture, const Image& mask, const RemoveOptions& options, int threads) {
  check({&picture, 1}, options);
  if (mask.empty() || mask.format() != PixelFormat::gray8) {
    throw Error(ErrorCode::usage, "a mask must have one channel of 8 bits");
  }
  SmallMask small{mask.width(), mask.height(), {}, false};
  const auto width = static_cast<std::size_t>(mask.width());
  small.values.reserve(width * static_cast<std::size_t>(mask.height()));
  for (std::ptrdiff_t y = 0; y < mask.height(); ++y) {
    const auto* row = reinterpret_cast<const std::uint8_t*>(mask.data()) + y * mask.stride();
    small.values.insert(small.values.end(), row, row + width);
  }
  small.subject = holds_subject(mask);
  Result result;
  complete(picture, small, options, threads, result);
  return result;
}

Result apply_trimap(const Image& picture, const Image& trimap, const RemoveOptions& options, int threads) {
  check({&picture, 1}, options);
  if (trimap.empty() || trimap.format() != PixelFormat::gray8) {
    throw Error(ErrorCode::usage, "a trimap must have one channel of 8 bits");
  }
  Stopwatch watch;
  auto full = std::make_shared<Image::Data>(picture.width(), picture.height(), PixelFormat::gray8);
  resample_gray(reinterpret_cast<const std::uint8_t*>(trimap.data()), trimap.width(), trimap.height(),
                full->row<std::uint8_t>(0), picture.width(), picture.height(), threads);
  const bool exact = options.matting.exact || options.compat;
  const AlphaEstimate estimate = estimate_alpha(picture, Image(std::move(full)), exact, threads);
  const double solving = watch.lap();
  RemoveOptions rest = options;
  rest.refine = false;
  rest.alpha_matting = false;
  // With put_alpha every colour is kept, unless it is asked for. Alpha is straight, also in rembg.
  rest.decontaminate = options.decontaminate || options.kind == RemoveOptions::Kind::cutout;
  rest.compat = false;
  Result result = apply_mask(picture, estimate.alpha, rest, threads);
  result.timings.postprocess += solving;
  result.timings.total += solving;
  if (!estimate.solved) {
    result.notes.push_back(fmt::format("no alpha matting: {}; the trimap is taken as the mask", estimate.note));
  } else if (!estimate.note.empty()) {
    result.notes.push_back(fmt::format("alpha matting {}", estimate.note));
  }
  return result;
}

}  // namespace peel
