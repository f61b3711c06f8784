#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include "base/stopwatch.hpp"
#include "commands/commands.hpp"
#include "commands/cutout_options.hpp"
#include "commands/frame_files.hpp"
#include "commands/frame_pipeline.hpp"
#include "commands/interrupt.hpp"
#include "commands/lazy_model.hpp"
#include "commands/network_settings.hpp"
#include "commands/output_format.hpp"
#include "commands/picture_files.hpp"
#include "commands/session_report.hpp"
#include "peel/error.hpp"
#include "peel/image.hpp"
#include "peel/providers.hpp"
#include "peel/remover.hpp"
#include "peel/video.hpp"
#include "report.hpp"

namespace peel::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

bool to_standard_output(const Files& files) {
  return files.output.empty() || files.output == "-";
}

/// What can be told to be wrong before anything is read.
void check_streams(const Given& given, bool json) {
  if (isatty(STDIN_FILENO) != 0) {
    throw Error(ErrorCode::usage, "no frames on standard input, which is a terminal",
                "peel help stream shows how to give them");
  }
  if (!to_standard_output(given.make<Files>())) return;
  if (json) {
    throw Error(ErrorCode::usage, "with --json standard output holds the JSON object",
                "write the frames to files: -o out-%05u.png");
  }
  if (isatty(STDOUT_FILENO) != 0) {
    throw Error(ErrorCode::usage, "a terminal cannot show raw frames",
                "redirect standard output, or write files: -o out-%05u.png");
  }
  if (given.has("format") || given.has("quality")) {
    throw Error(ErrorCode::usage, "frames on standard output are raw: --format and --quality are for files",
                "write files: -o out-%05u.png");
  }
}

/// Cores that are not given out are taken: by default one frame to each, which gives more frames a second than all
/// cores on one frame.
struct CoreShare {
  int jobs;
  int threads;  ///< of each
};
CoreShare share_of_cores(int jobs, int threads) {
  const int cores = cpu_info().physical_cores;
  if (threads == 0) threads = jobs == 0 ? 1 : std::max(1, cores / jobs);
  return {jobs == 0 ? std::max(1, cores / threads) : jobs, threads};
}

FileFormat format_for(const Files& files, Console& console) {
  std::vector<std::string> warnings;
  const FileFormat format = output_format(files, files.output, FileFormat::png, warnings);
  for (const std::string& warning : warnings) console.warn(warning);
  return format;
}

RemoveOptions options_for(const Given& given, FileFormat format) {
  const Files files = given.make<Files>();
  const StreamChoices choices = given.make<StreamChoices>();
  RemoveOptions options = cutout_options(given, DecodeOptions{});
  if (!to_standard_output(files)) lay_ground_for(format, options);
  if (std::holds_alternative<Image>(options.background) && options.kind != RemoveOptions::Kind::mask) {
    // Brought to the frames' size once, by laying it under a frame of which nothing stays.
    const std::vector<std::byte> black(3 * static_cast<std::size_t>(choices.width) *
                                       static_cast<std::size_t>(choices.height));
    const Image frame = Image::from_pixels(
        {black.data(), choices.width, choices.height, 3 * std::ptrdiff_t{choices.width}, PixelFormat::rgb8});
    RemoveOptions ground_alone;
    ground_alone.background = options.background;
    options.background =
        apply_mask(frame, Image::from_pixels({black.data(), 1, 1, 1, PixelFormat::gray8}), ground_alone).image;
  }
  return options;
}

enum class Stage { read, preprocess, inference, smooth, postprocess, encode, write };
constexpr std::array<std::string_view, 7> STAGES{"read",        "preprocess", "inference", "smooth",
                                                 "postprocess", "encode",     "write"};

/// Milliseconds by stage, of all frames together. From any thread.
class StageTimes {
 public:
  void add(Stage stage, double milliseconds) {
    const std::scoped_lock lock(mutex_);
    sums_[static_cast<std::size_t>(stage)] += milliseconds;
  }
  /// Of one frame.
  double mean(std::size_t stage, std::uint64_t frames) const {
    return frames == 0 ? 0 : sums_[stage] / static_cast<double>(frames);
  }

 private:
  std::mutex mutex_;
  std::array<double, STAGES.size()> sums_{};
};

/// Numbered files for the frames.
class FrameFiles {
 public:
  /// Makes their folder. Throws Error(usage), Error(output).
  FrameFiles(const Files& files, const std::string& model)
      : name_(files.output), read_too_{files.background, model, files.model_path} {
    const fs::path folder = fs::path(name_.at(0)).parent_path();
    std::error_code error;
    if (!folder.empty()) fs::create_directories(folder, error);
    if (error) throw Error(ErrorCode::output, fmt::format("{}: {}", folder.string(), error.message()));
  }

  void write(std::uint64_t number, std::span<const std::byte> bytes) const {
    const std::string file = name_.at(number);
    for (const std::string& source : read_too_) {
      std::error_code none;
      if (!source.empty() && fs::equivalent(file, source, none)) {
        throw Error(ErrorCode::usage, fmt::format("{} is read and cannot be the output too", source),
                    "choose another output");
      }
    }
    write_output(file, bytes);
  }

 private:
  NumberedName name_;
  std::vector<std::string> read_too_;
};

class Stream {
 public:
  Stream(const Given& given, Console& console)
      : given_(given),
        choices_(given.make<StreamChoices>()),
        output_(given.make<Files>()),
        console_(console),
        settings_(network_settings(given, console)),
        share_(share_of_cores(choices_.jobs, settings_.threads)),
        reader_(STDIN_FILENO, choices_.width, choices_.height),
        format_(format_for(output_, console)),
        options_(options_for(given, format_)),
        remover_(with_threads(settings_, share_.threads)) {
    if (choices_.smooth) smoother_.emplace(*choices_.smooth);
    if (!to_standard_output(output_)) files_.emplace(output_, given.make<Settings>().model_name);
    widen_pipe(STDIN_FILENO);
    widen_pipe(STDOUT_FILENO);
  }

  int run() {
    // The model is loaded meanwhile. One that is not there is fetched for a frame that is.
    first_ = reader_.next({});
    if (interrupted()) return 0;
    if (!first_) {
      throw Error(ErrorCode::input, "standard input holds no frame", "did the program before peel fail?");
    }
    const BackgroundRemover& remover = remover_.get();
    report_session(remover.session(), settings_.device, remover_.milliseconds(), console_);
    Stopwatch watch;
    const std::uint64_t frames = run_frames(stages(remover), {share_.jobs, settings_.batch});
    report(remover.session(), frames, watch.lap() / 1000);
    return 0;
  }

 private:
  FrameStages stages(const BackgroundRemover& remover) {
    FrameStages stages;
    stages.read = [this](const std::stop_token& stop) { return read(stop); };
    stages.find_masks = [this, &remover](std::span<const Image> frames) { return find_masks(remover, frames); };
    stages.steady = [this](const Image& mask) { return steady(mask); };
    stages.make = [this](const Image& frame, const Image& mask) { return make(frame, mask); };
    stages.write = [this](std::uint64_t number, const DoneFrame& done) { write(number, done); };
    return stages;
  }

  std::optional<Image> read(const std::stop_token& stop) {
    if (first_) return std::exchange(first_, std::nullopt);
    Stopwatch watch;
    auto frame = reader_.next(stop);
    if (frame) times_.add(Stage::read, watch.lap());
    return frame;
  }

  std::vector<Image> find_masks(const BackgroundRemover& remover, std::span<const Image> frames) {
    RemoveOptions mask_alone;
    mask_alone.kind = RemoveOptions::Kind::network_mask;
    mask_alone.category = options_.category;
    mask_alone.prompts = options_.prompts;
    std::vector<Image> masks;
    for (const Result& result : remover.remove(frames, mask_alone)) {
      masks.push_back(result.mask);
      times_.add(Stage::preprocess, result.timings.preprocess);
      times_.add(Stage::inference, result.timings.inference);
      times_.add(Stage::postprocess, result.timings.postprocess);
    }
    return masks;
  }

  Image steady(const Image& mask) {
    if (!smoother_) return mask;
    Stopwatch watch;
    Image steadied = smoother_->next(mask);
    times_.add(Stage::smooth, watch.lap());
    return steadied;
  }

  DoneFrame make(const Image& frame, const Image& mask) {
    Stopwatch watch;
    DoneFrame done{apply_mask(frame, mask, options_, share_.threads).image, {}};
    times_.add(Stage::postprocess, watch.lap());
    if (!files_) return done;
    done.file = encode(done.image, encode_options(given_, format_, share_.threads));
    times_.add(Stage::encode, watch.lap());
    return done;
  }

  void write(std::uint64_t number, const DoneFrame& done) {
    Stopwatch watch;
    if (files_) {
      files_->write(number, done.bytes());
    } else {
      write_standard_output(done.bytes());
    }
    times_.add(Stage::write, watch.lap());
    console_.progress("removing backgrounds", number + 1, 0, ProgressUnit::frames);
  }

  void report(const SessionInfo& session, std::uint64_t frames, double seconds) const {
    const double rate = seconds > 0 ? static_cast<double>(frames) / seconds : 0;
    console_.end_progress();
    console_.note(fmt::format("{} frames in {:.1f} s: {:.1f} a second", frames, seconds, rate));
    Json timings;
    std::string detail;
    for (std::size_t i = 0; i < STAGES.size(); ++i) {
      timings[STAGES[i]] = times_.mean(i, frames);
      detail += fmt::format("{}{} {:.1f}", i == 0 ? "" : ", ", STAGES[i], times_.mean(i, frames));
    }
    console_.detail(
        fmt::format("  {} ms a frame, {} at a time with {} threads each", detail, share_.jobs, share_.threads));
    if (!console_.json()) return;
    timings["session"] = remover_.milliseconds();
    Json object = {
        {"output", output_.output}, {"frames", frames}, {"width", choices_.width}, {"height", choices_.height}};
    object.update(session_json(&session));
    object["jobs"] = share_.jobs;
    object["threads"] = share_.threads;
    object["seconds"] = seconds;
    object["frames_per_second"] = rate;
    object["timings_ms"] = std::move(timings);
    print_json(object);
    // An interrupt ends the program before anyone else does it.
    flush_stdout();
  }

  static Settings with_threads(Settings settings, int threads) {
    settings.threads = threads;
    return settings;
  }

  const Given& given_;
  const StreamChoices choices_;
  const Files output_;
  Console& console_;
  const Settings settings_;
  CoreShare share_;
  FrameReader reader_;
  FileFormat format_;
  RemoveOptions options_;
  std::optional<MaskSmoother> smoother_;
  std::optional<FrameFiles> files_;
  std::optional<Image> first_;
  StageTimes times_;
  LazyModel<BackgroundRemover> remover_;
};

}  // namespace

int run_stream(const Given& given, Console& console) {
  check_streams(given, console.json());
  // The first signal ends the reading: what is in hand is still written.
  const DeferInterrupt frames_in_hand;
  try {
    return Stream(given, console).run();
  } catch (const Error& error) {
    // The program ends by the signal, before anyone else can tell.
    if (interrupted()) console.error(error.message(), error.hint());
    throw;
  }
}

}  // namespace peel::cli
