#include "peel/remover.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/control.hpp"
#include "base/held.hpp"
#include "base/log.hpp"
#include "base/parallel.hpp"
#include "base/stopwatch.hpp"
#include "inference/engine_choice.hpp"
#include "inference/openvino.hpp"
#include "inference/provider.hpp"
#include "inference/session.hpp"
#include "inference/vulkan.hpp"
#include "mask/class_masks.hpp"
#include "mask/mask.hpp"
#include "options/limits.hpp"
#include "peel/error.hpp"
#include "remover/finish.hpp"
#include "remover/model_choice.hpp"
#include "remover/picture_input.hpp"
#include "remover/segment_anything.hpp"

namespace peel {
namespace {

template <typename Decode>
Result remove_decoded(const BackgroundRemover& remover, const RemoveOptions& options, const Control& control,
                      const Decode& decoded) {
  begin_step(control, "decoding", 0, 1);
  Stopwatch watch;
  const Image picture = decoded();
  const double decode_time = watch.lap();
  Result result = remover.remove(picture, options, control);
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

bool on_cpu_alone(const Settings& settings) {
  return settings.device == Device::cpu ||
         (settings.device == Device::automatic && settings.engine == Engine::openvino);
}

std::vector<Candidate> candidates(const Settings& settings, bool int8, Engine on_cpu) {
  std::vector<Device> devices;
  if (on_cpu_alone(settings)) {
    devices.push_back(Device::cpu);
  } else if (settings.device == Device::automatic) {
    if (settings.use_tensorrt) devices.push_back(Device::tensorrt);
    devices.push_back(Device::cuda);
    if (kernel_has_gpu()) devices.push_back(Device::webgpu);
    if (!settings.require_device) devices.push_back(Device::cpu);
  } else {
    devices.push_back(settings.device);
    if (!settings.require_device) devices.push_back(Device::cpu);
  }
  std::vector<Candidate> result;
  for (const Device device : devices) {
    const Arithmetic arithmetic = arithmetic_on(device, settings, int8);
    if (device == Device::cpu && on_cpu == Engine::openvino) {
      result.push_back({device, arithmetic, Engine::openvino});
      if (settings.require_device && settings.engine == Engine::openvino) continue;
    }
    result.push_back({device, arithmetic});
  }
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
        std::max(layout->input_width, layout->input_height) > options::LARGEST_INPUT_SIDE) {
      throw Error(ErrorCode::usage,
                  fmt::format("a custom model's input of {} x {} pixels is outside 0 to {}", layout->input_width,
                              layout->input_height, options::LARGEST_INPUT_SIDE));
    }
  }
  if (settings.runs < 1) throw Error(ErrorCode::usage, fmt::format("{} runs at a time are below 1", settings.runs));
  if (settings.batch < 1 || settings.batch > options::LARGEST_BATCH) {
    throw Error(ErrorCode::usage,
                fmt::format("a batch of {} is outside 1 to {}", settings.batch, options::LARGEST_BATCH));
  }
}

void note_half_refused(const Settings& settings, const std::string& reason, SessionInfo& info) {
  if (settings.require_device) throw Error(ErrorCode::device, "half precision: " + reason, "leave the precision open");
  info.fallbacks.push_back({"fp16", reason});
}

// Of an engine that was named, and cannot be taken for what is to be done.
void note_openvino_refused(const Settings& settings, const std::string& reason, SessionInfo& info) {
  if (settings.engine != Engine::openvino) return;
  if (settings.require_device) throw Error(ErrorCode::device, "openvino: " + reason, "leave the engine open");
  info.fallbacks.push_back({"openvino", reason});
}

/// A session made when it is first asked for.
class LateSession {
 public:
  LateSession(std::filesystem::path file, SessionOptions options)
      : file_(std::move(file)), options_(std::move(options)) {}
  const Session& get() {
    std::call_once(made_, [this] { session_.emplace(file_, options_); });
    return *session_;
  }

 private:
  std::filesystem::path file_;
  SessionOptions options_;
  std::once_flag made_;
  std::optional<Session> session_;
};

}  // namespace

struct BackgroundRemover::Impl {
  Settings settings;
  ModelInfo model;
  std::optional<Session> session;
  /// Beside a session of OpenVINO's, ONNX Runtime's for calls that ask for rembg's bytes.
  std::unique_ptr<LateSession> compat_session;
  std::optional<SegmentAnything> prompted;  // instead of it
  SessionInfo info;

  static Impl make(Settings settings);
  static Impl make_prompted(Settings settings, ModelChoice choice);
  std::vector<Mask> run_network(std::span<const Image> pictures, const Look& look) const;
  const Session& session_for(const Look& look) const {
    return look.compat && compat_session ? compat_session->get() : *session;
  }
  Mask to_mask(const Tensor& output, const Image& picture, const Look& look) const;
};

// rembg's files are exported for the CPU, and rembg runs them there.
BackgroundRemover::Impl BackgroundRemover::Impl::make_prompted(Settings settings, ModelChoice choice) {
  const std::string reason = "Segment Anything runs on the CPU";
  SessionInfo info;
  info.fallbacks = std::move(choice.fallbacks);
  note_openvino_refused(settings, "Segment Anything runs on ONNX Runtime", info);
  for (const Candidate& candidate : candidates(settings, false, Engine::onnxruntime)) {
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
  info.engine = name_of(Engine::onnxruntime);
  info.engine_version = runtime_info().version;
  info.precision = name_of(Arithmetic::fp32);
  info.input_width = network.input_width();
  info.input_height = network.input_height();
  info.output = OutputKind::prompted;
  log(LogLevel::info, "{} and its decoder on the CPU, {} threads", info.file, info.threads);
  return {std::move(settings), std::move(choice.info), std::nullopt, nullptr, std::move(network), std::move(info)};
}

BackgroundRemover::Impl BackgroundRemover::Impl::make(Settings settings) {
  check(settings);
  settings.threads = checked_threads(settings.threads);
  const ModelStore store(settings.model_folder);
  ModelChoice choice = choose_model(settings, store);
  if (choice.info.output == OutputKind::prompted) return make_prompted(std::move(settings), std::move(choice));

  SessionInfo info;
  SessionOptions options;
  options.threads = settings.threads > 0 ? settings.threads : physical_cores();
  options.batch = settings.batch;
  options.runs = settings.runs;
  options.cache_graph = settings.cache_graph;
  options.sane_range = sane_range(choice.info, choice.name != choice.info.name);
  options.check_apart = true;
  options.software_gpu = settings.device == Device::webgpu;
  if (settings.cache_graph) options.sha256 = store.sha256(choice.file);
  Engine on_cpu = settings.engine;
  if (on_cpu == Engine::automatic) {
    const EngineChoice chosen = choose_engine(
        {choice.file, options.sha256, options.threads, arithmetic_on(Device::cpu, settings, choice.int8)});
    on_cpu = chosen.engine;
    log(LogLevel::info, "{} would compute on the CPU: {}", name_of(on_cpu), chosen.reason);
  }
  options.candidates = candidates(settings, choice.int8, on_cpu);
  if (options.candidates.front().device != Device::cpu) note_openvino_refused(settings, "it computes on the CPU", info);
  Session session(choice.file, options);
  const auto& shape = session.input_shape();
  if (settings.batch > 1 &&
      ((shape[2] < 0 && choice.info.input_height == 0) || (shape[3] < 0 && choice.info.input_width == 0))) {
    throw Error(ErrorCode::usage, fmt::format("{} takes pictures of any size, and so no batch of them", choice.name),
                "leave the batch at 1");
  }

  info.model = choice.name;
  info.file = choice.file.string();
  info.provider = provider(session.device()).name;
  info.engine = name_of(session.engine());
  info.engine_version = (session.engine() == Engine::openvino ? openvino_info() : runtime_info()).version;
  info.precision = name_of(session.arithmetic());
  info.threads = session.threads();
  info.batch = settings.batch;
  info.input_width = static_cast<int>(std::max<std::int64_t>(shape[3], choice.info.input_width));
  info.input_height = static_cast<int>(std::max<std::int64_t>(shape[2], choice.info.input_height));
  info.output = choice.info.output;
  std::ranges::move(choice.fallbacks, std::back_inserter(info.fallbacks));
  for (const auto& [name, reason] : session.skipped()) info.fallbacks.push_back({name, reason});
  if (settings.precision == Precision::fp16 && session.arithmetic() != Arithmetic::fp16) {
    note_half_refused(settings, session.device() == Device::cpu ? "a CPU computes in fp32" : session.half_refused(),
                      info);
  }
  info.shares = session.shares();
  std::unique_ptr<LateSession> compat_session;
  if (session.engine() == Engine::openvino) {
    options.candidates = {{Device::cpu, session.arithmetic()}};
    compat_session = std::make_unique<LateSession>(choice.file, options);
  }
  log(LogLevel::info, "{} on {} ({}, {}), {} threads", info.file, info.provider, info.engine, info.precision,
      info.threads);
  return {std::move(settings),       std::move(choice.info), std::move(session),
          std::move(compat_session), std::nullopt,           std::move(info)};
}

Mask BackgroundRemover::Impl::to_mask(const Tensor& output, const Image& picture, const Look& look) const {
  if (model.output != OutputKind::classes) return saliency_to_mask(output, model.output, look.compat);
  if (!look.compat) return clothes_mask(output, look.category);
  return compat_clothes_mask(output, look.category, picture.width(), picture.height(), settings.threads);
}

// One run: as many pictures as it takes, or fewer.
std::vector<Mask> BackgroundRemover::Impl::run_network(std::span<const Image> pictures, const Look& look) const {
  if (prompted) return {prompted->mask(pictures.front(), look.prompts, look.compat, settings.threads)};
  Stopwatch watch;
  Tensor batch;
  std::vector<double> preprocess_times;
  for (const Image& picture : pictures) {
    Tensor input =
        picture_input(picture, model, session->input_shape(), settings.max_size, settings.threads, look.compat);
    if (settings.batch == 1) {
      batch = std::move(input);
    } else {
      batch.values.insert(batch.values.end(), input.values.begin(), input.values.end());
      batch.shape = std::move(input.shape);
      batch.shape[0] = settings.batch;
    }
    preprocess_times.push_back(watch.lap());
  }
  const auto places = static_cast<std::size_t>(settings.batch);
  if (places > 1) batch.values.resize(batch.values.size() / pictures.size() * places);
  Tensor output = session_for(look).run(batch);
  const double inference_time = watch.lap() / static_cast<double>(pictures.size());
  if (places > 1 && (output.shape.empty() || output.shape[0] != settings.batch)) {
    throw Error(ErrorCode::model,
                fmt::format("{} gives {} for a batch of {}", info.file, fmt::join(output.shape, " x "), settings.batch),
                "leave the batch at 1");
  }
  std::vector<Mask> masks;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    Tensor one;
    if (places > 1) {
      one.shape = output.shape;
      one.shape[0] = 1;
      const auto size = static_cast<std::ptrdiff_t>(output.values.size() / places);
      const auto first = output.values.begin() + static_cast<std::ptrdiff_t>(i) * size;
      one.values.assign(first, first + size);
    }
    masks.push_back(to_mask(places > 1 ? one : output, pictures[i], look));
    masks.back().timings = {.preprocess = preprocess_times[i], .inference = inference_time, .postprocess = watch.lap()};
  }
  return masks;
}

namespace {

/// What only another model can give.
void check(const SessionInfo& session, const Look& look) {
  if (!look.prompts.empty() && session.output != OutputKind::prompted) {
    throw Error(ErrorCode::usage, fmt::format("{} takes no prompts: it finds what stands out by itself", session.model),
                "prompts are for the model sam");
  }
  if (look.category != Category::all && session.output != OutputKind::classes) {
    throw Error(ErrorCode::usage, fmt::format("{} knows no categories of clothes", session.model),
                "they are for the model u2net_cloth_seg");
  }
}

}  // namespace

Settings BasicSettings::settings() const {
  Settings settings;
  settings.model_name = model_name;
  settings.max_size = max_size;
  settings.device = use_gpu ? Device::automatic : Device::cpu;
  settings.use_tensorrt = use_tensorrt;
  settings.precision = use_int8 ? Precision::int8 : Precision::automatic;
  return settings;
}

RemoveOptions BasicSettings::options() const {
  RemoveOptions options;
  options.alpha_matting = alpha_matting;
  return options;
}

BackgroundRemover::BackgroundRemover(Settings settings)
    : impl_(std::make_unique<Impl>(Impl::make(std::move(settings)))) {}
BackgroundRemover::BackgroundRemover(BackgroundRemover&&) noexcept = default;
BackgroundRemover& BackgroundRemover::operator=(BackgroundRemover&&) noexcept = default;
BackgroundRemover::~BackgroundRemover() = default;

const SessionInfo& BackgroundRemover::session() const noexcept {
  static const SessionInfo NONE;
  return impl_ ? impl_->info : NONE;
}

std::vector<Mask> BackgroundRemover::see(std::span<const Image> pictures, const Look& look,
                                         const Control& control) const {
  const Impl& impl = held(impl_);
  const StopScope scope(control.stop);
  std::ranges::for_each(pictures, check_picture);
  check(impl.info, look);
  std::vector<Mask> masks;
  const auto batch = static_cast<std::size_t>(impl.settings.batch);
  for (std::size_t first = 0; first < pictures.size(); first += batch) {
    begin_step(control, "network", first, pictures.size());
    std::ranges::move(impl.run_network(pictures.subspan(first, std::min(batch, pictures.size() - first)), look),
                      std::back_inserter(masks));
  }
  return masks;
}

Mask BackgroundRemover::see(const Image& picture, const Look& look, const Control& control) const {
  return std::move(see(std::span(&picture, 1), look, control).front());
}

std::vector<Result> BackgroundRemover::remove(std::span<const Image> pictures, const RemoveOptions& options,
                                              const Control& control) const {
  const Impl& impl = held(impl_);
  // Before the network runs.
  check_finish(options, sees_several_classes(impl.info, options.look()));
  check_into(options, pictures);
  const std::vector<Mask> masks = see(pictures, options.look(), control);
  std::vector<Result> results;
  Control own{control.stop, {}};
  if (control.progress) {
    own.progress = [&](const Progress& step) { control.progress({step.what, results.size(), pictures.size()}); };
  }
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    results.push_back(finish(pictures[i], masks[i], options, impl.settings.threads, own));
  }
  return results;
}

Result BackgroundRemover::remove(const Image& picture, const RemoveOptions& options, const Control& control) const {
  return std::move(remove(std::span(&picture, 1), options, control).front());
}

Result BackgroundRemover::remove(const PixelView& pixels, const RemoveOptions& options, const Control& control) const {
  return remove(Image::from_pixels(pixels), options, control);
}

Result BackgroundRemover::remove(ByteView bytes, const RemoveOptions& options, const DecodeLimits& limits,
                                 const Control& control) const {
  return remove_decoded(*this, options, control, [&] { return decode(bytes, {limits, options.compat}); });
}

Result BackgroundRemover::remove(const std::filesystem::path& file, const RemoveOptions& options,
                                 const DecodeLimits& limits, const Control& control) const {
  return remove_decoded(*this, options, control, [&] { return load_image(file, {limits, options.compat}); });
}

}  // namespace peel
