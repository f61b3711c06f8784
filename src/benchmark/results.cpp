#include "benchmark/results.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <utility>

#include "measures/measures.hpp"
#include "measures/statistics.hpp"

namespace peel::benchmark {
namespace {

namespace fs = std::filesystem;

constexpr std::array STAGES{&Timings::decode, &Timings::preprocess, &Timings::inference, &Timings::postprocess,
                            &Timings::encode};

std::vector<double> times_of(const BenchmarkMeasurement& measurement, double Timings::*stage) {
  std::vector<double> values;
  for (const BenchmarkSample& sample : measurement.samples) values.push_back(sample.timings.*stage);
  return values;
}

std::vector<PairedTurn> paired_turns(const BenchmarkMeasurement& baseline, const BenchmarkMeasurement& other) {
  std::map<int, PairedTurn> turns;
  for (const auto& sample : baseline.samples) turns[sample.turn].baseline.push_back(sample.timings.total);
  for (const auto& sample : other.samples) turns[sample.turn].other.push_back(sample.timings.total);
  std::vector<PairedTurn> pairs;
  for (auto& [number, turn] : turns) {
    if (!turn.baseline.empty() && !turn.other.empty()) pairs.push_back(std::move(turn));
  }
  return pairs;
}

std::optional<Image> mask_of(const BenchmarkSummary& summary, const BenchmarkConfiguration& configuration,
                             std::size_t picture) {
  try {
    return load_image(mask_file(summary, configuration, picture));
  } catch (const Error&) {
    return std::nullopt;  // somebody took it away meanwhile
  }
}

void add(MaskAgreement& sum, const MaskAgreement& other) {
  sum.mae += other.mae;
  sum.iou += other.iou;
}

MaskAgreement mean(const MaskAgreement& sum, std::size_t count) {
  return {sum.mae / static_cast<double>(count), sum.iou / static_cast<double>(count)};
}

bool worse(const MaskAgreement& a, const MaskAgreement& b) {
  return a.iou != b.iou ? a.iou < b.iou : a.mae > b.mae;
}

/// The ground truth of each picture, as 8-bit grey of its size.
class Truths {
 public:
  explicit Truths(const BenchmarkSummary& summary) : summary_(summary) {
    std::error_code error;
    if (summary.masks_folder.empty()) return;
    for (fs::directory_iterator entry(summary.masks_folder, error), end; !error && entry != end;
         entry.increment(error)) {
      files_[entry->path().stem().string()] = entry->path();
    }
  }
  std::optional<Image> of(std::size_t picture) const {
    const BenchmarkPicture& wanted = summary_.pictures[picture];
    const auto file = files_.find(wanted.file.stem().string());
    if (file == files_.end()) return std::nullopt;
    try {
      Image mask = gray(load_image(file->second));
      if (mask.width() == wanted.width && mask.height() == wanted.height) return mask;
    } catch (const Error&) {
    }
    return std::nullopt;
  }

 private:
  const BenchmarkSummary& summary_;
  std::map<std::string, fs::path> files_;
};

struct Sums {
  MaskAgreement agreement{0, 0};
  std::vector<PictureAgreement> pictures;
  MaskAgreement truth{0, 0};
  Salience salience;
};

void close(BenchmarkMeasurement& measurement, const Sums& sums) {
  if (!sums.pictures.empty()) {
    Fidelity& fidelity = measurement.fidelity.emplace();
    fidelity.mean = mean(sums.agreement, sums.pictures.size());
    fidelity.worst = sums.pictures.front();
    for (const PictureAgreement& each : sums.pictures) {
      if (worse(each.agreement, fidelity.worst.agreement)) fidelity.worst = each;
    }
    fidelity.pictures = sums.pictures;
  }
  if (const std::size_t count = sums.salience.count()) {
    measurement.truth = {count, mean(sums.truth, count), sums.salience.max_f()};
  }
}

}  // namespace

const BenchmarkMeasurement* baseline_of(const BenchmarkSummary& summary, const BenchmarkMeasurement& measurement) {
  // The first of its model, unless that is another kind because the baseline failed.
  for (const BenchmarkMeasurement& each : summary.measurements) {
    const BenchmarkConfiguration& c = each.configuration;
    if (c.model != measurement.configuration.model) continue;
    const bool fits =
        c.device == Device::cpu && c.engine == Engine::onnxruntime && c.precision == Precision::fp32 && c.batch == 1;
    return fits && !each.samples.empty() ? &each : nullptr;
  }
  return nullptr;
}

bool is_baseline(const BenchmarkSummary& summary, const BenchmarkMeasurement& measurement) {
  return baseline_of(summary, measurement) == &measurement;
}

std::vector<std::size_t> pictures_done(const BenchmarkMeasurement& measurement) {
  std::set<std::size_t> done;
  for (const BenchmarkSample& sample : measurement.samples) done.insert(sample.picture);
  return {done.begin(), done.end()};
}

fs::path cutout_file(const BenchmarkSummary& summary, const BenchmarkConfiguration& configuration,
                     std::size_t picture) {
  return summary.output_folder / configuration.name / (summary.pictures[picture].name + ".png");
}

fs::path mask_file(const BenchmarkSummary& summary, const BenchmarkConfiguration& configuration, std::size_t picture) {
  return summary.output_folder / configuration.name / "masks" / (summary.pictures[picture].name + ".png");
}

void add_statistics(BenchmarkSummary& summary) {
  for (BenchmarkMeasurement& measurement : summary.measurements) {
    const auto totals = times_of(measurement, &Timings::total);
    if (totals.empty()) continue;
    measurement.time = time_statistics(totals);
    for (const auto stage : STAGES) measurement.stages.*stage = median(times_of(measurement, stage));
    measurement.stages.total = measurement.time.median;
    double sum = 0;
    for (const double total : totals) sum += total;
    measurement.pictures_per_second = sum > 0 ? 1000.0 * static_cast<double>(totals.size()) / sum : 0;
    const BenchmarkMeasurement* baseline = baseline_of(summary, measurement);
    if (!baseline) continue;
    if (const auto turns = paired_turns(*baseline, measurement); !turns.empty()) {
      const Speedup result = speedup(turns);
      measurement.speedup = result.ratio;
      measurement.speedup_interval = result.interval;
    }
  }
}

void add_fidelity(BenchmarkSummary& summary, const ProgressCallback& progress) {
  std::vector<Sums> sums(summary.measurements.size());
  const Truths truths(summary);
  for (std::size_t picture = 0; picture < summary.pictures.size(); ++picture) {
    if (progress) progress({"comparing masks", picture, summary.pictures.size()});
    const auto truth = truths.of(picture);
    std::map<std::string, std::optional<Image>> baselines;  // of each model
    for (std::size_t i = 0; i < sums.size(); ++i) {
      const BenchmarkMeasurement& measurement = summary.measurements[i];
      const auto done = pictures_done(measurement);
      if (!std::ranges::binary_search(done, picture)) continue;
      const auto mask = mask_of(summary, measurement.configuration, picture);
      if (is_baseline(summary, measurement)) baselines[measurement.configuration.model] = mask;
      if (!mask) continue;
      if (const auto& baseline = baselines[measurement.configuration.model]) {
        sums[i].pictures.push_back({picture, agreement(*mask, *baseline)});
        add(sums[i].agreement, sums[i].pictures.back().agreement);
      }
      if (truth) {
        add(sums[i].truth, agreement(*mask, *truth));
        sums[i].salience.add(*mask, *truth);
      }
    }
  }
  for (std::size_t i = 0; i < sums.size(); ++i) close(summary.measurements[i], sums[i]);
}

}  // namespace peel::benchmark
