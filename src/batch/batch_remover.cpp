#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/file.hpp"
#include "base/held.hpp"
#include "base/log.hpp"
#include "base/memory.hpp"
#include "base/parallel.hpp"
#include "base/stopwatch.hpp"
#include "batch/inference_slots.hpp"
#include "batch/memory_budget.hpp"
#include "batch/plan.hpp"
#include "image/header.hpp"
#include "peel/batch.hpp"
#include "peel/file.hpp"

namespace peel {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int MOST_JOBS = 1024;

/// Where the machine does not tell what is free.
constexpr std::uint64_t USUAL_MEMORY = std::uint64_t{2} << 30;

/// Of Segment Anything's encoder, which compares every place with every other: of its smallest published form four such
/// tables of 800 MB. By its structure, not measured.
constexpr std::uint64_t PROMPTED_RUN = std::uint64_t{4} << 30;

std::uint64_t memory_limit(const BatchSettings& settings) {
  if (settings.memory_bytes > 0) return settings.memory_bytes;
  const std::uint64_t free = free_memory();
  return free > 0 ? resident_memory() + free / 2 : USUAL_MEMORY;
}

void check(const BatchSettings& settings) {
  if (settings.jobs < 0 || settings.jobs > MOST_JOBS) {
    throw Error(ErrorCode::usage, fmt::format("{} jobs are outside 0 to {}", settings.jobs, MOST_JOBS));
  }
}

/// All that a split depends on, in words. The file by its size and time: as good as its content, and known at once.
std::string split_key(const SessionInfo& session) {
  std::error_code ignored;
  const auto size = std::filesystem::file_size(session.file, ignored);
  const auto time = std::filesystem::last_write_time(session.file, ignored).time_since_epoch().count();
  return fmt::format("{} {} {} {} {} {} {}", session.file, size, time, session.precision, cpu_info().name,
                     available_cores(), runtime_info().version);
}

}  // namespace

struct BatchRemover::Impl {
  BatchSettings settings;
  std::vector<BackgroundRemover> removers;  ///< one for all jobs, or one each where a job has threads of its own
  BatchPlan plan;
  std::uint64_t limit = 0;  ///< of the whole process
  std::uint64_t base = 0;   ///< what it takes with no picture in hand, as far as is known

  explicit Impl(BatchSettings given) : settings(std::move(given)), limit(memory_limit(settings)) {
    check(settings);
    settings.remover.threads = checked_threads(settings.remover.threads);
    load();
    const SessionInfo& session = removers.front().session();
    base = resident_memory() + static_cast<std::uint64_t>(plan.jobs) * run_memory_of(session);
    plan.memory_bytes = limit - std::min(base, limit);
    // One more than are in the network, for every two: who waits for a disk leaves its core to another. On a GPU every
    // core prepares pictures, and two batches should be on their way.
    plan.workers = session.provider == "cpu" ? plan.jobs + std::max(1, plan.jobs / 2)
                                             : std::max(available_cores(), 2 * session.batch) + plan.jobs;
    log(LogLevel::info, "{} pictures at a time in the network with {} threads each, {} in hand, {} MB for them",
        plan.jobs, plan.threads, plan.workers, plan.memory_bytes >> 20);
  }

  std::uint64_t run_memory_of(const SessionInfo& session) const {
    if (session.output == OutputKind::prompted) return PROMPTED_RUN;
    const int open = settings.remover.max_size;
    return run_memory(session.input_width > 0 ? session.input_width : open,
                      session.input_height > 0 ? session.input_height : open);
  }

  /// Those that fit already stay.
  void make_removers(const Split& split) {
    if (plan.threads != split.threads) removers.clear();
    Settings own = settings.remover;
    own.threads = split.threads;
    // A thread pool is a session's: jobs with threads of their own need a session each. Without, they can share one.
    const auto sessions = static_cast<std::size_t>(split.threads > 1 ? split.jobs : 1);
    while (removers.size() < sessions) removers.emplace_back(own);
    plan.jobs = split.jobs;
    plan.threads = split.threads;
  }

  void load() {
    const int cores = physical_cores();
    const int jobs = settings.jobs;
    const int threads = settings.remover.threads;
    Split split{jobs, threads};
    if (jobs == 0) split.jobs = threads > 0 ? std::max(1, cores / threads) : cores;
    if (threads == 0) split.threads = std::max(1, cores / split.jobs);
    make_removers({1, split.threads});
    const SessionInfo session = removers.front().session();
    if (session.provider != "cpu") {
      plan.jobs = std::max(1, jobs);
    } else {
      make_removers(jobs == 0 && threads == 0 ? planned_split(session, cores) : split);
    }
  }

  Split planned_split(const SessionInfo& session, int cores) {
    const auto splits = possible_splits(cores, run_memory_of(session), limit / 2);
    if (splits.size() == 1) return splits.front();
    const RememberedSplit remembered(split_key(session));
    if (const auto known = remembered.get(); known && std::ranges::count(splits, *known) > 0) {
      plan.measured = true;
      return *known;
    }
    if (!settings.search) return splits.front();
    log(LogLevel::notice, "finding how many pictures at a time are the fastest here; once for this model");
    const Split found = fastest(splits, [&](const Split& split) { return measured_rate(split); });
    remembered.set(found);
    plan.measured = true;
    return found;
  }

  /// Pictures a second through the network alone, over at least three of each job and half a second.
  double measured_rate(const Split& split) {
    make_removers(split);
    const std::vector<std::uint8_t> grey(std::size_t{64} * 64, 128);
    const Image picture = Image::from_pixels({grey.data(), 64, 64, 64, PixelFormat::gray8});
    RemoveOptions options;
    options.kind = RemoveOptions::Kind::network_mask;
    const auto runs = [&](int count) {
      const auto start = Clock::now();
      int done = 0;
      do {
        std::vector<std::jthread> jobs;
        jobs.reserve(static_cast<std::size_t>(split.jobs));
        for (int job = 0; job < split.jobs; ++job) {
          jobs.emplace_back([&, job] {
            for (int i = 0; i < count; ++i) {
              removers[static_cast<std::size_t>(job) % removers.size()].remove(picture, options);
            }
          });
        }
        jobs.clear();
        done += count * split.jobs;
      } while (count > 1 && Clock::now() - start < std::chrono::milliseconds(500));
      return done / std::chrono::duration<double>(Clock::now() - start).count();
    };
    runs(1);
    const double rate = runs(3);
    log(LogLevel::info, "{} at a time with {} threads each: {:.2f} pictures/s", split.jobs, split.threads, rate);
    return rate;
  }
};

namespace {

/// One run() of a BatchRemover.
class Work {
 public:
  Work(std::vector<BackgroundRemover>& removers, const BatchPlan& plan, std::uint64_t limit, std::uint64_t& base,
       const std::function<std::optional<BatchJob>()>& next, const std::function<void(const BatchResult&)>& done,
       const RemoveOptions& options, const DecodeOptions& decoding, const EncodeOptions& encoding)
      : plan_(plan),
        limit_(limit),
        base_(base),
        next_(next),
        done_(done),
        options_(options),
        in_parts_(options.compat && options.category == RemoveOptions::Category::all &&
                  removers.front().session().output == OutputKind::classes),
        decoding_(decoding),
        encoding_(encoding),
        budget_(plan.memory_bytes),
        slots_(static_cast<std::size_t>(plan.jobs), static_cast<std::size_t>(removers.front().session().batch),
               [&removers, asked = asked_of_network()](std::size_t slot, std::span<const Image> pictures) {
                 return removers[slot % removers.size()].remove(pictures, asked);
               }) {
    encoding_.threads = plan.threads;
  }

  void run() {
    {
      std::vector<std::jthread> helpers;
      try {
        for (int i = 1; i < plan_.workers; ++i) helpers.emplace_back([this] { take_jobs(); });
      } catch (const std::system_error&) {
        // The system gives no more threads: those there are do the work.
      }
      take_jobs();
    }
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  RemoveOptions asked_of_network() const {
    if (in_parts_) return options_;
    RemoveOptions mask_alone;
    mask_alone.kind = RemoveOptions::Kind::network_mask;
    mask_alone.compat = options_.compat;
    mask_alone.category = options_.category;
    mask_alone.prompts = options_.prompts;
    return mask_alone;
  }

  void take_jobs() {
    while (auto job = take()) {
      BatchResult result;
      result.job = std::move(*job);
      try {
        process(result);
      } catch (const Error& error) {
        result.error = error;
      } catch (const std::bad_alloc&) {
        result.error = Error(ErrorCode::internal, result.job.input.string() + ": not enough memory",
                             "take fewer pictures at a time, or refuse large ones");
      } catch (const std::exception& error) {
        result.error = Error(ErrorCode::internal, fmt::format("{}: {}", result.job.input.string(), error.what()));
      }
      hand_over(result);
    }
  }

  std::optional<BatchJob> take() {
    const std::scoped_lock lock(next_mutex_);
    if (ended_) return std::nullopt;
    std::optional<BatchJob> job;
    try {
      job = next_();
    } catch (...) {
      fail(std::current_exception());
    }
    if (!job) ended_ = true;
    return job;
  }

  void hand_over(const BatchResult& result) {
    const std::scoped_lock lock(done_mutex_);
    try {
      done_(result);
    } catch (...) {
      fail(std::current_exception());
      // Without next_mutex_: who waits in next_ holds it. It is then asked no more.
      ended_ = true;
    }
  }

  void fail(std::exception_ptr failure) {
    const std::scoped_lock lock(failure_mutex_);
    if (!failure_) failure_ = std::move(failure);
  }

  void process(BatchResult& result) {
    const BatchJob& job = result.job;
    Stopwatch watch;
    std::vector<std::byte> file = read_file(job.input, decoding_.limits.max_bytes, ErrorCode::input);
    const double reading = watch.lap();
    const MemoryBudget::Share share(budget_, picture_memory(file.size(), read_header(file), options_));
    InferenceSlots::Coming coming(slots_);
    watch.lap();
    Image picture = decode(file, decoding_, job.input.string());
    file = {};
    const double decoding = reading + watch.lap();

    Result seen = slots_.infer(picture, coming);
    Result made = in_parts_ ? seen : apply_mask(picture, seen.mask, options_, plan_.threads);
    picture = {};
    made.mask = {};
    // Only of a cleaned mask another than the network's.
    result.subject = options_.cleaning == MaskCleaning{} ? seen.subject : made.subject;
    result.notes = std::move(made.notes);
    result.width = made.image.width();
    result.height = made.image.height();
    result.crop = made.crop;
    result.timings = seen.timings;
    result.timings.decode = decoding;
    result.timings.postprocess = seen.timings.postprocess + (in_parts_ ? 0 : made.timings.postprocess);
    watch.lap();
    const std::vector<std::byte> bytes = encode(made.image, encoding_);
    made.image = {};
    result.timings.encode = watch.lap();
    AtomicFile output(job.output, ErrorCode::output,
                      job.replace ? AtomicFile::Existing::replaced : AtomicFile::Existing::kept);
    output.write(bytes);
    output.commit();
    result.write = watch.lap();
    result.bytes = bytes.size();
    const Timings& t = result.timings;
    result.timings.total = t.decode + t.preprocess + t.inference + t.postprocess + t.encode + result.write;
    adjust_budget();
  }

  // What the process really holds beside the pictures shows only now and then: between one and the next.
  void adjust_budget() {
    const std::uint64_t taken = budget_.taken();
    const std::uint64_t resident = resident_memory();
    const std::scoped_lock lock(base_mutex_);
    if (resident <= taken || resident - taken <= base_) return;
    base_ = resident - taken;
    budget_.set_total(limit_ - std::min(base_, limit_));
  }

  const BatchPlan& plan_;
  std::uint64_t limit_;
  std::uint64_t& base_;
  const std::function<std::optional<BatchJob>()>& next_;
  const std::function<void(const BatchResult&)>& done_;
  const RemoveOptions& options_;
  bool in_parts_;  ///< several cut-outs of one picture, which one mask cannot make
  const DecodeOptions& decoding_;
  EncodeOptions encoding_;
  MemoryBudget budget_;
  InferenceSlots slots_;
  std::mutex next_mutex_;
  std::mutex done_mutex_;
  std::mutex failure_mutex_;
  std::mutex base_mutex_;
  std::atomic<bool> ended_ = false;
  std::exception_ptr failure_;
};

}  // namespace

BatchRemover::BatchRemover(BatchSettings settings) : impl_(std::make_unique<Impl>(std::move(settings))) {}
BatchRemover::BatchRemover(BatchRemover&&) noexcept = default;
BatchRemover& BatchRemover::operator=(BatchRemover&&) noexcept = default;
BatchRemover::~BatchRemover() = default;

const SessionInfo& BatchRemover::session() const noexcept {
  static const SessionInfo NONE;
  return impl_ ? impl_->removers.front().session() : NONE;
}

const BatchPlan& BatchRemover::plan() const noexcept {
  static const BatchPlan NONE;
  return impl_ ? impl_->plan : NONE;
}

std::uint64_t BatchRemover::peak_memory() const noexcept {
  return peel::peak_memory();
}

void BatchRemover::run(const std::function<std::optional<BatchJob>()>& next,
                       const std::function<void(const BatchResult&)>& done, const RemoveOptions& options,
                       const DecodeOptions& decoding, const EncodeOptions& encoding) {
  Impl& impl = held(impl_);
  RemoveOptions all = options;
  // The removers give masks alone, which takes no notice of their settings.
  all.alpha_matting = options.alpha_matting || impl.settings.remover.alpha_matting;
  Work(impl.removers, impl.plan, impl.limit, impl.base, next, done, all, decoding, encoding).run();
}

}  // namespace peel
