#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <new>
#include <span>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/control.hpp"
#include "base/file.hpp"
#include "base/held.hpp"
#include "base/log.hpp"
#include "base/memory.hpp"
#include "base/stopwatch.hpp"
#include "image/header.hpp"
#include "peel/animation.hpp"
#include "peel/batch.hpp"
#include "peel/file.hpp"
#include "peel/pool.hpp"
#include "pool/memory_budget.hpp"
#include "pool/memory_need.hpp"
#include "remover/finish.hpp"

namespace peel {

struct BatchRemover::Impl {
  BatchSettings settings;
  std::uint64_t limit;  ///< of the whole process
  RemoverPool pool;
  BatchPlan plan;
  std::uint64_t base;  ///< what it takes with no picture in hand, as far as is known

  explicit Impl(BatchSettings given)
      : settings(std::move(given)),
        limit(settings.memory_bytes > 0 ? settings.memory_bytes : resident_memory() + half_of_free_memory()),
        pool({settings.remover, settings.jobs, std::max<std::uint64_t>(1, limit / 2), settings.search}),
        base(resident_memory() +
             static_cast<std::uint64_t>(pool.split().jobs) * run_memory(pool.session(), settings.remover.max_size)) {
    plan.jobs = pool.split().jobs;
    plan.threads = pool.split().threads;
    plan.measured = pool.measured();
    plan.workers = pool.pictures_in_hand();
    plan.memory_bytes = limit - std::min(base, limit);
    log(LogLevel::info, "{} pictures in hand, {} MB for them", plan.workers, plan.memory_bytes >> 20);
  }
};

namespace {

/// One run() of a BatchRemover.
class BatchRun {
 public:
  BatchRun(const RemoverPool& pool, const BatchPlan& plan, std::uint64_t limit, std::uint64_t& base,
           const std::function<std::optional<BatchJob>()>& next, const std::function<void(const BatchResult&)>& done,
           const BatchOptions& options, const std::stop_token& stop)
      : pool_(pool),
        plan_(plan),
        limit_(limit),
        base_(base),
        next_(next),
        done_(done),
        options_(options.remove),
        decoding_(options.decoding),
        encoding_(options.encoding),
        stop_(stop),
        budget_(plan.memory_bytes) {
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
    if (cut_short_) throw Cancelled();
  }

 private:
  void take_jobs() {
    while (auto job = take()) {
      BatchResult result;
      result.job = std::move(*job);
      try {
        process(result);
      } catch (const Error& error) {
        result.error = error;
        if (error.code() == ErrorCode::cancelled) cut_short_ = true;
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
    if (stop_.stop_requested()) {
      cut_short_ = true;
      return std::nullopt;
    }
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
      // Without next_mutex_: a worker that waits in next_ holds it. It is then asked no more.
      ended_ = true;
    }
  }

  void fail(std::exception_ptr failure) {
    const std::scoped_lock lock(failure_mutex_);
    if (!failure_) failure_ = std::move(failure);
  }

  void process(BatchResult& result) {
    const BatchJob& job = result.job;
    const StopScope scope(stop_);
    Stopwatch watch;
    std::vector<std::byte> file = read_file(job.input, decoding_.limits.max_bytes, ErrorCode::input);
    const double reading = watch.lap();
    const MemoryBudget::Share share(budget_, memory_for(job, file), stop_);
    check_stopped();
    const std::vector<std::byte> bytes =
        job.animation ? animated(std::move(file), result) : still(std::move(file), result);
    result.timings.decode += reading;
    watch.lap();
    if (!job.output.empty()) {
      AtomicFile output(job.output, ErrorCode::output,
                        job.replace ? AtomicFile::Existing::replaced : AtomicFile::Existing::kept);
      output.write(bytes);
      output.commit();
      result.write = watch.lap();
      result.bytes = bytes.size();
    }
    const Timings& t = result.timings;
    result.timings.total = t.decode + t.preprocess + t.inference + t.postprocess + t.encode + result.write;
    adjust_budget();
  }

  std::uint64_t memory_for(const BatchJob& job, std::span<const std::byte> file) const {
    const auto header = read_header(file);
    // All frames are in memory at a time.
    const int frames = job.animation && header ? pages_in(file, job.input.string()).count : 1;
    return static_cast<std::uint64_t>(frames) * picture_memory(file.size(), header, options_);
  }

  /// The output's file, of one picture; nothing where the caller takes it as it is.
  std::vector<std::byte> still(std::vector<std::byte> file, BatchResult& result) {
    RemoverPool::Expected expected(pool_);
    Stopwatch watch;
    DecodeOptions decoding = decoding_;
    if (result.job.page) decoding.page = result.job.page;
    Image picture = decode(file, decoding, result.job.input.string());
    file = {};
    const double decoded = watch.lap();
    result.pages = picture.pages();
    if (result.job.whole) check_whole(picture, result.job);
    Image finished = take(cut_out(picture, expected), decoded, result);
    picture = {};
    check_stopped();
    if (result.job.output.empty()) {
      result.image = std::move(finished);
      return {};
    }
    watch.lap();
    std::vector<std::byte> bytes = encode(finished, encoding_);
    result.timings.encode = watch.lap();
    return bytes;
  }

  /// The output's file, of all frames.
  std::vector<std::byte> animated(std::vector<std::byte> file, BatchResult& result) {
    const std::string name = result.job.input.string();
    Stopwatch watch;
    Animation animation = decode_animation(file, decoding_, name);
    file = {};
    const double decoded = watch.lap();
    result.frames = static_cast<int>(animation.frames.size());
    result.pages = result.frames;
    if (result.job.whole) check_whole(animation.frames.front(), result.job);
    Image first = take(cut_out_frames(animation, options_, name,
                                      [&](const Image& frame) {
                                        RemoverPool::Expected expected(pool_);
                                        return cut_out(frame, expected);
                                      }),
                       decoded, result);
    check_stopped();
    if (result.job.output.empty()) {
      result.image = std::move(first);
      return {};
    }
    watch.lap();
    std::vector<std::byte> bytes = encode_animation(animation, encoding_);
    result.timings.encode = watch.lap();
    return bytes;
  }

  void check_whole(const Image& picture, const BatchJob& job) const {
    if (picture.more_unread()) {
      throw Error(ErrorCode::input, fmt::format("{}: it has frames that cannot be read", job.input.string()),
                  "they would be lost with the input: convert it first");
    }
    if (!job.animation && !job.page && !decoding_.page && picture.pages() > 1) {
      throw Error(ErrorCode::input,
                  fmt::format("{}: it has {} pages or frames, and only the first was asked for", job.input.string(),
                              picture.pages()),
                  "the others would be lost with the input: take all, or name the one");
    }
  }

  Result cut_out(const Image& picture, RemoverPool::Expected& expected) const {
    return finish(picture, pool_.see(picture, options_.look(), expected, stop_), options_, plan_.threads);
  }

  /// What the result says of it; its picture is returned.
  static Image take(Result cutout, double decoded, BatchResult& result) {
    result.subject = cutout.subject;
    result.notes = std::move(cutout.notes);
    result.crop = cutout.crop;
    result.timings = cutout.timings;
    result.timings.decode = decoded;
    result.width = cutout.image.width();
    result.height = cutout.image.height();
    if (result.job.output.empty()) result.mask = std::move(cutout.mask);
    return std::move(cutout.image);
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

  const RemoverPool& pool_;
  const BatchPlan& plan_;
  std::uint64_t limit_;
  std::uint64_t& base_;
  const std::function<std::optional<BatchJob>()>& next_;
  const std::function<void(const BatchResult&)>& done_;
  const RemoveOptions& options_;
  const DecodeOptions& decoding_;
  EncodeOptions encoding_;
  const std::stop_token& stop_;
  MemoryBudget budget_;
  std::mutex next_mutex_;
  std::mutex done_mutex_;
  std::mutex failure_mutex_;
  std::mutex base_mutex_;
  std::atomic<bool> ended_ = false;
  std::atomic<bool> cut_short_ = false;
  std::exception_ptr failure_;
};

}  // namespace

BatchRemover::BatchRemover(BatchSettings settings) : impl_(std::make_unique<Impl>(std::move(settings))) {}
BatchRemover::BatchRemover(BatchRemover&&) noexcept = default;
BatchRemover& BatchRemover::operator=(BatchRemover&&) noexcept = default;
BatchRemover::~BatchRemover() = default;

const SessionInfo& BatchRemover::session() const noexcept {
  static const SessionInfo NONE;
  return impl_ ? impl_->pool.session() : NONE;
}

const BatchPlan& BatchRemover::plan() const noexcept {
  static const BatchPlan NONE;
  return impl_ ? impl_->plan : NONE;
}

std::uint64_t BatchRemover::peak_memory() const noexcept {
  return peel::peak_memory();
}

void BatchRemover::run(const std::function<std::optional<BatchJob>()>& next,
                       const std::function<void(const BatchResult&)>& done, const BatchOptions& options,
                       const std::stop_token& stop) {
  Impl& impl = held(impl_);
  check_finish(options.remove, sees_several_classes(session(), options.remove.look()));
  if (options.remove.into) throw Error(ErrorCode::usage, "a batch writes files, and nothing into a buffer");
  BatchRun(impl.pool, impl.plan, impl.limit, impl.base, next, done, options, stop).run();
}

}  // namespace peel
