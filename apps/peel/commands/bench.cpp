#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "commands/commands.hpp"
#include "commands/interrupt.hpp"
#include "commands/picture_folder.hpp"
#include "commands/save_config.hpp"
#include "peel/benchmark.hpp"
#include "report.hpp"

namespace peel::cli {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> choose_pictures(const BenchChoices& choices) {
  std::error_code ignored;
  const fs::path folder = choices.input_folder;
  if (!fs::exists(folder, ignored)) {
    throw Error(ErrorCode::input, fmt::format("{}: not found", folder.string()), "check the name");
  }
  if (!fs::is_directory(folder, ignored)) {
    throw Error(ErrorCode::input, fmt::format("{}: not a folder", folder.string()), "name the folder of the pictures");
  }
  const auto files = evenly_spread(pictures_in(folder), static_cast<std::size_t>(choices.samples));
  if (files.empty()) {
    throw Error(ErrorCode::input, fmt::format("{}: no pictures in this folder", folder.string()),
                "subfolders are not looked into");
  }
  return {files.begin(), files.end()};
}

void check_masks(const fs::path& folder) {
  std::error_code ignored;
  if (!folder.empty() && !fs::is_directory(folder, ignored)) {
    throw Error(ErrorCode::input, fmt::format("{}: not a folder", folder.string()), "name the folder of the masks");
  }
}

BenchmarkOptions options_for(const Given& given, const BenchChoices& choices, Console& console) {
  BenchmarkOptions options = given.make<BenchmarkOptions>();
  options.pictures = choose_pictures(choices);
  check_masks(options.masks_folder);
  options.fetch.control = console.fetch_control();
  return options;
}

void print_measured(const BenchmarkSummary& summary) {
  std::size_t width = 13;
  for (const BenchmarkMeasurement& m : summary.measurements) width = std::max(width, m.configuration.name.size());
  answer("{:<{}}  {:>9}  {:>19}  {:>8}  {:>7}  {:>9}\n", "configuration", width, "median ms", "95 % interval",
         "speed-up", "IoU", "memory MB");
  for (const BenchmarkMeasurement& m : summary.measurements) {
    const Interval& interval = m.time.median_interval;
    answer("{:<{}}  {:>9.1f}  {:>19}  {:>8}  {:>7}  {:>9}\n", m.configuration.name, width, m.time.median,
           fmt::format("{:.1f} to {:.1f}", interval.low, interval.high),
           m.speedup ? fmt::format("{:.2f}x", *m.speedup) : "-",
           m.fidelity ? fmt::format("{:.4f}", m.fidelity->mean.iou) : "-", m.peak_memory_bytes / 1'000'000);
  }
}

void print_as_text(const BenchmarkSummary& summary) {
  if (!summary.measurements.empty()) print_measured(summary);
  if (!summary.skipped.empty()) answer("\nNot run here\n");
  for (const BenchmarkSkipped& skipped : summary.skipped) {
    std::vector<std::string> names;
    for (const BenchmarkConfiguration& configuration : skipped.configurations) names.push_back(configuration.name);
    answer("  {}\n    {}{}{}\n", fmt::join(names, ", "), printable(skipped.reason), skipped.advice.empty() ? "" : "; ",
           printable(skipped.advice));
  }
  const Recommendation& advice = summary.recommendation;
  if (!advice.sentence.empty()) answer("\n{}.\n", printable(advice.sentence));
  for (const std::string& remark : advice.remarks) answer("{}.\n", printable(remark));
  answer("\nReport: {}\n", printable((summary.output_folder / "report.html").string()));
}

}  // namespace

int run_bench(const Given& given, const std::string& user_config, Console& console) {
  // A first signal ends the measuring, not the program: what was measured is written, then it ends by that signal.
  const DeferInterrupt whole_report;
  const auto choices = given.make<BenchChoices>();
  const BenchmarkOptions options = options_for(given, choices, console);
  const BenchmarkSummary summary = run_benchmark(options, console.control());
  console.end_progress();
  for (const BenchmarkPicture& picture : summary.pictures) {
    if (!picture.error.empty()) console.warn(fmt::format("left out: {}", picture.error));
  }
  write_benchmark(summary);
  if (console.json()) {
    write_text(stdout, benchmark_json(summary) + '\n');
  } else if (!console.quiet()) {
    print_as_text(summary);
  }
  if (summary.interrupted) console.warn("interrupted: the report holds what was measured until then");
  if (choices.save && !summary.interrupted && !summary.recommendation.config.empty()) {
    save_config(user_config, summary.recommendation.config);
    console.note(fmt::format("saved to {}", user_config));
  }
  // A waiting signal is about to end the program.
  return flush_stdout() ? 0 : static_cast<int>(ErrorCode::output);
}

}  // namespace peel::cli
