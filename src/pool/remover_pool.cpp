#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <limits>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/file.hpp"
#include "base/held.hpp"
#include "base/log.hpp"
#include "base/parallel.hpp"
#include "peel/error.hpp"
#include "peel/pool.hpp"
#include "peel/providers.hpp"
#include "pool/core_split.hpp"
#include "pool/inference_slots.hpp"
#include "pool/memory_need.hpp"

namespace peel {
namespace {

constexpr int MOST_JOBS = 1024;

void check(const PoolSettings& settings) {
  if (settings.jobs < 0 || settings.jobs > MOST_JOBS) {
    throw Error(ErrorCode::usage, fmt::format("{} jobs are outside 0 to {}", settings.jobs, MOST_JOBS));
  }
}

/// All that a split depends on, in words.
std::string split_key(const SessionInfo& session) {
  return fmt::format("{} {} {} {} {} {}", file_stamp(session.file), session.precision, session.engine,
                     session.engine_version, cpu_info().name, available_cores());
}

}  // namespace

struct RemoverPool::Impl {
  PoolSettings settings;
  std::vector<BackgroundRemover> removers;  ///< one for all jobs, or one each where a job has threads of its own
  CoreSplit split;
  bool measured = false;
  std::unique_ptr<InferenceSlots> slots;

  explicit Impl(PoolSettings given) : settings(std::move(given)) {
    check(settings);
    settings.remover.threads = checked_threads(settings.remover.threads);
    load();
    slots = std::make_unique<InferenceSlots>(
        static_cast<std::size_t>(split.jobs), static_cast<std::size_t>(removers.front().session().batch),
        [this](std::size_t slot, std::span<const Image> pictures, const Look& look) {
          return removers[slot % removers.size()].see(pictures, look);
        });
  }

  void load() {
    const int cores = physical_cores();
    const CoreSplit given = share_cores(cores, settings.jobs, settings.remover.threads);
    make_removers({1, given.threads});
    const SessionInfo session = removers.front().session();
    if (session.provider != "cpu") {
      split.jobs = settings.jobs > 0 ? settings.jobs : JOBS_ON_GPU;
    } else {
      const bool planned = settings.jobs == 0 && settings.remover.threads == 0;
      make_removers(planned ? planned_split(session, cores) : given);
    }
    log(LogLevel::info, "{}: {} pictures at a time in the network with {} threads each", session.model, split.jobs,
        split.threads);
  }

  /// Those that fit already stay.
  void make_removers(const CoreSplit& wanted) {
    // OpenVINO's session has threads for each of its runs, as many as it was told of.
    const bool own_threads = !removers.empty() && removers.front().session().engine == "openvino";
    if (split.threads != wanted.threads || (own_threads && split.jobs != wanted.jobs)) removers.clear();
    Settings own = settings.remover;
    own.threads = wanted.threads;
    own.runs = wanted.jobs;
    // ONNX Runtime's has one pool of threads: jobs with threads of their own need a session each. Without, they can
    // share one.
    const auto sessions = static_cast<std::size_t>(wanted.threads > 1 && !own_threads ? wanted.jobs : 1);
    while (removers.size() < sessions) removers.emplace_back(own);
    split = wanted;
  }

  CoreSplit planned_split(const SessionInfo& session, int cores) {
    const std::uint64_t bound = settings.memory_bytes;
    const auto splits = possible_splits(cores, run_memory(session, settings.remover.max_size),
                                        bound > 0 ? bound : std::numeric_limits<std::uint64_t>::max());
    if (splits.size() == 1) return splits.front();
    const RememberedSplit remembered(split_key(session));
    if (const auto known = remembered.get(); known && std::ranges::count(splits, *known) > 0) {
      measured = true;
      return *known;
    }
    if (!settings.search) return splits.front();
    log(LogLevel::notice, "finding how many pictures at a time are the fastest here; once for this model");
    const CoreSplit found = fastest(splits, [&](const CoreSplit& each) { return measured_rate(each); });
    remembered.set(found);
    measured = true;
    return found;
  }

  /// Pictures a second through the network alone, over at least three of each job and half a second.
  double measured_rate(const CoreSplit& tried) {
    using Clock = std::chrono::steady_clock;
    make_removers(tried);
    const std::vector<std::uint8_t> grey(std::size_t{64} * 64, 128);
    const Image picture = Image::from_pixels({grey.data(), 64, 64, 64, PixelFormat::gray8});
    const auto runs = [&](int count) {
      const auto start = Clock::now();
      int done = 0;
      do {
        std::vector<std::jthread> jobs;
        jobs.reserve(static_cast<std::size_t>(tried.jobs));
        for (int job = 0; job < tried.jobs; ++job) {
          jobs.emplace_back([&, job] {
            for (int i = 0; i < count; ++i) removers[static_cast<std::size_t>(job) % removers.size()].see(picture);
          });
        }
        jobs.clear();
        done += count * tried.jobs;
      } while (count > 1 && Clock::now() - start < std::chrono::milliseconds(500));
      return done / std::chrono::duration<double>(Clock::now() - start).count();
    };
    runs(1);
    const double rate = runs(3);
    log(LogLevel::info, "{} at a time with {} threads each: {:.2f} pictures/s", tried.jobs, tried.threads, rate);
    return rate;
  }
};

RemoverPool::RemoverPool(PoolSettings settings) : impl_(std::make_unique<Impl>(std::move(settings))) {}
RemoverPool::RemoverPool(RemoverPool&&) noexcept = default;
RemoverPool& RemoverPool::operator=(RemoverPool&&) noexcept = default;
RemoverPool::~RemoverPool() = default;

RemoverPool::Expected::Expected(const RemoverPool& pool) : slots_(*held(pool.impl_).slots) {
  slots_.expect();
}

RemoverPool::Expected::~Expected() {
  if (counted_) slots_.withdraw();
}

Mask RemoverPool::see(const Image& picture, const Look& look, Expected& expected, const std::stop_token& stop) const {
  expected.counted_ = false;
  return expected.slots_.see(picture, look, stop);
}

const SessionInfo& RemoverPool::session() const noexcept {
  static const SessionInfo NONE;
  return impl_ ? impl_->removers.front().session() : NONE;
}

const CoreSplit& RemoverPool::split() const noexcept {
  static const CoreSplit NONE;
  return impl_ ? impl_->split : NONE;
}

bool RemoverPool::measured() const noexcept {
  return impl_ && impl_->measured;
}

int RemoverPool::pictures_in_hand() const noexcept {
  const SessionInfo& info = session();
  return peel::pictures_in_hand(split().jobs, info.provider == "cpu", info.batch);
}

}  // namespace peel
