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
#include "peel/pool.hpp"
#include "peel/remover.hpp"
#include "peel/video.hpp"
#include "report.hpp"
#include "requests/cutout_options.hpp"

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

FileFormat format_for(const Files& files, Console& console) {
  std::vector<std::string> warnings;
  const FileFormat format = output_format(files, files.output, FileFormat::png, warnings);
  for (const std::string& warning : warnings) console.warn(warning);
  return format;
}

RemoveOptions options_for(const Given& given, FileFormat format) {
  const Files files = given.make<Files>();
  const StreamChoices choices = given.make<StreamChoices>();
  RemoveOptions options = requests::cutout_options(given, DecodeOptions{});
  if (!to_standard_output(files)) requests::lay_ground_for(format, options);
  if (std::holds_alternative<Image>(options.background) && options.kind != RemoveOptions::Kind::mask) {
    // Brought to the frames' size once, by laying it under a frame of which nothing stays.
    const std::vector<std::byte> black(3 * static_cast<std::size_t>(choices.width) *
                                       static_cast<std::size_t>(choices.height));
    const Image frame = Image::from_pixels(
        {black.data(), choices.width, choices.height, 3 * std::ptrdiff_t{choices.width}, PixelFormat::rgb8});
    Finish ground_alone;
    ground_alone.background = options.background;
    const Mask nothing(Image::from_pixels({black.data(), 1, 1, 1, PixelFormat::gray8}));
    options.background = finish(frame, nothing, ground_alone).image;
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
        reader_(STDIN_FILENO, choices_.width, choices_.height),
        format_(format_for(output_, console)),
        options_(options_for(given, format_)),
        pool_(settings_, [jobs = choices_.jobs](const Settings& settings) {
          return RemoverPool({.remover = settings, .jobs = jobs});
        }) {
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
    const RemoverPool& pool = pool_.get();
    report_session(pool.session(), settings_, pool_.milliseconds(), console_);
    Stopwatch watch;
    // Two more than keep the network busy: one waits for its frame, one for its turn to write.
    const std::uint64_t frames = run_frames(stages(pool), pool.pictures_in_hand() + 2);
    report(pool, frames, watch.lap() / 1000);
    return 0;
  }

 private:
  FrameStages stages(const RemoverPool& pool) {
    FrameStages stages;
    stages.read = [this, &pool](const std::stop_token& stop) { return read(pool, stop); };
    stages.see = [this, &pool](const Frame& frame) { return see(pool, frame); };
    stages.steady = [this](Mask mask) { return steady(std::move(mask)); };
    stages.finish = [this, threads = pool.split().threads](const Image& frame, const Mask& mask) {
      return finish_frame(frame, mask, threads);
    };
    stages.write = [this](std::uint64_t number, const DoneFrame& done) { write(number, done); };
    return stages;
  }

  std::optional<Frame> read(const RemoverPool& pool, const std::stop_token& stop) {
    auto expected = std::make_unique<RemoverPool::Expected>(pool);
    std::optional<Image> image = std::exchange(first_, std::nullopt);
    if (!image) {
      Stopwatch watch;
      image = reader_.next(stop);
      if (image) times_.add(Stage::read, watch.lap());
    }
    if (!image) return std::nullopt;
    return Frame{std::move(*image), std::move(expected)};
  }

  Mask see(const RemoverPool& pool, const Frame& frame) {
    Mask mask = pool.see(frame.image, options_.look(), *frame.expected);
    times_.add(Stage::preprocess, mask.timings.preprocess);
    times_.add(Stage::inference, mask.timings.inference);
    times_.add(Stage::postprocess, mask.timings.postprocess);
    return mask;
  }

  Mask steady(Mask mask) {
    if (!smoother_) return mask;
    Stopwatch watch;
    mask.image = smoother_->next(mask.image);
    times_.add(Stage::smooth, watch.lap());
    return mask;
  }

  DoneFrame finish_frame(const Image& frame, const Mask& mask, int threads) {
    Stopwatch watch;
    DoneFrame done{finish(frame, mask, options_, threads).image, {}};
    times_.add(Stage::postprocess, watch.lap());
    if (!files_) return done;
    done.file = encode(done.image, encode_options(given_, format_, threads));
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

  void report(const RemoverPool& pool, std::uint64_t frames, double seconds) const {
    const double rate = seconds > 0 ? static_cast<double>(frames) / seconds : 0;
    console_.end_progress();
    console_.note(fmt::format("{} frames in {:.1f} s: {:.1f} a second", frames, seconds, rate));
    Json timings;
    std::string detail;
    for (std::size_t i = 0; i < STAGES.size(); ++i) {
      timings[STAGES[i]] = times_.mean(i, frames);
      detail += fmt::format("{}{} {:.1f}", i == 0 ? "" : ", ", STAGES[i], times_.mean(i, frames));
    }
    console_.detail(fmt::format("  {} ms a frame, {} at a time with {} threads each", detail, pool.split().jobs,
                                pool.split().threads));
    if (!console_.json()) return;
    timings["session"] = pool_.milliseconds();
    Json object = {
        {"output", output_.output}, {"frames", frames}, {"width", choices_.width}, {"height", choices_.height}};
    object.update(session_json(&pool.session()));
    object["jobs"] = pool.split().jobs;
    object["threads"] = pool.split().threads;
    object["seconds"] = seconds;
    object["frames_per_second"] = rate;
    object["timings_ms"] = std::move(timings);
    print_json(object);
    // An interrupt ends the program before its exit would.
    flush_stdout();
  }

  const Given& given_;
  const StreamChoices choices_;
  const Files output_;
  Console& console_;
  const Settings settings_;
  FrameReader reader_;
  FileFormat format_;
  RemoveOptions options_;
  std::optional<MaskSmoother> smoother_;
  std::optional<FrameFiles> files_;
  std::optional<Image> first_;
  StageTimes times_;
  LazyModel<RemoverPool> pool_;
};

}  // namespace

int run_stream(const Given& given, Console& console) {
  check_streams(given, console.json());
  // The first signal ends the reading: what is in hand is still written.
  const DeferInterrupt frames_in_hand;
  try {
    return Stream(given, console).run();
  } catch (const Cancelled&) {
    throw;
  } catch (const Error& error) {
    // The program ends by the signal, before its caller could tell.
    if (interrupted()) console.error(error.message(), error.hint());
    throw;
  }
}

}  // namespace peel::cli
