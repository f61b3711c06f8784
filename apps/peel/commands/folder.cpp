#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/stopwatch.hpp"
#include "commands/commands.hpp"
#include "commands/cutout_options.hpp"
#include "commands/folder_pictures.hpp"
#include "commands/folder_watch.hpp"
#include "commands/interrupt.hpp"
#include "commands/network_settings.hpp"
#include "commands/picture_files.hpp"
#include "commands/removal_report.hpp"
#include "commands/session_report.hpp"
#include "peel/batch.hpp"
#include "peel/file.hpp"
#include "report.hpp"

namespace peel::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// From so many pictures on it pays to try first how the cores are best shared out.
constexpr std::size_t WORTH_A_SEARCH = 50;

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw Error(ErrorCode::output, fmt::format("{}: {}", folder.string(), error.message()), "choose another");
  if (access(folder.c_str(), W_OK | X_OK) != 0) {
    throw Error(ErrorCode::output, fmt::format("{}: {}", folder.string(), std::strerror(errno)), "choose another");
  }
}

/// A file that was renamed into a folder is there after a power failure when the folder was synced too.
bool sync_folder(const fs::path& folder) {
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool synced = fsync(fd) == 0;
  close(fd);
  return synced;
}

BatchSettings settings_for(const FolderArguments& arguments, std::size_t pictures, Console& console) {
  BatchSettings settings;
  settings.remover = network_settings(arguments, console);
  // Every run takes as long as a full one, so no place in it should stay empty.
  settings.remover.batch = arguments.watch ? arguments.batch : std::min(arguments.batch, static_cast<int>(pictures));
  settings.jobs = arguments.jobs;
  settings.memory_bytes = arguments.memory.value_or(0);
  settings.search = arguments.watch || pictures >= WORTH_A_SEARCH;
  return settings;
}

class FolderRun {
 public:
  FolderRun(const FolderArguments& arguments, Console& console)
      : arguments_(arguments),
        console_(console),
        in_(arguments.input_folder),
        out_(arguments.output_folder),
        format_(arguments.format.value_or(FileFormat::png)),
        filter_(arguments.include, arguments.exclude),
        names_(out_, std::string(extension(format_)), arguments.delete_input) {}

  int run() {
    check_folders();
    if (!arguments_.watch) list();
    // What is said of the options and the model is said before anything is made.
    RemoveOptions options = removal_options(arguments_);
    lay_ground_for(format_, options);
    make_folder(out_);
    {
      // Ctrl-C waits for the pictures in hand: next() gives no more of them then.
      const DeferInterrupt pictures_in_hand;
      work(options);
      finish();
    }
    return failures_.empty() ? 0 : 1;
  }

 private:
  void check_folders() const {
    std::error_code error;
    const fs::file_status status = fs::status(in_, error);
    if (!fs::exists(status)) {
      throw Error(ErrorCode::input, fmt::format("{}: {}", in_.string(), error ? error.message() : "not found"),
                  "check the name");
    }
    if (!fs::is_directory(status)) {
      throw Error(ErrorCode::input, fmt::format("{}: not a folder", in_.string()),
                  fmt::format("peel remove {} takes the background off that picture", in_.string()));
    }
    if (fs::equivalent(in_, out_, error)) {
      throw Error(ErrorCode::usage, fmt::format("{} is read and cannot be the output folder too", in_.string()),
                  "outputs would be taken for pictures the next time: choose another folder");
    }
  }

  void list() {
    pictures_ = pictures_below(in_, arguments_.recursive, filter_, out_);
    if (pictures_.empty()) {
      throw Error(ErrorCode::input, in_.string() + ": no pictures in this folder",
                  arguments_.recursive ? "" : "with --recursive its subfolders are searched too");
    }
    names_.expect(pictures_);
  }

  void work(const RemoveOptions& options) {
    if (arguments_.watch) watch_.emplace(in_, arguments_.recursive, filter_, out_);
    const DecodeOptions decoding = removal_decoding(arguments_);
    const EncodeOptions encoding = encode_options(arguments_, format_, 0);
    Stopwatch watch;
    // The first job first: where nothing is left to do no model is needed.
    std::optional<BatchJob> first = next();
    if (!first) return;
    BatchRemover remover(settings_for(arguments_, pictures_.size(), console_));
    report_session(remover.session(), arguments_.device, watch.lap(), console_);
    session_ = remover.session();
    plan_ = remover.plan();
    console_.detail(fmt::format("{} pictures at a time with {} threads each, {} MB for them", plan_.jobs, plan_.threads,
                                plan_.memory_bytes >> 20));
    if (arguments_.watch)
      console_.note(fmt::format("watching {}: Ctrl-C or {} ends it", in_.string(), FolderWatch::STOP_FILE));
    started_ = Clock::now();
    remover.run([&] { return first ? std::exchange(first, std::nullopt) : next(); },
                [&](const BatchResult& result) { take(result); }, options, decoding, encoding);
    peak_memory_ = remover.peak_memory();
  }

  /// The next picture there is something to do for. Called by one thread at a time.
  std::optional<BatchJob> next() {
    while (const auto relative = next_picture()) {
      const fs::path output = arguments_.skip_existing ? existing_or_new(*relative) : names_.name_for(*relative);
      if (output.empty()) continue;
      prepare(output.parent_path());
      const fs::path input = in_ / *relative;
      const std::scoped_lock lock(mutex_);
      states_[input] = file_state(input);
      return BatchJob{input, output};
    }
    return std::nullopt;
  }

  void prepare(const fs::path& folder) {
    make_folder(folder);
    if (prepared_.insert(folder).second) remove_abandoned_files(folder);
  }

  /// Empty where it is there.
  fs::path existing_or_new(const fs::path& relative) {
    const fs::path usual = (out_ / relative).replace_extension(extension(format_));
    fs::path output = names_.name_for(relative);
    std::error_code ignored;
    // A name with a number is only given because that without is there.
    if (!fs::exists(output, ignored) && !(arguments_.delete_input && fs::exists(usual, ignored))) return output;
    const std::scoped_lock lock(mutex_);
    ++skipped_;
    return {};
  }

  std::optional<fs::path> next_picture() {
    if (interrupted()) return std::nullopt;
    if (watch_) return watch_->next([] { return interrupted(); });
    if (taken_ == pictures_.size()) return std::nullopt;
    return pictures_[taken_++];
  }

  /// Called by one thread at a time.
  void take(const BatchResult& result) {
    const std::string input = result.job.input.string();
    const std::scoped_lock lock(mutex_);
    const auto state = states_.extract(result.job.input).mapped();
    // It came while it was still being written, and comes again.
    const bool changed = arguments_.watch && file_state(result.job.input) != state;
    if (result.error && changed) return;
    ++done_;
    if (result.error) {
      fail(input, *result.error);
    } else {
      failures_.erase(input);
      succeed(result, state);
    }
    if (arguments_.watch) {
      console_.progress("watching", done_, 0);
    } else {
      console_.progress("removing backgrounds", done_, pictures_.size() - skipped_);
    }
  }

  void fail(const std::string& input, const Error& error) {
    failures_[input] = error.message();
    console_.error(error.message(), error.hint());
    if (console_.json()) {
      print_json_line({{"input", input}, {"error", error_json(error.code(), error.message(), error.hint())}});
    }
  }

  void succeed(const BatchResult& result, const std::optional<FileState>& state) {
    const Removed removed{.input = result.job.input.string(),
                          .output = result.job.output.string(),
                          .width = result.width,
                          .height = result.height,
                          .subject = result.subject,
                          .crop = result.crop,
                          .notes = result.notes,
                          .timings = result.timings,
                          .write = result.write};
    if (!removed.subject) {
      console_.warn(fmt::format("{}: nothing stands out in this picture; it may come out empty", removed.input));
    }
    for (const std::string& note : removed.notes) console_.warn(fmt::format("{}: {}", removed.input, note));
    console_.detail(fmt::format("{} -> {}", removed.input, removed.output));
    console_.detail(timings_line(removed.timings));
    if (console_.json()) print_json_line(removal_json(removed, &session_));
    if (arguments_.delete_input) delete_input(result.job, state);
  }

  void delete_input(const BatchJob& job, const std::optional<FileState>& state) {
    if (!state || file_state(job.input) != state) {
      return console_.warn(fmt::format("{}: not deleted, as it changed meanwhile", job.input.string()));
    }
    if (!sync_folder(job.output.parent_path())) {
      return console_.warn(fmt::format("{}: not deleted, as {} could not be synced", job.input.string(),
                                       job.output.parent_path().string()));
    }
    std::error_code error;
    if (!fs::remove(job.input, error)) {
      console_.warn(fmt::format("{}: not deleted: {}", job.input.string(), error.message()));
    }
  }

  void finish() {
    console_.end_progress();
    const double seconds = started_ ? std::chrono::duration<double>(Clock::now() - *started_).count() : 0;
    const std::size_t good = done_ - std::min(done_, failures_.size());
    if (console_.json()) {
      print_json_line({{"summary",
                        {{"done", good},
                         {"failed", failures_.size()},
                         {"skipped", skipped_},
                         {"seconds", seconds},
                         {"interrupted", interrupted()},
                         {"jobs", plan_.jobs},
                         {"threads", plan_.threads},
                         {"peak_memory_bytes", peak_memory_}}}});
    }
    for (const auto& [input, message] : failures_) console_.note(fmt::format("failed: {}", message));
    std::string text = fmt::format("{} pictures", good);
    if (good > 0) text += fmt::format(" in {:.1f} s ({:.2f}/s)", seconds, static_cast<double>(good) / seconds);
    if (!failures_.empty()) text += fmt::format(", {} failed", failures_.size());
    if (skipped_ > 0) text += fmt::format(", {} were there already", skipped_);
    if (interrupted()) text += "; interrupted, --skip-existing goes on from here";
    console_.note(text);
  }

  using Clock = std::chrono::steady_clock;

  const FolderArguments& arguments_;
  Console& console_;
  fs::path in_;
  fs::path out_;
  FileFormat format_;
  PictureFilter filter_;
  OutputNames names_;
  std::vector<fs::path> pictures_;  ///< not with --watch
  std::size_t taken_ = 0;
  std::optional<FolderWatch> watch_;
  std::set<fs::path> prepared_;  ///< output folders
  SessionInfo session_;
  BatchPlan plan_;
  std::uint64_t peak_memory_ = 0;
  std::optional<Clock::time_point> started_;
  std::mutex mutex_;                                     ///< jobs are given out while others end
  std::map<fs::path, std::optional<FileState>> states_;  ///< of the pictures in hand, when they were taken
  std::map<std::string, std::string> failures_;          ///< by picture
  std::size_t done_ = 0;
  std::size_t skipped_ = 0;
};

}  // namespace

int run_folder(const FolderArguments& arguments, Console& console) {
  return FolderRun(arguments, console).run();
}

}  // namespace peel::cli
