#include <string>

#include "benchmark/results.hpp"
#include "benchmark/words.hpp"
#include "options/result_json.hpp"
#include "peel/benchmark.hpp"

namespace peel {
namespace {

using Json = nlohmann::ordered_json;
using namespace benchmark;

// Raised when a reader of the old form could not read the new one.
constexpr int SCHEMA = 1;

Json pair(const Interval& interval) {
  return Json::array({interval.low, interval.high});
}

template <typename T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

Json describe(const BenchmarkConfiguration& c) {
  return {{"name", c.name},
          {"model", c.model},
          {"device", word(c.device)},
          {"engine", word(c.engine)},
          {"precision", word(c.precision)},
          {"threads", c.threads},
          {"batch", c.batch}};
}

Json describe(const BenchmarkMachine& machine) {
  return {{"system", machine.system},       {"cpu", machine.cpu},
          {"load", machine.load},           {"busy", machine.busy},
          {"onnxruntime", machine.runtime}, {"providers", machine.providers}};
}

Json describe(const BenchmarkSummary& summary, const PictureAgreement& each) {
  return {{"picture", summary.pictures[each.picture].name}, {"mae", each.agreement.mae}, {"iou", each.agreement.iou}};
}

Json describe(const BenchmarkSummary& summary, const Fidelity& fidelity) {
  Json pictures = Json::array();
  for (const PictureAgreement& each : fidelity.pictures) pictures.push_back(describe(summary, each));
  return {{"mae", fidelity.mean.mae},
          {"iou", fidelity.mean.iou},
          {"worst", describe(summary, fidelity.worst)},
          {"pictures", pictures}};
}

Json describe(const BenchmarkSummary& summary, const BenchmarkMeasurement& m) {
  Json object = describe(m.configuration);
  object["baseline"] = is_baseline(summary, m);
  object["session"] = m.session;
  object["first_load_ms"] = m.first_load_ms;
  object["load_ms"] = m.load_ms;
  object["first_picture_ms"] = m.first_picture_ms;
  object["peak_memory_bytes"] = number_or_null(m.peak_memory_bytes);
  object["device_memory_bytes"] = or_null(m.device_memory_bytes);
  object["time_ms"] = {{"median", m.time.median},
                       {"median_interval", pair(m.time.median_interval)},
                       {"p95", m.time.p95},
                       {"least", m.time.least}};
  object["stages_ms"] = m.stages;
  object["pictures_per_second"] = m.pictures_per_second;
  object["speedup"] = or_null(m.speedup);
  object["speedup_interval"] = m.speedup ? pair(m.speedup_interval) : Json();
  object["fidelity"] = m.fidelity ? describe(summary, *m.fidelity) : Json();
  object["truth"] = Json();
  if (const auto& truth = m.truth) {
    object["truth"] = {
        {"pictures", truth->pictures}, {"mae", truth->mean.mae}, {"iou", truth->mean.iou}, {"max_f", truth->max_f}};
  }
  Json samples = Json::array();
  for (const BenchmarkSample& sample : m.samples) {
    samples.push_back(
        {{"turn", sample.turn}, {"picture", summary.pictures[sample.picture].name}, {"timings_ms", sample.timings}});
  }
  object["samples"] = samples;
  return object;
}

}  // namespace

std::string benchmark_json(const BenchmarkSummary& summary) {
  Json object = {{"schema", SCHEMA},
                 {"version", summary.version},
                 {"started", summary.started},
                 {"seconds", summary.seconds},
                 {"interrupted", summary.interrupted},
                 {"machine", describe(summary.machine)},
                 {"output_folder", summary.output_folder.string()},
                 {"masks_folder", text_or_null(summary.masks_folder.string())},
                 {"rounds", summary.rounds},
                 {"turns", summary.turns}};
  Json& pictures = object["pictures"] = Json::array();
  for (const BenchmarkPicture& picture : summary.pictures) {
    if (picture.error.empty()) {
      pictures.push_back({{"name", picture.name},
                          {"file", picture.file.string()},
                          {"width", picture.width},
                          {"height", picture.height}});
    } else {
      pictures.push_back({{"file", picture.file.string()}, {"error", picture.error}});
    }
  }
  Json& configurations = object["configurations"] = Json::array();
  for (const BenchmarkMeasurement& each : summary.measurements) configurations.push_back(describe(summary, each));
  Json& skipped = object["not_run"] = Json::array();
  for (const BenchmarkSkipped& each : summary.skipped) {
    for (const BenchmarkConfiguration& configuration : each.configurations) {
      Json entry = describe(configuration);
      entry["reason"] = each.reason;
      entry["advice"] = text_or_null(each.advice);
      skipped.push_back(entry);
    }
  }
  const Recommendation& advice = summary.recommendation;
  object["recommendation"] = {{"configuration", text_or_null(advice.configuration)},
                              {"model", text_or_null(advice.model)},
                              {"sentence", text_or_null(advice.sentence)},
                              {"reason", text_or_null(advice.reason)},
                              {"remarks", advice.remarks},
                              {"config", text_or_null(advice.config)}};
  return dump(object, 2);
}

}  // namespace peel
