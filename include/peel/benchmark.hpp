#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "peel/control.hpp"
#include "peel/error.hpp"
#include "peel/export.hpp"
#include "peel/models.hpp"
#include "peel/providers.hpp"
#include "peel/remover.hpp"

namespace peel {

/// One way to take backgrounds off: what is compared with the others.
struct BenchmarkConfiguration {
  /// "u2netp-cpu-fp32-2t", with "-b8" for batches of 8; "u2netp-openvino-cpu-fp32-2t"; the name of its folder too.
  std::string name;
  std::string model;  ///< the manifest's name, or a path
  Device device = Device::cpu;
  Precision precision = Precision::fp32;
  int threads = 1;
  int batch = 1;
  Engine engine = Engine::onnxruntime;
};

struct BenchmarkOptions {
  /// Pictures to measure with, in any format decode() reads. Those that cannot be read are listed and left out.
  std::vector<std::filesystem::path> pictures;
  /// Where cut-outs, masks and reports go; made where it is missing.
  std::filesystem::path output_folder;
  /// Ground truth, for pictures and masks of the same stem ("dog.jpg", "dog.png"); empty: none.
  std::filesystem::path masks_folder;

  /// As Settings::model_name. The first is the one a recommendation is made for. Where models, configurations and
  /// threads are left as they are here and nothing can run but FP32 on the CPU, a single thread and the installed
  /// models are added.
  std::vector<std::string> models{"auto"};
  /// What to compare with CPU FP32 by ONNX Runtime, which is always there. A device ("cpu", "cuda", "tensorrt",
  /// "webgpu"; "openvino" for the CPU by that engine) or a precision ("fp32", "fp16", "int8") narrows the usual set
  /// down: CPU INT8, OpenVINO FP32, CUDA FP32 and FP16, TensorRT FP16 and INT8; naming webgpu adds it in FP32, naming
  /// openvino INT8 too. Both joined by "-" ("tensorrt-fp32") add exactly that. Empty: the usual set.
  std::vector<std::string> configurations;
  std::vector<int> threads;     ///< empty: one a physical core. The first is the baseline's
  std::vector<int> batches{1};  ///< pictures a run of the network takes, 1 to 64
  /// How often every picture is measured in every configuration; 0: three times, and more often where there are fewer
  /// than ten pictures, up to 30 samples a configuration.
  int rounds = 0;

  std::optional<std::filesystem::path> model_folder;  ///< as in Settings
  FetchOptions fetch = fetch_options_from_environment();
};

/// A picture as the benchmark saw it.
struct BenchmarkPicture {
  std::filesystem::path file;
  std::string name;  ///< of its outputs: the stem, made unique ("dog", "dog-2")
  int width = 0;
  int height = 0;
  std::string error;  ///< why it was left out; empty where it was not
};

/// One picture taken through one configuration once. Milliseconds. With batches a stage is the picture's part of the
/// batch's time.
struct BenchmarkSample {
  int turn = 0;             ///< samples of the same turn were taken one after the other, on the same pictures
  std::size_t picture = 0;  ///< index into BenchmarkSummary::pictures
  Timings timings;          ///< total: decode to encode, what a user waits for; writing the file is not in it
};

/// From `low` to `high` with 95 % confidence: percentile bootstrap (Efron and Tibshirani, "An Introduction to the
/// Bootstrap", 1993, section 13.3) with a fixed seed, so that the same samples give the same interval.
struct Interval {
  double low = 0;
  double high = 0;
};

struct TimeStatistics {
  double median = 0;
  double p95 = 0;  ///< interpolated between samples
  double least = 0;
  Interval median_interval;
};

/// How alike two masks of a picture are.
struct MaskAgreement {
  double mae = 0;  ///< mean absolute difference, 0 to 1
  double iou = 1;  ///< intersection over union of what is 128 of 255 and more; 1 where neither has any
};

struct PictureAgreement {
  std::size_t picture = 0;  ///< index into BenchmarkSummary::pictures
  MaskAgreement agreement;
};

/// The masks of a configuration against those of the baseline of its model.
struct Fidelity {
  MaskAgreement mean;      ///< over pictures
  PictureAgreement worst;  ///< the picture of the least IoU; of equals that of the greatest MAE
  std::vector<PictureAgreement> pictures;
};

/// The masks of a configuration against ground truth.
struct TruthScore {
  std::size_t pictures = 0;  ///< that have ground truth of their size
  MaskAgreement mean;
  double max_f = 0;  ///< greatest F-measure over thresholds, beta squared 0.3, of precision and recall over pictures
};

/// A configuration that ran.
struct BenchmarkMeasurement {
  BenchmarkConfiguration configuration;
  SessionInfo session;
  double first_load_ms = 0;     ///< making a BackgroundRemover at the first start: graphs and engines may be made there
  double load_ms = 0;           ///< the same when what can be kept is there
  double first_picture_ms = 0;  ///< the first picture after it, decode to encode
  std::uint64_t peak_memory_bytes = 0;               ///< of the whole process, the runtime and all libraries in it
  std::optional<std::uint64_t> device_memory_bytes;  ///< on an NVIDIA GPU, where nvidia-smi tells it
  std::vector<BenchmarkSample> samples;
  TimeStatistics time;             ///< of a picture, decode to encode
  Timings stages;                  ///< the median of each stage; `total` is time.median
  double pictures_per_second = 0;  ///< pictures done by the time they took
  /// Median time of the model's baseline by this one's: 2 is twice as fast. Absent without a baseline. The interval
  /// comes from resampling turns, so that what disturbed both at a time is not taken for a difference.
  std::optional<double> speedup;
  Interval speedup_interval;
  std::optional<Fidelity> fidelity;  ///< absent without a baseline
  std::optional<TruthScore> truth;   ///< with ground truth
};

/// Configurations that did not run, or not to the end, for the same reason.
struct BenchmarkSkipped {
  std::vector<BenchmarkConfiguration> configurations;
  std::string reason;
  std::string advice;  ///< may be empty
};

/// Which settings to use.
struct Recommendation {
  std::string model;
  std::string configuration;         ///< its name; empty: nothing was measured
  std::string sentence;              ///< "Use --model u2netp --precision int8 --threads 2: 2.9x faster than ..."
  std::string reason;                ///< the rule, and how it came out
  std::vector<std::string> remarks;  ///< about the other models
  std::string config;  ///< the same as a config file of the program peel, TOML; only what makes a difference
};

struct BenchmarkMachine {
  CpuInfo cpu;
  RuntimeInfo runtime;
  std::vector<ProviderStatus> providers;  ///< empty where only the CPU was asked for
  std::string system;                     ///< kernel and architecture
  double load = 0;    ///< processes that were at work or waited for a core before it began: the last minute's mean
  bool busy = false;  ///< these were more than half as many as the machine has cores: times may be far from quiet ones
};

struct BenchmarkSummary {
  std::string version;  ///< of peel
  std::string started;  ///< UTC, "2026-05-01T12:00:00Z"
  double seconds = 0;   ///< the whole benchmark
  bool interrupted = false;
  BenchmarkMachine machine;
  std::filesystem::path output_folder;
  std::filesystem::path masks_folder;
  int rounds = 0;         ///< that were asked for
  std::size_t turns = 0;  ///< that were finished in every configuration
  std::vector<BenchmarkPicture> pictures;
  std::vector<BenchmarkMeasurement> measurements;  ///< by model, its baseline first
  std::vector<BenchmarkSkipped> skipped;
  Recommendation recommendation;
};

/// Compares configurations on this machine. Each runs in a process of its own, so that its memory is its own and a
/// crash ends it alone; those that wait are stopped, and they take turns picture by picture, in an order that rotates.
/// Cut-outs are left in FOLDER/CONFIGURATION/PICTURE.png, masks in FOLDER/CONFIGURATION/masks/PICTURE.png.
///
/// Throws Error(usage) for options that make no sense, Error(input) where no picture can be read, Error(model) for a
/// model that cannot be had, Error(output) where the folder cannot be written, Error(device) without a usable runtime.
/// A configuration that fails is no error: it is listed with the reason.
///
/// A stop ends it after the sample at hand, or during a start, and is no error either: what was measured until then is
/// in the summary, which says so (but one during a download of a model is Cancelled). Progress is in steps of about the
/// same length: "starting u2netp-cpu-fp32-2t", "measuring", "comparing masks".
PEEL_API BenchmarkSummary run_benchmark(const BenchmarkOptions& options, const Control& control = {});

/// The summary as one JSON object; "schema" is its version.
PEEL_API std::string benchmark_json(const BenchmarkSummary& summary);
/// A line of comma-separated values for each configuration, also those that did not run (RFC 4180).
PEEL_API std::string benchmark_csv(const BenchmarkSummary& summary);
/// One page that needs nothing else: no script, no address outside. Reads the pictures and the masks in the output
/// folder again for the small copies it shows; what is gone is left out.
PEEL_API std::string benchmark_html(const BenchmarkSummary& summary);
/// All of them into the output folder: summary.json, summary.csv, report.html, and peel.toml, the recommendation.
/// Throws Error(output).
PEEL_API void write_benchmark(const BenchmarkSummary& summary);

}  // namespace peel
