#include "report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "measures/statistics.hpp"

namespace peel::load {
namespace {

using nlohmann::ordered_json;

bool is_good(int status) {
  return status >= 200 && status <= 299;
}

double megabytes(std::uint64_t bytes) {
  return static_cast<double>(bytes) / 1e6;
}

double rounded(double value) {
  return std::round(value * 100) / 100;
}

ordered_json latency_json(const Latency& latency) {
  return {{"min", rounded(latency.least)},
          {"p50", rounded(latency.p50)},
          {"p90", rounded(latency.p90)},
          {"p99", rounded(latency.p99)},
          {"max", rounded(latency.most)}};
}

std::string name_of(int status) {
  return status == 0 ? "no answer" : std::to_string(status);
}

}  // namespace

Latency latency_of(std::vector<double> milliseconds) {
  Latency latency;
  if (milliseconds.empty()) return latency;
  latency.count = milliseconds.size();
  // Sorted once here, quantile() has little left to do.
  std::ranges::sort(milliseconds);
  latency.least = milliseconds.front();
  latency.most = milliseconds.back();
  latency.p50 = peel::quantile(milliseconds, 0.5);
  latency.p90 = peel::quantile(milliseconds, 0.9);
  latency.p99 = peel::quantile(milliseconds, 0.99);
  return latency;
}

Summary summarise(const Outcome& outcome) {
  std::map<int, std::vector<double>> times;
  std::vector<double> good;
  for (const Sample& sample : outcome.samples) {
    times[sample.status].push_back(sample.milliseconds);
    if (is_good(sample.status)) good.push_back(sample.milliseconds);
  }
  Summary summary;
  for (auto& [status, values] : times) summary.by_status[status] = latency_of(std::move(values));
  summary.answered = latency_of(std::move(good));
  if (outcome.seconds > 0) summary.per_second = static_cast<double>(summary.answered.count) / outcome.seconds;
  return summary;
}

std::optional<std::uint64_t> resident_from(const std::string& status) {
  const std::string name = "\nVmRSS:";
  const auto at = status.find(name);
  if (at == std::string::npos) return std::nullopt;
  const auto digits = status.find_first_of("0123456789", at + name.size());
  if (digits == std::string::npos) return std::nullopt;
  std::uint64_t kilobytes = 0;
  std::from_chars(status.data() + digits, status.data() + status.size(), kilobytes);
  return kilobytes << 10;
}

std::optional<std::uint64_t> MemoryWatch::look() {
  std::ifstream file(fmt::format("/proc/{}/status", process_));
  const auto now = resident_from({std::istreambuf_iterator<char>(file), {}});
  if (!now) return std::nullopt;
  if (first_ == 0) first_ = *now;
  most_ = std::max(most_, *now);
  last_ = *now;
  return now;
}

ordered_json to_json(const Outcome& outcome, const MemoryWatch* memory) {
  const Summary summary = summarise(outcome);
  ordered_json by_status = ordered_json::object();
  for (const auto& [status, latency] : summary.by_status) {
    by_status[name_of(status)] = {{"count", latency.count}, {"latency_ms", latency_json(latency)}};
  }
  ordered_json object = {{"requests", outcome.samples.size()},
                         {"answered", summary.answered.count},
                         {"seconds", rounded(outcome.seconds)},
                         {"pictures_per_second", rounded(summary.per_second)},
                         {"latency_ms", latency_json(summary.answered)},
                         {"by_status", by_status},
                         {"bytes_sent", outcome.bytes_sent},
                         {"bytes_received", outcome.bytes_received},
                         {"connections", outcome.connections},
                         {"late", outcome.late}};
  if (!outcome.failures.empty()) object["failures"] = outcome.failures;
  if (memory) {
    object["rss_bytes"] = {{"start", memory->first()}, {"most", memory->most()}, {"end", memory->last()}};
  }
  return object;
}

std::string to_table(const Outcome& outcome, const MemoryWatch* memory) {
  const Summary summary = summarise(outcome);
  std::string text = fmt::format("{:<10} {:>8} {:>9} {:>9} {:>9} {:>9} {:>9}  ms\n", "status", "requests", "min", "p50",
                                 "p90", "p99", "max");
  for (const auto& [status, t] : summary.by_status) {
    text += fmt::format("{:<10} {:>8} {:>9.1f} {:>9.1f} {:>9.1f} {:>9.1f} {:>9.1f}\n", name_of(status), t.count,
                        t.least, t.p50, t.p90, t.p99, t.most);
  }
  text +=
      fmt::format("{} pictures in {:.1f} s, {:.2f} a second; {:.1f} MB sent, {:.1f} MB received; {} connections made\n",
                  summary.answered.count, outcome.seconds, summary.per_second, megabytes(outcome.bytes_sent),
                  megabytes(outcome.bytes_received), outcome.connections);
  if (outcome.late > 0) text += fmt::format("{} were sent late: more --clients keep up the rate\n", outcome.late);
  for (const auto& [reason, count] : outcome.failures) text += fmt::format("no answer, {} times: {}\n", count, reason);
  if (memory) {
    text += fmt::format("memory of the server: {:.1f} MB at the start, {:.1f} at the most, {:.1f} at the end\n",
                        megabytes(memory->first()), megabytes(memory->most()), megabytes(memory->last()));
  }
  return text;
}

}  // namespace peel::load
