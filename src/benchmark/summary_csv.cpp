#include <fmt/format.h>

#include <string>
#include <vector>

#include "benchmark/words.hpp"
#include "peel/benchmark.hpp"

namespace peel {
namespace {

using Row = std::vector<std::string>;

/// RFC 4180: what holds a separator, a quote or a line end is quoted, quotes in it doubled.
std::string field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == text.npos) return text;
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"') result += c;
    result += c;
  }
  return result + '"';
}

std::string line(const Row& row) {
  std::string text;
  for (const std::string& value : row) text += field(value) + ',';
  text.pop_back();
  return text + "\r\n";
}

std::string number(double value, int digits) {
  return fmt::format("{:.{}f}", value, digits);
}

Row head(const BenchmarkConfiguration& c) {
  return {c.name,
          c.model,
          std::string(benchmark::word(c.device)),
          std::string(benchmark::word(c.engine)),
          std::string(benchmark::word(c.precision)),
          std::to_string(c.threads),
          std::to_string(c.batch)};
}

Row row_of(const BenchmarkMeasurement& m) {
  Row row = head(m.configuration);
  const auto add = [&](double value, int digits) { row.push_back(number(value, digits)); };
  const auto add_if = [&](bool there, double value, int digits) {
    row.push_back(there ? number(value, digits) : std::string());
  };
  row.push_back(std::to_string(m.samples.size()));
  add(m.time.median, 3);
  add(m.time.median_interval.low, 3);
  add(m.time.median_interval.high, 3);
  add(m.time.p95, 3);
  add(m.time.least, 3);
  for (const double stage :
       {m.stages.decode, m.stages.preprocess, m.stages.inference, m.stages.postprocess, m.stages.encode}) {
    add(stage, 3);
  }
  add(m.pictures_per_second, 4);
  add_if(m.speedup.has_value(), m.speedup.value_or(0), 4);
  add_if(m.speedup.has_value(), m.speedup_interval.low, 4);
  add_if(m.speedup.has_value(), m.speedup_interval.high, 4);
  add(m.first_load_ms, 3);
  add(m.load_ms, 3);
  add(m.first_picture_ms, 3);
  row.push_back(std::to_string(m.peak_memory_bytes));
  row.push_back(m.device_memory_bytes ? std::to_string(*m.device_memory_bytes) : "");
  const Fidelity fidelity = m.fidelity.value_or(Fidelity{});
  add_if(m.fidelity.has_value(), fidelity.mean.mae, 6);
  add_if(m.fidelity.has_value(), fidelity.mean.iou, 6);
  add_if(m.fidelity.has_value(), fidelity.worst.agreement.iou, 6);
  const TruthScore truth = m.truth.value_or(TruthScore{});
  add_if(m.truth.has_value(), truth.mean.mae, 6);
  add_if(m.truth.has_value(), truth.mean.iou, 6);
  add_if(m.truth.has_value(), truth.max_f, 6);
  row.emplace_back();  // why it did not run
  return row;
}

}  // namespace

std::string benchmark_csv(const BenchmarkSummary& summary) {
  const Row titles{"configuration",
                   "model",
                   "device",
                   "engine",
                   "precision",
                   "threads",
                   "batch",
                   "samples",
                   "median_ms",
                   "median_low_ms",
                   "median_high_ms",
                   "p95_ms",
                   "least_ms",
                   "decode_ms",
                   "preprocess_ms",
                   "inference_ms",
                   "postprocess_ms",
                   "encode_ms",
                   "pictures_per_second",
                   "speedup",
                   "speedup_low",
                   "speedup_high",
                   "first_load_ms",
                   "load_ms",
                   "first_picture_ms",
                   "peak_memory_bytes",
                   "device_memory_bytes",
                   "fidelity_mae",
                   "fidelity_iou",
                   "worst_iou",
                   "truth_mae",
                   "truth_iou",
                   "truth_max_f",
                   "not_run"};
  std::string text = line(titles);
  for (const BenchmarkMeasurement& each : summary.measurements) text += line(row_of(each));
  for (const BenchmarkSkipped& each : summary.skipped) {
    for (const BenchmarkConfiguration& configuration : each.configurations) {
      Row row = head(configuration);
      row.resize(titles.size());
      row.back() = each.reason;
      text += line(row);
    }
  }
  return text;
}

}  // namespace peel
