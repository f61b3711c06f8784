#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/stopwatch.hpp"
#include "commands/commands.hpp"
#include "commands/given_mask.hpp"
#include "commands/lazy_model.hpp"
#include "commands/network_settings.hpp"
#include "commands/outcomes.hpp"
#include "commands/picture_files.hpp"
#include "commands/picture_pages.hpp"
#include "commands/picture_plan.hpp"
#include "commands/removal_report.hpp"
#include "commands/session_report.hpp"
#include "peel/animation.hpp"
#include "peel/error.hpp"
#include "peel/image.hpp"
#include "peel/remover.hpp"
#include "requests/cutout_options.hpp"

namespace peel::cli {
namespace {

using Json = nlohmann::ordered_json;

/// Before anything is done: what was wrong with the jobs when they were planned.
std::vector<Outcome> planned(std::span<const Job> jobs) {
  std::vector<Outcome> outcomes;
  for (const Job& job : jobs) outcomes.push_back({Json(), job.error});
  return outcomes;
}

class Removal {
 public:
  Removal(const Given& given, Settings settings, Console& console)
      : given_(given),
        settings_(std::move(settings)),
        files_(given.make<Files>()),
        console_(console),
        decode_(requests::removal_decoding(given)),
        options_(requests::cutout_options(given, decode_)) {
    if (!files_.mask.empty()) {
      mask_.emplace(files_.mask, decode_);
    } else if (!files_.trimap.empty()) {
      mask_.emplace(files_.trimap, decode_);
    } else {
      remover_.emplace(settings_);
    }
  }

  /// Pictures from their files to their files, through the network together; one that fails does not stop the others.
  /// Throws Error where there is no remover to be had.
  std::vector<Outcome> run(std::span<const Job> jobs) {
    std::vector<Outcome> outcomes = planned(jobs);
    std::vector<Decoded> pictures;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      if (jobs[i].error) continue;
      outcomes[i].error = guarded(jobs[i].input, [&] {
        if (jobs[i].animation) {
          outcomes[i].description = animate(jobs[i]);
        } else {
          pictures.push_back(read(jobs[i], i));
        }
      });
    }
    if (pictures.empty()) return outcomes;
    const BackgroundRemover* const remover = mask_ ? nullptr : &this->remover();
    auto error = guarded(jobs[pictures.front().job].input, [&] { cut_out(remover, jobs, pictures, outcomes); });
    if (!error) return outcomes;
    if (pictures.size() == 1) {
      outcomes[pictures.front().job].error = std::move(error);
      return outcomes;
    }
    // Whose fault it was is found by taking them one by one.
    for (const Decoded& picture : pictures) {
      error = guarded(jobs[picture.job].input, [&] { cut_out(remover, jobs, {&picture, 1}, outcomes); });
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

  Decoded read(const Job& job, std::size_t index) const {
    Stopwatch watch;
    Image picture = read_page(job, decode_);
    return {index, std::move(picture), watch.lap()};
  }

  std::vector<Result> cut_out(std::span<const Image> pictures, const RemoveOptions& options, const Job& job) {
    if (!mask_) return remover().remove(pictures, options);
    std::vector<Result> results;
    for (const Image& picture : pictures) {
      mask_->check_proportions(job.input, picture, console_);
      results.push_back(files_.trimap.empty() ? finish(picture, Mask(mask_->image()), options, settings_.threads)
                                              : finish_trimap(picture, mask_->image(), options, settings_.threads));
    }
    return results;
  }

  /// Every frame by itself, with the delays as they were. Throws Error.
  Json animate(const Job& job) {
    Stopwatch watch;
    Animation animation =
        job.bytes ? decode_animation(*job.bytes, decode_, STANDARD_INPUT) : load_animation(job.input, decode_);
    const double decoded = watch.lap();
    Result result = cut_out_frames(animation, options_, job.input, [&](const Image& frame) {
      return std::move(cut_out({&frame, 1}, options_, job).front());
    });
    result.timings.decode = decoded;
    result.timings.total = decoded + watch.lap();
    const std::vector<std::byte> bytes =
        encode_animation(animation, encode_options(given_, job.format, settings_.threads));
    result.timings.encode = watch.lap();
    write_output(job.output, bytes);
    const double write_time = watch.lap();
    result.timings.total += result.timings.encode + write_time;
    report(job, result);
    return describe(job, result, mask_ ? nullptr : &remover().session(), write_time, animation.frames.size());
  }

  /// By the given mask where there is no remover. Throws what the network throws; what fails after it is the outcome of
  /// one picture.
  void cut_out(const BackgroundRemover* remover, std::span<const Job> jobs, std::span<const Decoded> pictures,
               std::vector<Outcome>& outcomes) {
    Stopwatch watch;
    RemoveOptions options = options_;
    // Outputs of several inputs have one format.
    requests::lay_ground_for(jobs[pictures.front().job].format, options);
    std::vector<Result> results;
    if (remover) {
      std::vector<Image> images;  // they share the pixels
      for (const Decoded& picture : pictures) images.push_back(picture.picture);
      results = cut_out(images, options, jobs[pictures.front().job]);
    } else {
      for (const Decoded& picture : pictures) {
        results.push_back(std::move(cut_out({&picture.picture, 1}, options, jobs[picture.job]).front()));
      }
    }
    const double share = watch.lap() / static_cast<double>(pictures.size());
    for (std::size_t i = 0; i < pictures.size(); ++i) {
      const Job& job = jobs[pictures[i].job];
      Outcome& outcome = outcomes[pictures[i].job];
      results[i].timings.decode = pictures[i].milliseconds;
      results[i].timings.total = pictures[i].milliseconds + share;
      outcome.error = guarded(job.input, [&] {
        outcome.description = write(job, results[i], remover ? &remover->session() : nullptr);
        if (job.page == 0 && pictures[i].picture.pages() > 1) console_.note(PAGES_HINT);
      });
    }
  }

  Json write(const Job& job, Result& result, const SessionInfo* session) {
    Stopwatch watch;
    const std::vector<std::byte> bytes = encode(result.image, encode_options(given_, job.format, settings_.threads));
    result.timings.encode = watch.lap();
    write_output(job.output, bytes);
    const double write_time = watch.lap();
    result.timings.total += result.timings.encode + write_time;
    report(job, result);
    return describe(job, result, session, write_time);
  }

  /// The remover, with what it has to say once.
  const BackgroundRemover& remover() {
    const BackgroundRemover& remover = remover_->get();
    if (announced_) return remover;
    announced_ = true;
    report_session(remover.session(), settings_, remover_->milliseconds(), console_);
    return remover;
  }

  void report(const Job& job, const Result& result) {
    if (!result.subject) {
      const char* const what = mask_ ? "nothing is left of the mask" : "nothing stands out in this picture";
      console_.warn(fmt::format("{}: {}; it may come out empty", job.input, what));
    }
    for (const std::string& note : result.notes) console_.warn(fmt::format("{}: {}", job.input, note));
    if (job.output != "-") console_.note(fmt::format("{} -> {}", job.input, job.output));
    console_.detail(timings_line(result.timings));
  }

  /// `frames`: of an animation, else 0.
  Json describe(const Job& job, const Result& result, const SessionInfo* session, double write_time,
                std::size_t frames = 0) const {
    Json object = removal_json({.input = job.input,
                                .output = job.output,
                                .width = result.image.width(),
                                .height = result.image.height(),
                                .subject = result.subject,
                                .page = job.page,
                                .frames = frames,
                                .mask = files_.mask,
                                .trimap = files_.trimap,
                                .crop = result.crop,
                                .notes = result.notes,
                                .timings = result.timings,
                                .write = write_time},
                               session);
    object["timings_ms"]["session"] = remover_ ? remover_->milliseconds() : 0;
    return object;
  }

  const Given& given_;
  const Settings settings_;
  const Files files_;
  Console& console_;
  DecodeOptions decode_;
  RemoveOptions options_;
  std::optional<LazyModel<BackgroundRemover>> remover_;  ///< one of these two is there
  std::optional<GivenMask> mask_;                        ///< or trimap
  bool announced_ = false;
};

}  // namespace

int run_remove(const Given& given, Console& console) {
  const Plan plan = plan_removal(given, console.json(), {isatty(STDIN_FILENO) != 0, isatty(STDOUT_FILENO) != 0});
  for (const std::string& warning : plan.warnings) console.warn(warning);
  const auto good = std::count_if(plan.jobs.begin(), plan.jobs.end(), [](const Job& job) { return !job.error; });
  // Every run takes as long as a full one, so no place in it should stay empty.
  Settings settings = network_settings(given, console);
  settings.batch = std::min(settings.batch, static_cast<int>(std::max(good, 1L)));
  const auto batch = static_cast<std::size_t>(settings.batch);
  std::optional<Removal> removal;  // not made, nor its model loaded, where no input is there
  if (good > 0) removal.emplace(given, settings, console);
  Outcomes outcomes(plan.several, console);
  for (std::size_t i = 0; i < plan.jobs.size(); i += batch) {
    if (plan.several) console.progress("removing backgrounds", i, plan.jobs.size());
    const std::span<const Job> jobs = std::span(plan.jobs).subspan(i, std::min(batch, plan.jobs.size() - i));
    const std::vector<Outcome> done = removal ? removal->run(jobs) : planned(jobs);
    for (std::size_t k = 0; k < jobs.size(); ++k) outcomes.add(jobs[k].input, done[k]);
  }
  return outcomes.finish();
}

}  // namespace peel::cli
