#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "base/words.hpp"
#include "benchmark/html.hpp"
#include "benchmark/results.hpp"
#include "peel/file.hpp"

namespace peel {
namespace {

using namespace benchmark;

/// "2026-05-01T12:00:00Z" for people.
std::string when(const std::string& started) {
  return escape(started.substr(0, 10) + " " + started.substr(std::min<std::size_t>(11, started.size()), 5) + " UTC");
}

std::string fact(const char* name, const std::string& value) {
  return value.empty() ? "" : fmt::format("<div><dt>{}</dt><dd>{}</dd></div>", name, value);
}

std::string gpus(const BenchmarkMachine& machine) {
  std::vector<std::string> names;
  for (const ProviderStatus& provider : machine.providers) {
    if (provider.name == "cpu" || !provider.usable) continue;
    for (const Hardware& hardware : provider.hardware) {
      std::string text = escape(hardware.name);
      if (hardware.memory_bytes) text += ", " + byte_size(hardware.memory_bytes);
      if (!hardware.compute_capability.empty()) text += ", compute " + escape(hardware.compute_capability);
      if (!hardware.driver.empty()) text += ", driver " + escape(hardware.driver);
      if (std::ranges::find(names, text) == names.end()) names.push_back(text);
    }
  }
  return fmt::format("{}", fmt::join(names, "; "));
}

std::string header(const BenchmarkSummary& summary) {
  const BenchmarkMachine& machine = summary.machine;
  const auto read = static_cast<std::size_t>(
      std::ranges::count_if(summary.pictures, [](const auto& picture) { return picture.error.empty(); }));
  std::string html =
      R"(<header><p class="eyebrow">peel bench</p><h1>Which settings are the fastest here</h1><dl class="facts">)";
  html += fact("Processor", escape(machine.cpu.name.empty() ? "unknown" : machine.cpu.name));
  html += fact("Cores", std::to_string(machine.cpu.cores));
  if (machine.cpu.memory_bytes) html += fact("Memory", byte_size(machine.cpu.memory_bytes));
  html += fact("Vector instructions", escape(fmt::format("{}", fmt::join(machine.cpu.features, ", "))));
  html += fact("GPU", gpus(machine));
  html += fact("ONNX Runtime", escape(machine.runtime.version));
  html += fact("peel", escape(summary.version));
  html += fact("System", escape(machine.system));
  if (machine.busy) html += fact("Busy before it began", fmt::format("load {:.1f}", machine.load));
  html += fact("Measured",
               fmt::format("{}, in {}; {}, {}", when(summary.started), duration(summary.seconds * 1000),
                           counted(read, "picture"), counted(static_cast<std::size_t>(summary.rounds), "round")));
  return html + "</dl></header>";
}

std::string tile(const std::string& value, const char* what) {
  return fmt::format("<div class=\"tile\"><strong>{}</strong><span>{}</span></div>", value, what);
}

std::string recommendation(const BenchmarkSummary& summary) {
  const Recommendation& advice = summary.recommendation;
  std::string html;
  if (summary.interrupted) {
    html +=
        R"(<p class="banner" role="status">Interrupted: what was measured until then is below, and it is valid; intervals are wider than they would have been.</p>)";
  }
  if (advice.configuration.empty()) {
    return html +
           R"(<section class="advice"><h2>Recommendation</h2><p class="say">None: nothing was measured.</p></section>)";
  }
  html += fmt::format(R"(<section class="advice"><h2>Recommendation</h2><p class="say">{}.</p><div class="tiles">)",
                      escape(advice.sentence));
  const auto best =
      std::ranges::find(summary.measurements, advice.configuration, [](const auto& m) { return m.configuration.name; });
  if (best != summary.measurements.end()) {
    html += tile(duration(best->time.median), "a picture, from file to PNG");
    if (best->speedup && !is_baseline(summary, *best))
      html += tile(fmt::format("{:.2f}x", *best->speedup), "as fast as CPU FP32");
    if (best->fidelity && !is_baseline(summary, *best))
      html += tile(fmt::format("{:.3f}", best->fidelity->mean.iou), "IoU with its masks");
    html += tile(byte_size(best->peak_memory_bytes), "memory at its peak");
  }
  html += fmt::format("</div><p class=\"note\">{}</p>", escape(advice.reason));
  if (!advice.remarks.empty()) {
    html += "<ul>";
    for (const std::string& remark : advice.remarks) html += fmt::format("<li>{}.</li>", escape(remark));
    html += "</ul>";
  }
  return html + fmt::format(
                    "<details><summary>As a config file: peel.toml beside this "
                    "page</summary><pre>{}</pre></details></section>",
                    escape(advice.config));
}

std::string not_run(const BenchmarkSummary& summary) {
  if (summary.skipped.empty()) return "";
  std::string html = R"(<section><h2>What did not run here</h2><ul class="skipped">)";
  for (const BenchmarkSkipped& each : summary.skipped) {
    std::string names;
    for (const BenchmarkConfiguration& configuration : each.configurations)
      names += fmt::format(R"(<span class="name">{}</span> )", escape(configuration.name));
    html += fmt::format("<li><span class=\"names\">{}</span><span>{}</span>", names, escape(each.reason));
    if (!each.advice.empty()) html += fmt::format(R"(<span class="todo">{}</span>)", escape(each.advice));
    html += "</li>";
  }
  return html + "</ul></section>";
}

std::string left_out(const BenchmarkSummary& summary) {
  std::string list;
  for (const BenchmarkPicture& picture : summary.pictures) {
    if (!picture.error.empty()) list += fmt::format("<li>{}</li>", escape(picture.error));
  }
  return list.empty() ? "" : "<h3>Left out, as they cannot be read</h3><ul class=\"plain\">" + list + "</ul>";
}

std::string section(const char* title, const std::string& note, const std::string& body) {
  if (body.empty()) return "";
  const std::string paragraph = note.empty() ? "" : fmt::format("<p class=\"note\">{}</p>", note);
  return fmt::format("<section><h2>{}</h2>{}{}</section>", title, paragraph, body);
}

constexpr const char* METHOD =
    R"(<footer><h2>How this was measured</h2><p>Each configuration ran in a process of its own, and all of them took turns picture by picture, in an order that rotated, the others stopped meanwhile. Two runs before the first turn are not counted. A time is what a user waits for: decoding, preprocessing, inference, postprocessing and encoding as PNG; writing the file and loading the model are not in it. Medians; intervals are 95 % percentile bootstrap intervals, those of speed-ups over turns as pairs. A speed-up is the baseline's median by the configuration's; the baseline of a model is CPU FP32. IoU: intersection over union of the masks at 128 of 255. MAE: their mean absolute difference, 0 to 1. Peak memory is that of the whole process.</p></footer>)";

}  // namespace

std::string benchmark_html(const BenchmarkSummary& summary) {
  const std::string& cpu = summary.machine.cpu.name;
  std::string html = fmt::format(
      R"(<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>peel bench{}{}</title><style>{}</style></head><body>)",
      cpu.empty() ? "" : ": ", escape(cpu), report_css);
  html += header(summary) + "<main>" + recommendation(summary);
  html += section("Time a picture takes", "From file to PNG in memory, the median over all samples. Shorter is better.",
                  time_bars(summary));
  if (!summary.measurements.empty()) html += section("The numbers", "", results_table(summary));
  html += not_run(summary);
  html += section("The pictures", "", picture_rows(summary) + left_out(summary));
  return html + "</main>" + METHOD + "</body></html>\n";
}

void write_benchmark(const BenchmarkSummary& summary) {
  const auto write = [&](const char* name, const std::string& text) {
    write_file(summary.output_folder / name, std::as_bytes(std::span(text)));
  };
  write("summary.json", benchmark_json(summary) + '\n');
  write("summary.csv", benchmark_csv(summary));
  if (!summary.recommendation.config.empty()) write("peel.toml", summary.recommendation.config);
  write("report.html", benchmark_html(summary));
}

}  // namespace peel
