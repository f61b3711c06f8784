#include "benchmark/recommendation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/words.hpp"
#include "benchmark/results.hpp"
#include "benchmark/words.hpp"

namespace peel::benchmark {
namespace {

bool good_everywhere(const Fidelity& fidelity) {
  for (const PictureAgreement& each : fidelity.pictures) {
    if (each.agreement.iou < WORST_IOU && each.agreement.mae >= WORST_MAE) return false;
  }
  return true;
}

bool clearly_faster(const BenchmarkMeasurement& measurement) {
  return measurement.speedup && measurement.samples.size() >= LEAST_SAMPLES &&
         measurement.speedup_interval.low > CLEARLY_FASTER;
}

bool as_good(const BenchmarkMeasurement& measurement) {
  return measurement.fidelity && measurement.fidelity->mean.iou >= MEAN_IOU && good_everywhere(*measurement.fidelity);
}

/// The configurations of a model that take one picture at a time and were measured.
std::vector<const BenchmarkMeasurement*> of_model(const BenchmarkSummary& summary, const std::string& model) {
  std::vector<const BenchmarkMeasurement*> list;
  for (const BenchmarkMeasurement& each : summary.measurements) {
    if (each.configuration.model == model && each.configuration.batch == 1 && !each.samples.empty())
      list.push_back(&each);
  }
  return list;
}

const BenchmarkMeasurement* best_of(const std::vector<const BenchmarkMeasurement*>& candidates) {
  if (candidates.empty()) return nullptr;
  const BenchmarkMeasurement* best = candidates.front();
  for (const BenchmarkMeasurement* each : candidates) {
    if (clearly_faster(*each) && as_good(*each) && each->time.median < best->time.median) best = each;
  }
  return best;
}

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + '"';
}

/// A path must mean the same from another folder.
std::string lasting(const std::string& model) {
  return is_model_path(model) ? std::filesystem::absolute(model).string() : model;
}

std::string options_of(const BenchmarkConfiguration& c) {
  std::string text = fmt::format("--model {}", c.model);
  if (c.device != Device::cpu) text += fmt::format(" --device {}", word(c.device));
  if (c.engine == Engine::openvino) text += fmt::format(" --engine {}", word(c.engine));
  return text + fmt::format(" --precision {} --threads {}", word(c.precision), c.threads);
}

std::string config_of(const BenchmarkSummary& summary, const BenchmarkMeasurement& best) {
  const BenchmarkConfiguration& c = best.configuration;
  std::string text = fmt::format(
      "# The settings peel {} bench found to be the fastest on {}, {}.\n"
      "# Used with: peel remove --config THIS_FILE, or as the [remove] part of ~/.config/peel/config.toml\n"
      "[remove]\nmodel = {}\n",
      summary.version, summary.machine.cpu.name.empty() ? "this machine" : summary.machine.cpu.name,
      summary.started.substr(0, 10), quoted(lasting(c.model)));
  // What is chosen anyway where nothing is said is left out: it would stay where a GPU comes, or other cores.
  if (c.device != Device::cpu) text += fmt::format("device = {}\n", quoted(std::string(word(c.device))));
  // Both engines were compared, and what is chosen by itself may be the other.
  const auto by_openvino = [](const BenchmarkMeasurement& m) { return m.configuration.engine == Engine::openvino; };
  if (c.device == Device::cpu && std::ranges::any_of(summary.measurements, by_openvino)) {
    text += fmt::format("engine = {}\n", quoted(std::string(word(c.engine))));
  }
  text += fmt::format("precision = {}\n", quoted(std::string(word(c.precision))));
  if (c.threads != summary.machine.cpu.physical_cores && !summary.machine.busy &&
      best.samples.size() >= LEAST_SAMPLES) {
    text += fmt::format("threads = {}\n", c.threads);
  }
  return text;
}

/// What makes the figures less certain than they look.
std::vector<std::string> doubts(const BenchmarkSummary& summary, const BenchmarkMeasurement& best) {
  std::vector<std::string> remarks;
  if (summary.machine.busy) {
    remarks.push_back(fmt::format("The machine was busy before it began (load {:.1f}): measure again when it is quiet",
                                  summary.machine.load));
  }
  if (best.samples.size() < LEAST_SAMPLES) {
    remarks.push_back(
        fmt::format("{} of each configuration tell little: at least {} are needed to call one faster; "
                    "take more pictures or rounds",
                    counted(best.samples.size(), "sample"), LEAST_SAMPLES));
  }
  return remarks;
}

std::string comparison(const BenchmarkSummary& summary, const BenchmarkMeasurement& best) {
  const int threads = baseline_of(summary, best)->configuration.threads;
  return fmt::format("{:.1f}x faster than CPU FP32 with {} (95 % interval {:.2f} to {:.2f}), IoU {:.3f} with its masks",
                     *best.speedup, threads == 1 ? "one thread" : fmt::format("{} threads", threads),
                     best.speedup_interval.low, best.speedup_interval.high, best.fidelity->mean.iou);
}

/// Why faster ones were passed over.
std::vector<std::string> passed_over(const std::vector<const BenchmarkMeasurement*>& candidates,
                                     const BenchmarkMeasurement& best) {
  std::vector<std::string> remarks;
  for (const BenchmarkMeasurement* each : candidates) {
    if (each == &best || each->time.median >= best.time.median || !clearly_faster(*each) || !each->fidelity) continue;
    remarks.push_back(fmt::format(
        "{} is {:.1f}x as fast as CPU FP32, but its masks differ: mean IoU {:.3f}, the worst {:.3f}",
        each->configuration.name, *each->speedup, each->fidelity->mean.iou, each->fidelity->worst.agreement.iou));
  }
  return remarks;
}

void add_other_models(const BenchmarkSummary& summary, Recommendation& result) {
  std::vector<std::string> named{result.model};
  for (const BenchmarkMeasurement& each : summary.measurements) {
    const std::string& model = each.configuration.model;
    if (std::ranges::find(named, model) != named.end()) continue;
    named.push_back(model);
    const BenchmarkMeasurement* best = best_of(of_model(summary, model));
    if (!best) continue;
    std::string remark =
        fmt::format("With {}: {} takes {:.0f} ms a picture", model, best->configuration.name, best->time.median);
    if (best->truth) {
      remark += fmt::format("; against the ground truth of {} pictures MAE {:.4f}, max F {:.3f}, IoU {:.3f}",
                            best->truth->pictures, best->truth->mean.mae, best->truth->max_f, best->truth->mean.iou);
    } else {
      remark += "; whether its masks are better or poorer only ground truth (--masks) or a look can tell";
    }
    result.remarks.push_back(remark);
  }
}

}  // namespace

Recommendation recommend(const BenchmarkSummary& summary) {
  Recommendation result;
  if (summary.measurements.empty()) return result;
  result.model = summary.measurements.front().configuration.model;
  const auto candidates = of_model(summary, result.model);
  const BenchmarkMeasurement* best = best_of(candidates);
  if (!best) return result;
  result.configuration = best->configuration.name;
  const std::string rule = fmt::format(
      "the fastest whose speed-up is above {:.2f} with its whole 95 % interval, whose masks have a mean IoU of at "
      "least {:.2f} "
      "with those of CPU FP32, and none below {:.2f}",
      CLEARLY_FASTER, MEAN_IOU, WORST_IOU);
  if (is_baseline(summary, *best)) {
    result.sentence = fmt::format(
        "Use {}: {:.0f} ms a picture, the baseline; nothing that ran here is clearly faster with "
        "masks as good",
        options_of(best->configuration), best->time.median);
  } else if (best->speedup && best->fidelity) {
    result.sentence = fmt::format("Use {}: {}", options_of(best->configuration), comparison(summary, *best));
  } else {
    result.sentence = fmt::format("Use {}: {:.0f} ms a picture; its baseline was not measured",
                                  options_of(best->configuration), best->time.median);
  }
  result.reason = fmt::format("The rule: {}; else CPU FP32.", rule);
  if (summary.interrupted) result.reason += " The benchmark was interrupted: intervals are wider than they would be.";
  result.remarks = doubts(summary, *best);
  for (std::string& remark : passed_over(candidates, *best)) result.remarks.push_back(std::move(remark));
  add_other_models(summary, result);
  result.config = config_of(summary, *best);
  return result;
}

}  // namespace peel::benchmark
