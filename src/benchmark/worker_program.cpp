// peel-bench-worker: one configuration of a benchmark in a process of its own. Reads orders from standard input and
// answers on standard output, a line each (protocol.hpp), until its input ends.

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "benchmark/protocol.hpp"
#include "peel/peel.hpp"

namespace peel::benchmark {
namespace {

using Clock = std::chrono::steady_clock;

double milliseconds(Clock::duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

/// The most memory this process ever held, by the kernel's account.
std::uint64_t peak_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string name; status >> name;) {
    if (std::uint64_t kilobytes = 0; name == "VmHWM:" && status >> kilobytes) return kilobytes * 1024;
  }
  return 0;
}

StartReport start(const StartOrder& order, std::optional<BackgroundRemover>& remover) {
  Settings settings;
  settings.model_name = order.model;
  if (!order.model_folder.empty()) settings.model_folder = order.model_folder;
  settings.device = order.device;
  // What cannot run is to say so, not to be measured as something else.
  settings.require_device = true;
  settings.precision = order.precision;
  settings.threads = order.threads;
  settings.batch = order.batch;
  settings.engine = order.engine;
  settings.fetch.offline = true;  // fetched before, in the process that shows its progress
  const auto begin = Clock::now();
  remover.emplace(settings);
  return {getpid(), milliseconds(Clock::now() - begin), remover->session()};
}

RunReport run(const RunOrder& order, const BackgroundRemover& remover, int threads) {
  RunReport report;
  EncodeOptions png;
  png.threads = threads;
  std::vector<Image> pictures;
  std::vector<double> decode_times;
  std::vector<std::vector<std::byte>> files;

  const auto begin = Clock::now();
  for (const auto& picture : order.pictures) {
    const auto since = Clock::now();
    pictures.push_back(load_image(picture.file));
    decode_times.push_back(milliseconds(Clock::now() - since));
  }
  const std::vector<Result> results = remover.remove(pictures);
  for (std::size_t i = 0; i < results.size(); ++i) {
    const auto since = Clock::now();
    files.push_back(encode(results[i].image, png));
    report.timings.push_back(results[i].timings);
    report.timings.back().decode = decode_times[i];
    report.timings.back().encode = milliseconds(Clock::now() - since);
  }
  const double each = milliseconds(Clock::now() - begin) / static_cast<double>(results.size());
  for (Timings& timings : report.timings) timings.total = each;
  report.peak_memory_bytes = peak_memory();

  for (std::size_t i = 0; i < results.size(); ++i) {
    const auto& picture = order.pictures[i];
    if (!picture.cutout.empty()) write_file(picture.cutout, files[i]);
    if (!picture.mask.empty()) {
      png.effort = Effort::fast;
      write_file(picture.mask, encode(results[i].mask, png));
    }
  }
  return report;
}

template <typename Action>
std::string answer(Action&& action) {
  try {
    return to_line(action());
  } catch (const Error& error) {
    return to_line(Failure{error.code(), error.message(), error.hint()});
  } catch (const std::bad_alloc&) {
    return to_line(Failure{ErrorCode::internal, "not enough memory", ""});
  } catch (const std::exception& error) {
    return to_line(Failure{ErrorCode::internal, error.what(), ""});
  }
}

int work() {
  // Answers have a stream to themselves: what a driver prints to standard output is no answer.
  std::FILE* const answers = fdopen(dup(STDOUT_FILENO), "w");
  if (!answers || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) return 1;
  std::optional<BackgroundRemover> remover;
  int threads = 0;
  for (std::string line; std::getline(std::cin, line);) {
    const std::string reply =
        remover ? answer([&] { return run(read_run_order(line), *remover, threads); }) : answer([&] {
          const StartOrder order = read_start_order(line);
          threads = order.threads;
          return start(order, remover);
        });
    std::fputs((reply + '\n').c_str(), answers);
    if (std::fflush(answers) != 0) return 1;
  }
  return 0;
}

}  // namespace
}  // namespace peel::benchmark

int main() {
  try {
    return peel::benchmark::work();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
