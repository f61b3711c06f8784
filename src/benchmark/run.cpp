#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "base/memory.hpp"
#include "benchmark/nvidia_smi.hpp"
#include "benchmark/plan.hpp"
#include "benchmark/recommendation.hpp"
#include "benchmark/results.hpp"
#include "benchmark/words.hpp"
#include "benchmark/worker.hpp"
#include "peel/version.hpp"

namespace peel {
namespace {

using namespace benchmark;
using Clock = std::chrono::steady_clock;

bool on_nvidia(Device device) {
  return device == Device::cuda || device == Device::tensorrt;
}

/// A configuration under measurement.
struct Running {
  BenchmarkMeasurement measurement;
  std::unique_ptr<Worker> worker;
  std::set<std::size_t> seen;  // pictures whose outputs are written
};

class Benchmark {
 public:
  Benchmark(const BenchmarkOptions& options, const Control& control)
      : options_(options), control_(control), begin_(Clock::now()), plan_(make_plan(options, control)) {
    summary_.version = version();
    summary_.started = fmt::format("{:%FT%TZ}", fmt::gmtime(std::time(nullptr)));
    summary_.machine = plan_.machine;
    summary_.output_folder = options.output_folder;
    summary_.masks_folder = options.masks_folder;
    summary_.rounds = plan_.rounds;
    summary_.pictures = plan_.pictures;
    summary_.skipped = plan_.skipped;
  }

  BenchmarkSummary run() {
    start_all();
    take_turns();
    return finish();
  }

 private:
  bool stopped() {
    summary_.interrupted = summary_.interrupted || control_.stop.stop_requested();
    return summary_.interrupted;
  }

  void report(std::string_view what, std::uint64_t done, std::uint64_t total) const {
    if (control_.progress) control_.progress({what, done, total});
  }

  void skip(const BenchmarkConfiguration& configuration, const std::string& reason, const std::string& advice) {
    log(LogLevel::info, "{} is not measured: {}", configuration.name, reason);
    add_skipped(summary_.skipped, configuration, reason, advice);
  }

  void start_all() {
    std::optional<Error> first_failure;
    for (const BenchmarkConfiguration& configuration : plan_.configurations) {
      if (stopped()) return;
      try {
        if (!start(configuration)) return;
      } catch (const WorkerFailure& failure) {
        skip(configuration, failure.what(), failure.advice());
        if (!first_failure) first_failure.emplace(failure.code(), failure.what(), failure.advice());
      }
    }
    if (running_.empty() && first_failure) throw Error(*first_failure);
  }

  /// False where it was stopped meanwhile. Throws WorkerFailure.
  bool start(const BenchmarkConfiguration& configuration) {
    const std::string what = fmt::format("starting {}", configuration.name);
    report(what, 0, 0);
    check_memory(configuration);
    StartOrder order;
    order.model = configuration.model;
    if (options_.model_folder) order.model_folder = options_.model_folder->string();
    order.device = configuration.device;
    order.precision = configuration.precision;
    order.threads = configuration.threads;
    order.batch = configuration.batch;
    order.engine = configuration.engine;

    Running made;
    made.measurement.configuration = configuration;
    // Once for what is made at a first start and kept (the optimised graph, TensorRT's engine), then for measurement.
    for (double* time : {&made.measurement.first_load_ms, &made.measurement.load_ms}) {
      made.worker = std::make_unique<Worker>();
      const auto begun = made.worker->start(order, control_.stop);
      if (!begun) return false;
      *time = begun->load_ms;
      made.measurement.session = begun->session;
      process_ = begun->process;
      check_session(configuration, begun->session);
    }
    warm_up(made);
    if (stopped()) return false;
    running_.push_back(std::move(made));
    return true;
  }

  /// Runs under another name than its own are not wanted.
  static void check_session(const BenchmarkConfiguration& configuration, const SessionInfo& session) {
    if (session.provider == word(configuration.device) && session.engine == word(configuration.engine) &&
        session.precision == word(configuration.precision)) {
      return;
    }
    std::string reason = fmt::format("it ran on {} by {} in {}", session.provider, session.engine, session.precision);
    for (const Fallback& fallback : session.fallbacks) {
      reason = fallback.reason;
      if (fallback.provider == word(configuration.device) || fallback.provider == word(configuration.precision)) break;
    }
    throw WorkerFailure(ErrorCode::device, reason, "");
  }

  /// All configurations wait in memory side by side. A machine that swaps measures its disk.
  void check_memory(const BenchmarkConfiguration& configuration) const {
    std::uint64_t expected = 0;
    for (const Running& other : running_) {
      if (other.measurement.configuration.model == configuration.model)
        expected = std::max(expected, other.measurement.peak_memory_bytes);
    }
    const std::uint64_t available = free_memory();
    if (available == 0 || available > expected + expected / 5) return;
    throw WorkerFailure(ErrorCode::device,
                        fmt::format("{} MB of memory are left, and a configuration of this model takes {} MB",
                                    available >> 20, expected >> 20),
                        "compare fewer configurations, models or numbers of threads at a time");
  }

  void warm_up(Running& running) {
    const auto pictures = first_batch(running.measurement.configuration);
    if (pictures.empty()) return;
    running.measurement.first_picture_ms = run_batch(running, pictures, false).timings.front().total;
    // Once more: memory that was taken for the first run is now in its place, and clocks have risen.
    run_batch(running, pictures, false);
    if (on_nvidia(running.measurement.configuration.device))
      running.measurement.device_memory_bytes = device_memory(process_);
  }

  std::vector<std::size_t> first_batch(const BenchmarkConfiguration& configuration) const {
    if (plan_.usable.empty()) return {};
    auto pictures = plan_.pictures_of(0);
    pictures.resize(std::min(pictures.size(), static_cast<std::size_t>(configuration.batch)));
    return pictures;
  }

  RunReport run_batch(Running& running, const std::vector<std::size_t>& pictures, bool keep) {
    const BenchmarkConfiguration& configuration = running.measurement.configuration;
    RunOrder order;
    for (const std::size_t picture : pictures) {
      RunOrder::Picture& one = order.pictures.emplace_back();
      one.file = summary_.pictures[picture].file.string();
      if (!keep || running.seen.contains(picture)) continue;
      one.cutout = cutout_file(summary_, configuration, picture).string();
      one.mask = mask_file(summary_, configuration, picture).string();
    }
    RunReport result = running.worker->run(order);
    running.measurement.peak_memory_bytes = result.peak_memory_bytes;
    if (keep) running.seen.insert(pictures.begin(), pictures.end());
    return result;
  }

  void make_folders() const {
    for (const Running& running : running_) {
      const auto folder = summary_.output_folder / running.measurement.configuration.name / "masks";
      std::error_code error;
      std::filesystem::create_directories(folder, error);
      if (error) {
        throw Error(ErrorCode::output, fmt::format("{}: {}", folder.string(), error.message()),
                    "choose another output folder");
      }
    }
  }

  void take_turns() {
    make_folders();
    std::uint64_t done = 0;
    for (std::size_t turn = 0; turn < plan_.turns(); ++turn) {
      const auto pictures = plan_.pictures_of(turn);
      // A rotating order: none always runs first, when the picture has yet to come from the disk.
      std::vector<std::string> order;
      for (std::size_t i = 0; i < running_.size(); ++i) {
        order.push_back(running_[(turn + i) % running_.size()].measurement.configuration.name);
      }
      for (const std::string& name : order) {
        report("measuring", done, plan_.turns() * running_.size());
        if (stopped()) return;
        const auto at = std::ranges::find(
            running_, name, [](const Running& running) { return running.measurement.configuration.name; });
        try {
          measure(*at, turn, pictures);
        } catch (const WorkerFailure& failure) {
          skip(at->measurement.configuration,
               fmt::format("failed after {} pictures: {}", at->measurement.samples.size(), failure.what()),
               failure.advice());
          running_.erase(at);
        }
        ++done;
      }
      if (running_.empty()) return;
      summary_.turns = turn + 1;
    }
  }

  void measure(Running& running, std::size_t turn, const std::vector<std::size_t>& pictures) {
    const auto batch = static_cast<std::size_t>(running.measurement.configuration.batch);
    for (std::size_t begin = 0; begin < pictures.size(); begin += batch) {
      const std::size_t end = std::min(begin + batch, pictures.size());
      const std::vector<std::size_t> part(pictures.begin() + static_cast<std::ptrdiff_t>(begin),
                                          pictures.begin() + static_cast<std::ptrdiff_t>(end));
      const RunReport result = run_batch(running, part, true);
      for (std::size_t i = 0; i < part.size(); ++i) {
        running.measurement.samples.push_back({static_cast<int>(turn), part[i], result.timings[i]});
      }
    }
  }

  bool accounted_for(const BenchmarkConfiguration& wanted) const {
    const auto is_it = [&](const BenchmarkConfiguration& other) { return other.name == wanted.name; };
    const auto measured = [&](const BenchmarkMeasurement& m) { return is_it(m.configuration); };
    const auto skipped = [&](const BenchmarkSkipped& s) { return std::ranges::any_of(s.configurations, is_it); };
    return std::ranges::any_of(summary_.measurements, measured) || std::ranges::any_of(summary_.skipped, skipped);
  }

  BenchmarkSummary finish() {
    for (Running& running : running_) {
      running.worker.reset();
      if (!running.measurement.samples.empty()) summary_.measurements.push_back(std::move(running.measurement));
    }
    for (const BenchmarkConfiguration& wanted : plan_.configurations) {
      if (!accounted_for(wanted)) skip(wanted, "interrupted before it was measured", "");
    }
    add_statistics(summary_);
    add_fidelity(summary_, control_.progress);
    summary_.recommendation = recommend(summary_);
    summary_.seconds = std::chrono::duration<double>(Clock::now() - begin_).count();
    return std::move(summary_);
  }

  const BenchmarkOptions& options_;
  const Control& control_;
  Clock::time_point begin_;
  BenchmarkPlan plan_;
  BenchmarkSummary summary_;
  std::vector<Running> running_;
  int process_ = 0;  // of the worker started last
};

}  // namespace

BenchmarkSummary run_benchmark(const BenchmarkOptions& options, const Control& control) {
  return Benchmark(options, control).run();
}

}  // namespace peel
