#include "peel/remover.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "base/log.hpp"
#include "image/resample.hpp"
#include "image/srgb.hpp"
#include "inference/provider.hpp"
#include "inference/session.hpp"
#include "matting/cutout.hpp"
#include "matting/mask.hpp"
#include "matting/network_input.hpp"
#include "peel/error.hpp"
#include "remover/model_choice.hpp"

namespace peel {
namespace {

class Stopwatch {
 public:
  /// Milliseconds since it was made or last asked.
  double lap() {
    const auto now = std::chrono::steady_clock::now();
    return std::chrono::duration<double, std::milli>(now - std::exchange(last_, now)).count();
  }

 private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

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

std::vector<Device> devices_to_try(const Settings& settings) {
  if (settings.device == Device::automatic) {
    std::vector<Device> devices;
    if (settings.use_gpu && settings.use_tensorrt) devices.push_back(Device::tensorrt);
    if (settings.use_gpu) devices.push_back(Device::cuda);
    if (!settings.require_device || devices.empty()) devices.push_back(Device::cpu);
    return devices;
  }
  if (settings.require_device || settings.device == Device::cpu) return {settings.device};
  return {settings.device, Device::cpu};
}

void check(const Settings& settings) {
  if (settings.alpha_matting) {
    throw Error(ErrorCode::usage, "alpha matting is not in this version", "leave alpha_matting off");
  }
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
  if (settings.threads < 0) throw Error(ErrorCode::usage, fmt::format("threads {} is below 0", settings.threads));
}

struct Size {
  int width;
  int height;
};

// A network that leaves its size open gets the picture's proportions, at most max_size long, in multiples of 32: by
// that much the networks of this kind halve their maps five times.
Size input_size(const std::vector<std::int64_t>& shape, const ModelInfo& model, const Image& picture, int max_size) {
  const double scale = std::min(1.0, static_cast<double>(max_size) / std::max(picture.width(), picture.height()));
  const auto side = [&](std::int64_t fixed, int given, int size) {
    if (fixed > 0) return static_cast<int>(fixed);
    if (given > 0) return given;
    return std::max(32, static_cast<int>(std::lround(size * scale / 32.0)) * 32);
  };
  return {side(shape[3], model.input_width, picture.width()), side(shape[2], model.input_height, picture.height())};
}

}  // namespace

struct BackgroundRemover::Impl {
  Settings settings;
  ModelInfo model;
  Session session;
  SessionInfo info;

  static Impl make(Settings settings);
  SmallMask predict(const Image& picture, bool compat, Timings& timings, Stopwatch& watch) const;
  Image finish(const Image& picture, const Image& mask, const RemoveOptions& options) const;
};

BackgroundRemover::Impl BackgroundRemover::Impl::make(Settings settings) {
  check(settings);
  const ModelStore store = settings.model_folder ? ModelStore(*settings.model_folder) : ModelStore();
  ModelChoice choice = choose_model(settings, store);

  SessionOptions options;
  options.devices = devices_to_try(settings);
  options.threads = settings.threads;
  options.cache_graph = settings.cache_graph;
  if (settings.cache_graph) options.sha256 = store.sha256(choice.file);
  Session session(choice.file, options);

  SessionInfo info;
  info.model = choice.name;
  info.file = choice.file.string();
  info.provider = provider(session.device()).name;
  info.precision = choice.precision;
  info.threads = session.threads();
  info.fallbacks = std::move(choice.fallbacks);
  for (const auto& [device, reason] : session.skipped())
    info.fallbacks.push_back({std::string(provider(device).name), reason});
  log(LogLevel::info, "{} on {} ({}), {} threads", info.file, info.provider, info.precision, info.threads);
  return {std::move(settings), std::move(choice.info), std::move(session), std::move(info)};
}

SmallMask BackgroundRemover::Impl::predict(const Image& picture, bool compat, Timings& timings,
                                           Stopwatch& watch) const {
  const Size size = input_size(session.input_shape(), model, picture, settings.max_size);
  auto small = resample_rgb(picture.view(), size.width, size.height, settings.threads);
  // On the small copy, since it is a thousandth of the work; filtering and converting all but commute.
  if (!compat && !reads_like_srgb(picture.icc_profile())) profile_to_srgb(small, picture.icc_profile());
  const Tensor input = network_input(small, size.width, size.height, model.mean, model.std);
  timings.preprocess = watch.lap();
  const Tensor output = session.run(input);
  timings.inference = watch.lap();
  return saliency_to_mask(output, model.output, compat);
}

Image BackgroundRemover::Impl::finish(const Image& picture, const Image& mask, const RemoveOptions& options) const {
  const int threads = settings.threads;
  if (options.kind == RemoveOptions::Kind::mask) return mask;
  const auto* const color = std::get_if<Color>(&options.background);
  const auto* const ground = std::get_if<Image>(&options.background);
  Image result;
  if (options.kind == RemoveOptions::Kind::put_alpha) {
    result = put_alpha(picture, mask, threads);
  } else if (options.compat) {
    result = compat_cut_out(picture, mask, threads);
  } else {
    result = cut_out(picture, mask, threads);
  }
  if (color && options.compat && options.kind == RemoveOptions::Kind::cutout)
    return compat_over_color(result, *color, threads);
  if (color) return over_color(result, *color, threads);
  if (ground) return over_picture(result, *ground, threads);
  return result;
}

BackgroundRemover::BackgroundRemover(Settings settings)
    : impl_(std::make_unique<Impl>(Impl::make(std::move(settings)))) {}
BackgroundRemover::BackgroundRemover(BackgroundRemover&&) noexcept = default;
BackgroundRemover& BackgroundRemover::operator=(BackgroundRemover&&) noexcept = default;
BackgroundRemover::~BackgroundRemover() = default;

const SessionInfo& BackgroundRemover::session() const noexcept {
  return impl_->info;
}

Result BackgroundRemover::remove(const Image& picture, const RemoveOptions& options) const {
  if (picture.empty()) throw Error(ErrorCode::usage, "the picture is empty");
  if (const auto* ground = std::get_if<Image>(&options.background); ground && ground->empty()) {
    throw Error(ErrorCode::usage, "the background picture is empty");
  }
  if (options.crop_margin.value_or(0) < 0) throw Error(ErrorCode::usage, "the crop margin is below 0");
  Stopwatch whole;
  Stopwatch watch;
  Result result;
  const SmallMask small = impl_->predict(picture, options.compat, result.timings, watch);
  result.subject = small.subject;
  result.mask = full_size_mask(small, picture.width(), picture.height(), impl_->settings.threads);
  if (options.post_process_mask) result.mask = post_process_mask(result.mask, impl_->settings.threads);
  if (options.crop_margin) result.crop = subject_box(result.mask, *options.crop_margin);
  if (result.crop && (result.crop->width != picture.width() || result.crop->height != picture.height())) {
    result.image = impl_->finish(crop(picture, *result.crop), crop(result.mask, *result.crop), options);
  } else {
    result.image = impl_->finish(picture, result.mask, options);
  }
  result.timings.postprocess = watch.lap();
  result.timings.total = whole.lap();
  return result;
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

}  // namespace peel
