#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <new>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "commands/commands.hpp"
#include "commands/interrupt.hpp"
#include "commands/lazy_remover.hpp"
#include "commands/remove_plan.hpp"
#include "commands/session_report.hpp"
#include "peel/error.hpp"
#include "peel/image.hpp"
#include "peel/models.hpp"
#include "peel/remover.hpp"
#include "report.hpp"

namespace peel::cli {
namespace {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

DecodeOptions decode_options(const RemoveArguments& arguments) {
  DecodeOptions options;
  options.limits.max_pixels = arguments.max_pixels.value_or(options.limits.max_pixels);
  options.limits.max_bytes = arguments.max_bytes.value_or(options.limits.max_bytes);
  options.pillow_cmyk = arguments.compat;
  return options;
}

Settings settings_for(const RemoveArguments& arguments, std::size_t batch, Console& console) {
  Settings settings;
  settings.model_name = arguments.model;
  settings.max_size = arguments.max_size;
  settings.device = arguments.device;
  settings.require_device = arguments.require_device;
  settings.precision = arguments.precision;
  settings.batch = static_cast<int>(batch);
  settings.threads = arguments.threads;
  settings.fetch.offline = settings.fetch.offline || arguments.offline;
  settings.fetch.progress = console.progress_callback();
  if (arguments.layout.given()) {
    if (!is_model_path(arguments.model)) {
      throw Error(ErrorCode::usage, "the layout options are for a model given as a file", "use --model FILE.onnx");
    }
    ModelInfo layout = custom_model(arguments.model);
    if (const auto& size = arguments.layout.input_size) {
      layout.input_width = (*size)[0];
      layout.input_height = (*size)[1];
    }
    layout.mean = arguments.layout.mean.value_or(layout.mean);
    layout.std = arguments.layout.std.value_or(layout.std);
    layout.output = arguments.layout.output_kind.value_or(layout.output);
    settings.custom_layout = layout;
  }
  return settings;
}

RemoveOptions remove_options(const RemoveArguments& arguments) {
  RemoveOptions options;
  options.kind = arguments.kind;
  options.post_process_mask = arguments.post_process_mask;
  options.crop_margin = arguments.crop_margin;
  options.compat = arguments.compat;
  if (const auto& rgba = arguments.background_rgba) {
    options.background = Color{(*rgba)[0], (*rgba)[1], (*rgba)[2], (*rgba)[3]};
  } else if (!arguments.background.empty()) {
    std::error_code ignored;
    if (std::filesystem::is_regular_file(arguments.background, ignored)) {
      options.background = load_image(arguments.background, decode_options(arguments));
    } else {
      try {
        options.background = parse_color(arguments.background);
      } catch (const Error&) {
        throw Error(ErrorCode::usage, fmt::format("--background {}: neither a file nor a colour", arguments.background),
                    "write white, #ff8800, 255,136,0 or the name of a picture");
      }
    }
  }
  return options;
}

std::vector<std::byte> read_standard_input(std::uint64_t max_bytes) {
  std::vector<std::byte> bytes;
  std::size_t filled = 0;
  for (;;) {
    if (bytes.size() - filled < 1 << 16) bytes.resize(std::max<std::size_t>(2 * bytes.size(), 1 << 20));
    const ssize_t count = read(STDIN_FILENO, bytes.data() + filled, bytes.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw Error(ErrorCode::input, fmt::format("standard input: {}", std::strerror(errno)));
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
    if (filled > max_bytes) {
      throw Error(ErrorCode::input, fmt::format("standard input: more than {} bytes", max_bytes), "raise --max-bytes");
    }
  }
  bytes.resize(filled);
  return bytes;
}

void write_standard_output(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw Error(ErrorCode::output, fmt::format("standard output: {}", std::strerror(errno)));
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

/// A fallback worth a word: everything but a GPU that is not there when nobody asked for one.
bool is_ordinary(const Fallback& fallback, Device wanted) {
  const bool gpu = fallback.provider == "cuda" || fallback.provider == "tensorrt" || fallback.provider == "webgpu";
  return gpu && wanted == Device::automatic;
}

/// What became of a job: its part of the answer, or why there is none.
struct Outcome {
  Json description;
  std::optional<Error> error;
};

/// Before anything is done: what was wrong with the jobs when they were planned.
std::vector<Outcome> planned(std::span<const Job> jobs) {
  std::vector<Outcome> outcomes;
  for (const Job& job : jobs) outcomes.push_back({Json(), job.error});
  return outcomes;
}

class Removal {
 public:
  /// For so many pictures at a time.
  Removal(const RemoveArguments& arguments, std::size_t batch, Console& console)
      : arguments_(arguments),
        console_(console),
        decode_(decode_options(arguments)),
        options_(remove_options(arguments)),
        remover_(settings_for(arguments, batch, console)) {}

  /// Pictures from their files to their files, through the network together; one that fails does not stop the others.
  /// Throws Error where there is no remover to be had.
  std::vector<Outcome> run(std::span<const Job> jobs) {
    std::vector<Outcome> outcomes = planned(jobs);
    std::vector<Decoded> pictures;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      if (jobs[i].error) continue;
      outcomes[i].error = guarded(jobs[i], [&] { pictures.push_back(read(jobs[i], i)); });
    }
    if (pictures.empty()) return outcomes;
    const BackgroundRemover& remover = this->remover();
    auto error = guarded(jobs[pictures.front().job], [&] { cut_out(remover, jobs, pictures, outcomes); });
    if (!error) return outcomes;
    if (pictures.size() == 1) {
      outcomes[pictures.front().job].error = std::move(error);
      return outcomes;
    }
    // Whose fault it was is found by taking them one by one.
    for (const Decoded& picture : pictures) {
      error = guarded(jobs[picture.job], [&] { cut_out(remover, jobs, {&picture, 1}, outcomes); });
      if (error) outcomes[picture.job].error = std::move(error);
    }
    return outcomes;
  }

 private:
  struct Decoded {
    std::size_t job;  ///< its place among the jobs
    Image picture;
    double milliseconds;
  };

  /// What the action throws, as an error about the job.
  template <typename Action>
  static std::optional<Error> guarded(const Job& job, const Action& action) {
    try {
      action();
    } catch (const Error& error) {
      return error;
    } catch (const std::bad_alloc&) {
      return Error(ErrorCode::internal, job.input + ": not enough memory",
                   "set --max-pixels to what this machine can hold");
    }
    return std::nullopt;
  }

  Decoded read(const Job& job, std::size_t index) const {
    const auto start = Clock::now();
    Image picture = job.input == "-" ? decode(read_standard_input(decode_.limits.max_bytes), decode_, "standard input")
                                     : load_image(job.input, decode_);
    return {index, std::move(picture), milliseconds_since(start)};
  }

  /// Throws what the network throws; what fails after it is the outcome of one picture.
  void cut_out(const BackgroundRemover& remover, std::span<const Job> jobs, std::span<const Decoded> pictures,
               std::vector<Outcome>& outcomes) {
    const auto start = Clock::now();
    RemoveOptions options = options_;
    // JPEG has no transparency; white is what a printed page shows there. Outputs of several inputs have one format.
    const bool needs_ground =
        jobs[pictures.front().job].format == FileFormat::jpeg && options.kind != RemoveOptions::Kind::mask;
    if (needs_ground && std::holds_alternative<std::monostate>(options.background)) {
      options.background = Color{255, 255, 255, 255};
    }
    std::vector<Image> images;  // they share the pixels
    for (const Decoded& picture : pictures) images.push_back(picture.picture);
    std::vector<Result> results = remover.remove(images, options);
    const double share = milliseconds_since(start) / static_cast<double>(pictures.size());
    for (std::size_t i = 0; i < pictures.size(); ++i) {
      const Job& job = jobs[pictures[i].job];
      Outcome& outcome = outcomes[pictures[i].job];
      results[i].timings.decode = pictures[i].milliseconds;
      results[i].timings.total = pictures[i].milliseconds + share;
      outcome.error = guarded(job, [&] { outcome.description = write(job, results[i], remover.session()); });
    }
  }

  Json write(const Job& job, Result& result, const SessionInfo& session) {
    const auto start = Clock::now();
    const std::vector<std::byte> bytes = encode(result.image, encode_options(job));
    result.timings.encode = milliseconds_since(start);
    const auto write_start = Clock::now();
    write_output(job, bytes);
    const double write_time = milliseconds_since(write_start);
    result.timings.total += milliseconds_since(start);
    report(job, result);
    return describe(job, result, session, write_time);
  }

  /// The remover, with what it has to say once.
  const BackgroundRemover& remover() {
    const BackgroundRemover& remover = remover_.get();
    if (announced_) return remover;
    announced_ = true;
    console_.end_progress();
    for (const Fallback& fallback : remover.session().fallbacks) {
      // The others libpeel has told to the log.
      if (is_ordinary(fallback, arguments_.device)) continue;
      console_.warn(fmt::format("{} not used: {}", fallback.provider, fallback.reason));
    }
    if (const std::string share = partial_share(remover.session()); !share.empty()) console_.warn(share);
    console_.detail(fmt::format("model ready in {:.0f} ms", remover_.milliseconds()));
    return remover;
  }

  EncodeOptions encode_options(const Job& job) const {
    EncodeOptions options;
    options.format = job.format;
    options.quality = arguments_.quality;
    options.effort = arguments_.effort;
    options.threads = arguments_.threads;
    return options;
  }

  static void write_output(const Job& job, std::span<const std::byte> bytes) {
    if (job.output == "-") {
      write_standard_output(bytes);
    } else {
      const DeferInterrupt whole_file;
      write_file(job.output, bytes);
    }
  }

  void report(const Job& job, const Result& result) {
    if (!result.subject) {
      console_.warn(fmt::format("{}: nothing stands out in this picture; it may come out empty", job.input));
    }
    if (job.output != "-") console_.note(fmt::format("{} -> {}", job.input, job.output));
    const Timings& t = result.timings;
    console_.detail(
        fmt::format("  decode {:.1f}, preprocess {:.1f}, inference {:.1f}, postprocess {:.1f}, encode {:.1f}, "
                    "total {:.1f} ms",
                    t.decode, t.preprocess, t.inference, t.postprocess, t.encode, t.total));
  }

  Json describe(const Job& job, const Result& result, const SessionInfo& session, double write_time) const {
    Json object = {{"input", job.input},
                   {"output", job.output},
                   {"width", result.image.width()},
                   {"height", result.image.height()},
                   {"subject", result.subject}};
    object.update(session_json(session));
    if (const auto& box = result.crop) {
      object["crop"] = {{"left", box->left}, {"top", box->top}, {"width", box->width}, {"height", box->height}};
    }
    const Timings& t = result.timings;
    object["timings_ms"] = {{"decode", t.decode},       {"preprocess", t.preprocess},
                            {"inference", t.inference}, {"postprocess", t.postprocess},
                            {"encode", t.encode},       {"write", write_time},
                            {"total", t.total},         {"session", remover_.milliseconds()}};
    return object;
  }

  const RemoveArguments& arguments_;
  Console& console_;
  DecodeOptions decode_;
  RemoveOptions options_;
  LazyRemover remover_;
  bool announced_ = false;
};

}  // namespace

int run_remove(const RemoveArguments& arguments, Console& console) {
  const Plan plan = plan_removal(arguments, console.json(), {isatty(STDIN_FILENO) != 0, isatty(STDOUT_FILENO) != 0});
  for (const std::string& warning : plan.warnings) console.warn(warning);
  const auto good = std::count_if(plan.jobs.begin(), plan.jobs.end(), [](const Job& job) { return !job.error; });
  // Every run takes as long as a full one, so no place in it should stay empty.
  const auto batch = std::min(static_cast<std::size_t>(arguments.batch), static_cast<std::size_t>(std::max(good, 1L)));
  std::optional<Removal> removal;  // not made, nor its model loaded, where no input is there
  if (good > 0) removal.emplace(arguments, batch, console);
  if (!plan.several) {
    const Outcome outcome = removal->run(plan.jobs).front();
    if (outcome.error) throw Error(*outcome.error);
    if (console.json()) print_json(outcome.description);
    return 0;
  }
  Json results = Json::array();
  std::size_t failed = 0;
  for (std::size_t i = 0; i < plan.jobs.size(); i += batch) {
    console.progress("removing backgrounds", i, plan.jobs.size());
    const std::span<const Job> jobs = std::span(plan.jobs).subspan(i, std::min(batch, plan.jobs.size() - i));
    const std::vector<Outcome> outcomes = removal ? removal->run(jobs) : planned(jobs);
    for (std::size_t k = 0; k < jobs.size(); ++k) {
      if (const auto& error = outcomes[k].error) {
        ++failed;
        console.error(error->message(), error->hint());
        results.push_back(
            {{"input", jobs[k].input}, {"error", error_json(error->code(), error->message(), error->hint())}});
      } else {
        results.push_back(outcomes[k].description);
      }
    }
  }
  console.end_progress();
  if (console.json()) print_json({{"results", results}, {"failed", failed}});
  if (failed > 0) console.note(fmt::format("{} of {} pictures failed", failed, plan.jobs.size()));
  return failed == 0 ? 0 : 1;
}

}  // namespace peel::cli
