#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/words.hpp"
#include "benchmark/html.hpp"
#include "benchmark/results.hpp"

namespace peel::benchmark {
namespace {

std::string cell(const std::string& value, const std::string& small = {}) {
  if (small.empty()) return fmt::format("<td>{}</td>", value);
  return fmt::format("<td>{}<small>{}</small></td>", value, small);
}

std::string between(double low, double high, int digits) {
  return fmt::format("{:.{}f} to {:.{}f}", low, digits, high, digits);
}

/// Operators of a graph that runs on several devices: a reason for a device that is slower than expected.
std::string shares(const SessionInfo& session) {
  if (session.shares.size() < 2) return "";
  std::string text;
  for (const Share& share : session.shares)
    text += fmt::format("{}{} on {}", text.empty() ? "" : ", ", share.operators, share.provider);
  return "operators: " + escape(text);
}

std::string row(const BenchmarkSummary& summary, const BenchmarkMeasurement& m, bool truth, bool device) {
  const bool best = m.configuration.name == summary.recommendation.configuration;
  std::string html = fmt::format(R"(<tr{}><th scope="row"><span class="name">{}</span>)",
                                 best ? R"( class="best")" : "", escape(m.configuration.name));
  if (is_baseline(summary, m)) html += "<small>baseline</small>";
  if (best) html += "<small>recommended</small>";
  if (const std::string parts = shares(m.session); !parts.empty()) html += "<small>" + parts + "</small>";
  html += "</th>";
  const int digits = m.time.median < 10 ? 2 : m.time.median < 100 ? 1 : 0;
  html += cell(fmt::format("{:.{}f}", m.time.median, digits),
               between(m.time.median_interval.low, m.time.median_interval.high, digits));
  html += cell(fmt::format("{:.{}f}", m.time.p95, digits));
  html += m.speedup ? cell(fmt::format("{:.2f}x", *m.speedup),
                           is_baseline(summary, m) ? "" : between(m.speedup_interval.low, m.speedup_interval.high, 2))
                    : cell("-");
  html += cell(fmt::format("{:.2f}", m.pictures_per_second));
  if (m.fidelity && !is_baseline(summary, m)) {
    const PictureAgreement& worst = m.fidelity->worst;
    html += cell(fmt::format("{:.4f}", m.fidelity->mean.iou));
    html += cell(fmt::format("{:.4f}", worst.agreement.iou), escape(summary.pictures[worst.picture].name));
    html += cell(fmt::format("{:.5f}", m.fidelity->mean.mae));
  } else {
    html += cell("-") + cell("-") + cell("-");
  }
  if (truth && m.truth) {
    html += cell(fmt::format("{:.4f}", m.truth->mean.iou)) + cell(fmt::format("{:.4f}", m.truth->max_f)) +
            cell(fmt::format("{:.4f}", m.truth->mean.mae));
  } else if (truth) {
    html += cell("-") + cell("-") + cell("-");
  }
  html += cell(byte_size(m.peak_memory_bytes));
  if (device) html += cell(m.device_memory_bytes ? byte_size(*m.device_memory_bytes) : "-");
  html += cell(duration(m.load_ms), "first start " + duration(m.first_load_ms));
  html += cell(duration(m.first_picture_ms));
  return html + fmt::format("<td>{}</td></tr>", m.samples.size());
}

}  // namespace

std::string results_table(const BenchmarkSummary& summary) {
  const auto any = [&](auto&& has) { return std::ranges::any_of(summary.measurements, has); };
  const bool truth = any([](const auto& m) { return m.truth.has_value(); });
  const bool device = any([](const auto& m) { return m.device_memory_bytes.has_value(); });
  std::vector<std::string> titles{"Configuration",
                                  "Median, ms<small>95 % interval</small>",
                                  "p95, ms",
                                  "Speed-up<small>95 % interval</small>",
                                  "Pictures a second",
                                  "IoU<small>with the baseline</small>",
                                  "Least IoU<small>of a picture</small>",
                                  "MAE<small>with the baseline</small>"};
  if (truth) {
    titles.insert(titles.end(), {"IoU<small>ground truth</small>", "max F<small>ground truth</small>",
                                 "MAE<small>ground truth</small>"});
  }
  titles.emplace_back("Peak memory<small>of the process</small>");
  if (device) titles.emplace_back("Device memory");
  titles.insert(titles.end(), {"Load", "First picture<small>after it</small>", "Samples"});
  std::string html =
      R"(<div class="scroll" role="region" aria-label="Results of every configuration" tabindex="0"><table><caption class="hidden">Every configuration that was measured</caption><thead><tr>)";
  for (const std::string& title : titles) html += fmt::format(R"(<th scope="col">{}</th>)", title);
  html += "</tr></thead><tbody>";
  for (const BenchmarkMeasurement& m : summary.measurements) html += row(summary, m, truth, device);
  return html + "</tbody></table></div>";
}

}  // namespace peel::benchmark
