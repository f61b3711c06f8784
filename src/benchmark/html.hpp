#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "peel/benchmark.hpp"

// The parts of report.html. Everything that comes from outside (file names, reasons, a GPU's name) goes through
// escape(); the page allows neither scripts nor addresses, so what slipped through could do nothing.
namespace peel::benchmark {

/// Text that means itself in HTML, in an attribute too. What is not UTF-8 is replaced.
std::string escape(std::string_view text);

/// report.css, compiled in.
extern const std::string_view report_css;

/// "412 ms", "1.74 s".
std::string duration(double milliseconds);

/// A bar for each configuration: its median time, in the colours of its stages, with the interval.
std::string time_bars(const BenchmarkSummary& summary);
/// The numbers.
std::string results_table(const BenchmarkSummary& summary);
/// Every picture with every configuration's cut-out, and where masks differ from the baseline's.
std::string picture_rows(const BenchmarkSummary& summary);

}  // namespace peel::benchmark
