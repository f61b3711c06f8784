#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

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

/// The least round number (1, 2 or 5 by a power of ten) of at least this.
double round_up(double value) {
  const double power = std::pow(10.0, std::floor(std::log10(std::max(value, 1e-9))));
  for (const double step : {1.0, 2.0, 5.0}) {
    if (step * power >= value * (1 - 1e-9)) return step * power;
  }
  return 10 * power;
}

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

struct Point {
  const BenchmarkMeasurement* measurement;
  double time;
  double likeness;
};

/// With ground truth for all of them it is the judge, also between models; else the baseline's masks are.
std::vector<Point> points_of(const BenchmarkSummary& summary, bool& by_truth) {
  by_truth = !summary.measurements.empty() &&
             std::ranges::all_of(summary.measurements, [](const auto& m) { return m.truth.has_value(); });
  std::vector<Point> points;
  for (const BenchmarkMeasurement& m : summary.measurements) {
    if (by_truth) points.push_back({&m, m.time.median, m.truth->mean.iou});
    if (!by_truth && m.fidelity) points.push_back({&m, m.time.median, m.fidelity->mean.iou});
  }
  return points;
}

/// A scale from `low` to `high` onto a stretch of the plot.
struct Axis {
  double low, high;
  double from, to;
  double at(double value) const { return from + (to - from) * (value - low) / (high - low); }
};

constexpr int PLOT_HEIGHT = 280;

std::string tick(double milliseconds) {
  if (milliseconds == 0) return "0";
  return milliseconds < 1000 ? fmt::format("{:g} ms", milliseconds) : fmt::format("{:g} s", milliseconds / 1000);
}

std::string grid(const Axis& x, const Axis& y) {
  std::string svg;
  const double x_step = round_up((x.high - x.low) / 6);
  for (int i = 0; x.low + i * x_step <= x.high * 1.0001; ++i) {
    const double value = x.low + i * x_step;
    svg += fmt::format(
        R"(<line class="grid" x1="{0:.2f}%" x2="{0:.2f}%" y1="{1:.0f}" y2="{2:.0f}"/><text class="tick" x="{0:.2f}%" y="{3:.0f}" text-anchor="middle">{4}</text>)",
        x.at(value), y.to, y.from, y.from + 18, tick(value));
  }
  const double y_step = round_up((y.high - y.low) / 5);
  for (int i = 0; y.high - i * y_step >= y.low - 1e-9; ++i) {
    const double value = y.high - i * y_step;
    svg += fmt::format(
        R"(<line class="grid" x1="{0:.2f}%" x2="{1:.2f}%" y1="{2:.1f}" y2="{2:.1f}"/><text class="tick" x="0" y="{3:.1f}">{4:.{5}f}</text>)",
        x.from, x.to, y.at(value), y.at(value) + 4, value, y_step < 0.01 ? 3 : 2);
  }
  return svg;
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

std::string scatter_plot(const BenchmarkSummary& summary) {
  bool by_truth = false;
  const std::vector<Point> points = points_of(summary, by_truth);
  if (points.size() < 2) return "";
  double slowest = 0;
  double least = 1;
  for (const Point& point : points) {
    slowest = std::max(slowest, point.time);
    least = std::min(least, point.likeness);
  }
  // At least a hundredth high: a difference in the last digit is not to look like a cliff.
  const double depth = round_up(std::max(1 - least, 0.01) * 1.05);
  const Axis x{0, slowest * 1.08, 8, 98};
  const Axis y{1 - depth, 1, PLOT_HEIGHT - 40, 24};
  const char* const judge = by_truth ? "mean IoU with ground truth" : "mean IoU with the masks of CPU FP32";
  std::string svg = grid(x, y);
  std::string legend;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const Point& point = points[i];
    const BenchmarkConfiguration& c = point.measurement->configuration;
    const bool best = c.name == summary.recommendation.configuration;
    svg += fmt::format(
        R"(<circle class="point{0}" cx="{1:.2f}%" cy="{2:.1f}" r="11"><title>{3}</title></circle><text class="mark" x="{1:.2f}%" y="{4:.1f}" text-anchor="middle">{5}</text>)",
        best ? " best" : "", x.at(point.time), y.at(point.likeness), escape(c.name), y.at(point.likeness) + 4, i + 1);
    legend += fmt::format(R"(<li><span class="name">{}</span> {}, IoU {:.4f}</li>)", escape(c.name),
                          duration(point.time), point.likeness);
  }
  return fmt::format(
      R"(<figure class="plot"><svg role="img" width="100%" height="{}" aria-label="Time against {}; the list after it has the values">{}<text class="tick axis" x="98%" y="{}" text-anchor="end">median time of a picture</text></svg><figcaption>Up is better, left is faster. Up: {}.</figcaption><ol class="points">{}</ol></figure>)",
      PLOT_HEIGHT, judge, svg, PLOT_HEIGHT - 4, judge, legend);
}

}  // namespace peel::benchmark
