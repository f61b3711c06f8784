#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "benchmark/html.hpp"
#include "benchmark/results.hpp"

// SVG without a viewBox: places are in percent of the width and pixels of the height, so that a plot becomes narrower
// on a phone while its text keeps its size.
namespace peel::benchmark {
namespace {

struct Stage {
  const char* name;
  double Timings::*time;
};
constexpr std::array NAMED_STAGES{Stage{"decode", &Timings::decode}, Stage{"preprocess", &Timings::preprocess},
                                  Stage{"inference", &Timings::inference}, Stage{"postprocess", &Timings::postprocess},
                                  Stage{"encode", &Timings::encode}};

std::string bar(const BenchmarkMeasurement& m, double full) {
  const auto percent = [&](double time) { return 100 * time / full; };
  double sum = 0;
  for (const Stage& stage : NAMED_STAGES) sum += m.stages.*stage.time;
  std::string words;
  std::string svg;
  double left = 0;
  for (const Stage& stage : NAMED_STAGES) {
    const double time = m.stages.*stage.time;
    // Medians of stages do not add up to the median of the whole: they share its bar.
    const double width = sum > 0 ? percent(m.time.median) * time / sum : 0;
    svg += fmt::format(
        R"(<rect class="stage {0}" x="{1:.3f}%" y="4" width="{2:.3f}%" height="20"><title>{0}: {3}</title></rect>)",
        stage.name, left, width, duration(time));
    words += fmt::format(", {} {}", stage.name, duration(time));
    left += width;
  }
  const Interval& interval = m.time.median_interval;
  svg += fmt::format(R"(<line class="whisker" x1="{0:.3f}%" x2="{1:.3f}%" y1="14" y2="14"/>)"
                     R"(<line class="whisker" x1="{0:.3f}%" x2="{0:.3f}%" y1="8" y2="20"/>)"
                     R"(<line class="whisker" x1="{1:.3f}%" x2="{1:.3f}%" y1="8" y2="20"/>)",
                     percent(interval.low), percent(interval.high));
  return fmt::format(
      R"(<svg role="img" width="100%" height="28" aria-label="{}: median {}, 95 % interval {} to {}{}">{}</svg>)",
      escape(m.configuration.name), duration(m.time.median), duration(interval.low), duration(interval.high), words,
      svg);
}

}  // namespace

std::string time_bars(const BenchmarkSummary& summary) {
  double full = 0;
  for (const BenchmarkMeasurement& m : summary.measurements)
    full = std::max({full, m.time.median, m.time.median_interval.high});
  if (full <= 0) return "";
  full *= 1.01;
  std::string html = R"(<ul class="legend" aria-label="Colours of the stages">)";
  for (const Stage& stage : NAMED_STAGES)
    html += fmt::format(R"(<li><span class="key {0}"></span>{0}</li>)", stage.name);
  html += R"(<li><span class="key whisker-key"></span>95 % interval of the median</li></ul><ol class="bars">)";
  for (const BenchmarkMeasurement& m : summary.measurements) {
    const bool best = m.configuration.name == summary.recommendation.configuration;
    std::string notes;
    if (is_baseline(summary, m)) notes += R"( <span class="tag">baseline</span>)";
    if (best) notes += R"( <span class="tag best">recommended</span>)";
    const std::string faster =
        m.speedup && !is_baseline(summary, m) ? fmt::format(" · {:.2f}x", *m.speedup) : std::string();
    html += fmt::format(
        R"(<li><div class="bar-head"><span class="name">{}</span>{}<span class="value">{}{}</span></div>{}</li>)",
        escape(m.configuration.name), notes, duration(m.time.median), faster, bar(m, full));
  }
  return html + "</ol>";
}

}  // namespace peel::benchmark
