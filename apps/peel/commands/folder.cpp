#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
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
#include "base/words.hpp"
#include "commands/commands.hpp"
#include "commands/file_state.hpp"
#include "commands/folder_pictures.hpp"
#include "commands/folder_watch.hpp"
#include "commands/interrupt.hpp"
#include "commands/manifest.hpp"
#include "commands/network_settings.hpp"
#include "commands/picture_files.hpp"
#include "commands/picture_pages.hpp"
#include "commands/removal_report.hpp"
#include "commands/session_report.hpp"
#include "peel/batch.hpp"
#include "peel/file.hpp"
#include "report.hpp"
#include "requests/cutout_options.hpp"

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

BatchSettings settings_for(const Given& given, bool watch, std::size_t pictures, Console& console) {
  BatchSettings settings = given.make<BatchSettings>();
  settings.remover = network_settings(given, console);
  // Every run takes as long as a full one, so no place in it should stay empty.
  if (!watch) settings.remover.batch = std::min(settings.remover.batch, static_cast<int>(pictures));
  settings.search = watch || pictures >= WORTH_A_SEARCH;
  return settings;
}

class FolderRun {
 public:
  FolderRun(const Given& given, Console& console)
      : given_(given),
        choices_(given.make<FolderChoices>()),
        console_(console),
        in_(choices_.input_folder),
        out_(choices_.output_folder),
        format_(given.make<Files>().format.value_or(FileFormat::png)),
        pages_rule_{.limits = given.make<DecodeLimits>(),
                    .asked = given.make<Files>().pages,
                    .keeps_animations = holds_animation(format_)},
        filter_(choices_.include, choices_.exclude),
        names_(out_, std::string(extension(format_)), choices_.delete_input) {}

  int run() {
    check_folders();
    if (choices_.watch && (given_.has("manifest") || given_.has("shard"))) {
      throw Error(ErrorCode::usage, "--watch takes what comes, and neither a list nor a part", "leave one out");
    }
    if (!choices_.watch) list();
    // What is said of the options and the model is said before anything is made.
    RemoveOptions options = requests::cutout_options(given_, requests::removal_decoding(given_));
    requests::lay_ground_for(format_, options);
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
  /// A file that is being worked on.
  struct InHand {
    std::optional<FileState> state;  ///< when it was taken
    std::optional<FileClaim> claim;  ///< with --delete-input
    std::size_t jobs = 0;            ///< that are not done yet: one, or those of its pages
    bool whole = true;               ///< all its outputs were written
  };

  using Failed = std::pair<std::string, int>;  ///< the input, page_of() it

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
    const Files files = given_.make<Files>();
    const Shard shard = shard_from(files.shard);
    pictures_ = files.manifest.empty() ? pictures_below(in_, choices_.recursive, filter_, out_)
                                       : listed_pictures(files.manifest);
    if (pictures_.empty()) {
      throw Error(ErrorCode::input, in_.string() + ": no pictures in this folder",
                  choices_.recursive ? "" : "with --recursive its subfolders are searched too");
    }
    names_.expect(pictures_);
    if (shard.is_all()) return;
    std::vector<fs::path> taken;
    for (std::size_t i = 0; i < pictures_.size(); ++i) {
      const bool takes = files.manifest.empty() ? shard.takes_name(pictures_[i].string()) : shard.takes_line(i);
      if (takes) taken.push_back(pictures_[i]);
    }
    pictures_ = std::move(taken);
  }

  /// The ways from the folder to the pictures of a list, in its order.
  static std::vector<fs::path> listed_pictures(const std::string& manifest) {
    std::vector<fs::path> pictures;
    std::set<fs::path> known;
    for (const ManifestLine& line : read_manifest(manifest)) {
      const fs::path picture = fs::path(line.input).lexically_normal();
      if (!line.output.empty()) {
        throw Error(ErrorCode::usage,
                    fmt::format("{} names outputs, and a folder's have the names of its pictures", manifest),
                    "peel remove --manifest takes both");
      }
      if (picture.is_absolute() || *picture.begin() == "..") {
        throw Error(ErrorCode::usage, fmt::format("{} in {} does not lie in the folder", line.input, manifest),
                    "name the way to it from the folder");
      }
      if (!known.insert(picture).second) {
        throw Error(ErrorCode::usage, fmt::format("{} is twice in {}", line.input, manifest), "name it once");
      }
      pictures.push_back(picture);
    }
    return pictures;
  }

  void work(const RemoveOptions& options) {
    if (choices_.watch) watch_.emplace(in_, choices_.recursive, filter_, out_);
    const DecodeOptions decoding = requests::removal_decoding(given_);
    const EncodeOptions encoding = encode_options(given_, format_, 0);
    Stopwatch watch;
    // The first job first: where nothing is left to do no model is needed.
    std::optional<BatchJob> first = next();
    if (!first) return;
    const BatchSettings settings = settings_for(given_, choices_.watch, pictures_.size(), console_);
    BatchRemover remover(settings);
    report_session(remover.session(), settings.remover, watch.lap(), console_);
    session_ = remover.session();
    plan_ = remover.plan();
    console_.detail(fmt::format("{} pictures at a time with {} threads each, {} MB for them", plan_.jobs, plan_.threads,
                                plan_.memory_bytes >> 20));
    if (choices_.watch)
      console_.note(fmt::format("watching {}: Ctrl-C or {} ends it", in_.string(), FolderWatch::STOP_FILE));
    started_ = Clock::now();
    remover.run([&] { return first ? std::exchange(first, std::nullopt) : next(); },
                [&](const BatchResult& result) { take(result); }, {options, decoding, encoding});
    peak_memory_ = remover.peak_memory();
  }

  /// The next picture, or page of one, there is something to do for. Called by one thread at a time.
  std::optional<BatchJob> next() {
    while (!interrupted()) {
      if (!page_jobs_.empty()) {
        BatchJob job = std::move(page_jobs_.front());
        page_jobs_.pop_front();
        return job;
      }
      const auto relative = next_picture();
      if (!relative) break;
      take_in_hand(*relative);
    }
    return std::nullopt;
  }

  /// Queues its jobs.
  void take_in_hand(const fs::path& relative) {
    InHand picture;
    const fs::path input = in_ / relative;
    {
      // An earlier state of the same file has to be done with first.
      std::unique_lock lock(mutex_);
      done_with_one_.wait(lock, [&] { return !in_hand_.contains(input); });
    }
    if (choices_.delete_input) {
      picture.claim = FileClaim::take(input);
      if (!picture.claim) return leave_to_another(input);
    }
    picture.state = file_state(input);
    Job file;
    file.input = input.string();
    const std::vector<Job> pages = cli::page_jobs(file, pages_rule_);
    const std::scoped_lock lock(mutex_);
    further_pages_ += pages.size() - 1;
    for (const Job& page : pages) {
      if (auto job = job_for(relative, page)) page_jobs_.push_back(*std::move(job));
    }
    if (page_jobs_.empty()) return;
    prepare(page_jobs_.front().output.parent_path());
    picture.jobs = page_jobs_.size();
    picture.whole = page_jobs_.size() == pages.size();
    in_hand_[input] = std::move(picture);
  }

  void leave_to_another(const fs::path& input) {
    console_.detail(fmt::format("{}: another process has it in hand, or has done it", input.string()));
    const std::scoped_lock lock(mutex_);
    ++elsewhere_;
  }

  void prepare(const fs::path& folder) {
    make_folder(folder);
    if (prepared_.insert(folder).second) remove_abandoned_files(folder);
  }

  /// Nothing where its output is there and is to stay.
  std::optional<BatchJob> job_for(const fs::path& relative, const Job& page) {
    BatchJob job{in_ / relative, names_.name_for(relative, page_mark(page))};
    job.replace = names_.may_replace(job.output);
    if (page.page > 0) job.page = page.page - 1;
    job.animation = page.animation;
    job.whole = choices_.delete_input;
    if (!choices_.skip_existing || (choices_.delete_input && job.replace)) return job;
    const fs::path usual = names_.usual_name(relative, page_mark(page));
    std::error_code ignored;
    // A name with a number is only given because that without is there.
    if (!fs::exists(job.output, ignored) && !(choices_.delete_input && fs::exists(usual, ignored))) return job;
    ++skipped_;
    return std::nullopt;
  }

  std::optional<fs::path> next_picture() {
    if (watch_) return watch_->next([] { return interrupted(); });
    if (taken_ == pictures_.size()) return std::nullopt;
    return pictures_[taken_++];
  }

  /// Called by one thread at a time.
  void take(const BatchResult& result) {
    const std::scoped_lock lock(mutex_);
    const auto file = in_hand_.find(result.job.input);
    InHand& picture = file->second;
    if (result.error) names_.take_back(result.job.output);
    if (comes_again(result, picture)) {
      picture.whole = false;
    } else {
      tell(result);
      picture.whole = picture.whole && !result.error;
    }
    if (--picture.jobs > 0) return;
    if (choices_.delete_input && picture.whole) delete_input(result.job, picture.state);
    in_hand_.erase(file);
    done_with_one_.notify_all();
  }

  void tell(const BatchResult& result) {
    const Failed which{result.job.input.string(), page_of(result.job)};
    if (result.error) {
      fail(which, *result.error);
    } else {
      ++done_;
      failures_.erase(which);
      succeed(result);
    }
    const std::size_t ended = done_ + failures_.size();
    if (choices_.watch) {
      console_.progress("watching", ended, 0);
    } else {
      console_.progress("removing backgrounds", ended, pictures_.size() + further_pages_ - skipped_ - elsewhere_);
    }
  }

  /// Counted from 1; 0: nobody said which.
  static int page_of(const BatchJob& job) { return job.page ? *job.page + 1 : 0; }

  /// It was still being written when it was taken, and the watch gives it again.
  bool comes_again(const BatchResult& result, const InHand& picture) {
    if (!choices_.watch) return false;
    const auto now = file_state(result.job.input);
    if (now == picture.state) return false;
    if (result.error) return true;
    // One that is kept and written anew all the time, as by a camera, is done each time.
    if (!choices_.delete_input || !now) return false;
    names_.expect_again(result.job.output);
    return true;
  }

  void fail(const Failed& which, const Error& error) {
    failures_[which] = error.message();
    console_.error(error.message(), error.hint());
    if (console_.json()) {
      Json object = {{"input", which.first}};
      if (which.second > 0) object["input_page"] = which.second;
      object["error"] = error_json(error.code(), error.message(), error.hint());
      print_json_line(object);
    }
  }

  void succeed(const BatchResult& result) {
    if (result.pages > 1 && !result.job.page && !result.job.animation) ++with_more_pages_;
    const Removed removed{.input = result.job.input.string(),
                          .output = result.job.output.string(),
                          .width = result.width,
                          .height = result.height,
                          .subject = result.subject,
                          .page = page_of(result.job),
                          .frames = static_cast<std::size_t>(result.frames),
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
    fs::remove(job.input, error);
    if (error) {
      console_.warn(fmt::format("{}: not deleted: {}", job.input.string(), error.message()));
    }
  }

  void finish() {
    console_.end_progress();
    const double seconds = started_ ? std::chrono::duration<double>(Clock::now() - *started_).count() : 0;
    if (console_.json()) {
      print_json_line({{"summary",
                        {{"done", done_},
                         {"failed", failures_.size()},
                         {"skipped", skipped_},
                         {"elsewhere", elsewhere_},
                         {"with_more_pages", with_more_pages_},
                         {"seconds", seconds},
                         {"interrupted", interrupted()},
                         {"jobs", plan_.jobs},
                         {"threads", plan_.threads},
                         {"peak_memory_bytes", peak_memory_}}}});
    }
    for (const auto& [which, message] : failures_) {
      console_.note(
          fmt::format("failed{}: {}", which.second > 0 ? fmt::format(", page {}", which.second) : "", message));
    }
    if (with_more_pages_ > 0) {
      console_.note(fmt::format("of {} only the first page or frame was taken: {}",
                                counted(with_more_pages_, "picture"), PAGES_HINT));
    }
    std::string text = counted(done_, "picture");
    if (done_ > 0) text += fmt::format(" in {:.1f} s ({:.2f}/s)", seconds, static_cast<double>(done_) / seconds);
    if (!failures_.empty()) text += fmt::format(", {} failed", failures_.size());
    if (skipped_ > 0) text += fmt::format(", {} were there already", skipped_);
    if (elsewhere_ > 0) text += fmt::format(", {} left to another process", elsewhere_);
    if (interrupted()) text += "; interrupted, --skip-existing goes on from here";
    console_.note(text);
  }

  using Clock = std::chrono::steady_clock;

  const Given& given_;
  const FolderChoices choices_;
  Console& console_;
  fs::path in_;
  fs::path out_;
  FileFormat format_;
  const PageRule pages_rule_;
  PictureFilter filter_;
  OutputNames names_;
  std::vector<fs::path> pictures_;  ///< not with --watch
  std::size_t taken_ = 0;
  std::deque<BatchJob> page_jobs_;  ///< of the file that was taken last
  std::optional<FolderWatch> watch_;
  std::set<fs::path> prepared_;  ///< output folders
  SessionInfo session_;
  BatchPlan plan_;
  std::uint64_t peak_memory_ = 0;
  std::optional<Clock::time_point> started_;
  std::mutex mutex_;  ///< jobs are given out while others end
  std::condition_variable done_with_one_;
  std::map<fs::path, InHand> in_hand_;      ///< by input
  std::map<Failed, std::string> failures_;  ///< what is wrong
  std::size_t done_ = 0;
  std::size_t skipped_ = 0;
  std::size_t elsewhere_ = 0;      ///< left to other processes
  std::size_t further_pages_ = 0;  ///< jobs besides one a file
  std::size_t with_more_pages_ = 0;
};

}  // namespace

int run_folder(const Given& given, Console& console) {
  return FolderRun(given, console).run();
}

}  // namespace peel::cli
