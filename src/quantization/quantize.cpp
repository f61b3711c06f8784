#include "peel/quantize.hpp"

#include <fmt/format.h>
#include <onnx/checker.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/control.hpp"
#include "base/file.hpp"
#include "base/words.hpp"
#include "inference/runtime.hpp"
#include "models/checksum.hpp"
#include "peel/error.hpp"
#include "peel/providers.hpp"
#include "peel/version.hpp"
#include "quantization/acceptance.hpp"
#include "quantization/calibration.hpp"
#include "quantization/equalise.hpp"
#include "quantization/pictures.hpp"
#include "quantization/plan.hpp"
#include "quantization/prepare.hpp"
#include "quantization/proof.hpp"
#include "quantization/rewrite.hpp"
#include "quantization/scratch_folder.hpp"
#include "quantization/selection.hpp"
#include "remover/model_choice.hpp"
#include "remover/picture_input.hpp"

namespace peel {
namespace quantization {
namespace {

namespace fs = std::filesystem;

// Pictures both networks are timed on, in turns.
constexpr std::size_t TIMED = 8;
// Pictures a layer's worth is told by: every layer costs a run over them.
constexpr std::size_t PROBED = 8;
constexpr std::size_t MOST_KEPT = 32;

// How many layers are given back to float at the next try.
std::size_t next(std::size_t count) {
  return count < 4 ? count + 1 : count + count / 2;
}

// Products of an unsigned and a signed byte are added in pairs in 16 bits by VPMADDUBSW, where 255 x 127 x 2 does not
// fit; the dot product instructions add in 32. With 7-bit weights (63) it fits: 255 x 63 x 2 < 32768.
bool adds_in_16_bits() {
  const auto& features = cpu_info().features;
  const auto has = [&](const char* name) { return std::ranges::find(features, name) != features.end(); };
  return has("avx2") && !has("avx512_vnni") && !has("avx_vnni") && !has("amx_int8");
}

std::vector<Method> methods(CalibrationMethod wanted) {
  using Kind = Method::Kind;
  std::vector<Method> list;
  const auto all = wanted == CalibrationMethod::automatic;
  if (all || wanted == CalibrationMethod::entropy) list.push_back({Kind::entropy, 0});
  if (all || wanted == CalibrationMethod::minmax) list.push_back({Kind::minmax, 0});
  if (all || wanted == CalibrationMethod::percentile) {
    for (const double level : {99.99, 99.999, 99.9999}) list.push_back({Kind::percentile, level});
  }
  return list;
}

void write(const fs::path& file, const std::string& bytes) {
  AtomicFile out(file, ErrorCode::output);
  out.write(std::as_bytes(std::span(bytes)));
  out.commit();
}

std::string sha256_of(const std::string& bytes) {
  Hasher hasher(HashAlgorithm::sha256);
  hasher.update(std::as_bytes(std::span(bytes)));
  return to_hex(hasher.finish());
}

// A form of the model that was tried.
struct Form {
  std::string name;
  Method method;
  std::vector<std::string> kept_float;  // beyond what the user wants in float
  std::string bytes;
  FormMeasures tuned;  // on the tuning pictures
};

class Quantizer {
 public:
  Quantizer(const QuantizeOptions& options, const Control& control) : options_(options), control_(control) {}
  QuantizeResult run();

 private:
  void choose_model();
  void choose_output();
  void check_numbers(const Statistics& statistics) const;
  void take_statistics(const QuantizationPlan& plan);
  void add_notes(const Proof& proof);
  void check_plan(const QuantizationPlan& plan) const;
  bool keeps_float(const onnx::NodeProto& node, const std::vector<std::string>& more) const;
  Form make(const Method& method, std::vector<std::string> kept_float) const;
  FormMeasures measure(const Proof& proof, const Form& form, std::size_t timed) const;
  Form improve(Form form, const Proof& tuning);
  void install(const Form& form, const fs::path& file);
  void report(const std::string& what, std::size_t done, std::size_t total) const {
    begin_step(control_, what, done, total);
  }
  Activations activations() const {
    return options_.target == QuantizationTarget::tensorrt ? Activations::signed_symmetric
                                                           : Activations::unsigned_asymmetric;
  }

  const QuantizeOptions& options_;
  const Control& control_;
  ModelChoice choice_;
  fs::path output_;
  std::optional<ScratchFolder> scratch_;  // not while a model is fetched, which may end the process
  onnx::ModelProto prepared_;
  Pictures pictures_;
  InputOf input_of_;
  Statistics statistics_;
  QuantizeResult result_;
};

void Quantizer::choose_model() {
  Settings settings;
  settings.model_name = options_.model;
  settings.fetch = options_.fetch;
  const ModelStore store(options_.model_folder);
  // Before it is fetched.
  const ModelInfo info = model_layout(settings, store);
  if (info.output == OutputKind::classes || info.output == OutputKind::prompted) {
    throw Error(ErrorCode::model, fmt::format("{} cannot be quantised: its masks are no saliency", info.name),
                "choose another; `peel models list` shows them");
  }
  choice_ = peel::choose_model(settings, store);
  QuantizedModel& model = result_.model;
  model.source = choice_.name;
  model.source_sha256 = store.sha256(choice_.file);
  model.licence = choice_.info.licence;
  model.licence_note = choice_.info.licence_note;
}

fs::path record_of(fs::path file) {
  return file.replace_extension(".json");
}

/// Where one is kept that was not accepted: no model's INT8 form is looked for under such a name.
fs::path refused_path(const fs::path& output) {
  return output.parent_path() / fmt::format("{}_refused{}", output.stem().string(), output.extension().string());
}

// That the result can be written, and over nothing else, is said before the work and not after it.
void Quantizer::choose_output() {
  output_ = options_.output.value_or(int8_path(choice_.file));
  if (output_.extension() != ".onnx") {
    throw Error(ErrorCode::usage, fmt::format("{}: an INT8 model is an .onnx file", output_.string()),
                "how it was made is written beside it, as .json");
  }
  std::error_code not_there;
  if (fs::equivalent(output_, choice_.file, not_there)) {
    throw Error(ErrorCode::usage, fmt::format("{} is the model itself", output_.string()), "give another output");
  }
  std::vector<fs::path> files{output_, record_of(output_)};
  if (options_.keep_anyway) files.insert(files.end(), {refused_path(output_), record_of(refused_path(output_))});
  for (const auto& file : files) {
    const AtomicFile never_committed(file, ErrorCode::output);
  }
}

bool Quantizer::keeps_float(const onnx::NodeProto& node, const std::vector<std::string>& more) const {
  const auto wanted = [&](const std::string& pattern) {
    return fits(pattern, node.name()) || fits(pattern, node.op_type());
  };
  return std::ranges::any_of(options_.keep_float, wanted) || std::ranges::find(more, node.name()) != more.end();
}

void Quantizer::check_plan(const QuantizationPlan& plan) const {
  for (const auto& pattern : options_.keep_float) {
    const bool used = std::ranges::any_of(prepared_.graph().node(), [&](const auto& node) {
      return fits(pattern, node.name()) || fits(pattern, node.op_type());
    });
    if (!used) {
      throw Error(ErrorCode::usage, fmt::format("no operator of {} fits '{}'", choice_.name, pattern),
                  "give an operator's name or kind, such as Conv; * stands for any text");
    }
  }
  if (plan.quantised.empty()) {
    throw Error(ErrorCode::model,
                fmt::format("{} cannot be quantised: it has no convolution with constant weights that may be",
                            choice_.file.string()),
                "INT8 is for convolutional networks; other models run in fp32");
  }
}

Form Quantizer::make(const Method& method, std::vector<std::string> kept_float) const {
  check_stopped();
  const QuantizationPlan plan =
      make_plan(prepared_.graph(), [&](const auto& node) { return keeps_float(node, kept_float); });
  auto model =
      rewrite(prepared_, plan, numbers_for(plan, statistics_, method, activations(), result_.model.weight_bits));
  model.set_producer_name("peel");
  model.clear_producer_version();
  Form form;
  form.name = method.name();
  if (!kept_float.empty()) form.name += fmt::format(", {} in float", kept_float.size());
  form.method = method;
  form.kept_float = std::move(kept_float);
  try {
    onnx::checker::check_model(model);
  } catch (const std::exception& error) {
    throw Error(ErrorCode::internal, fmt::format("the written graph is not valid: {}", error.what()));
  }
  form.bytes = model.SerializeAsString();
  return form;
}

FormMeasures Quantizer::measure(const Proof& proof, const Form& form, std::size_t timed) const {
  const auto file = scratch_->path() / "form.onnx";
  write(file, form.bytes);
  return proof.measure(file, form.name, timed,
                       [&](std::size_t done) { report(fmt::format("judging {}", form.name), done, proof.size()); });
}

// Gives layers back to float, those first that bring masks nearest to FP32's for their time, until the bar is met.
Form Quantizer::improve(Form form, const Proof& tuning) {
  const QuantizationPlan plan =
      make_plan(prepared_.graph(), [&](const auto& node) { return keeps_float(node, form.kept_float); });
  auto layers = convolutions(prepared_.graph(), plan, statistics_);
  std::vector<Tensor> inputs;
  const std::size_t count = std::min(PROBED, pictures_.calibration.size());
  inputs.reserve(count);
  for (std::size_t i = 0; i < count; ++i) inputs.push_back(input_of_(i * pictures_.calibration.size() / count));
  const Probe probe(choice_.file, choice_.info.output, std::move(inputs), options_.threads);
  const auto file = scratch_->path() / "form.onnx";
  write(file, form.bytes);
  const auto all = probe.errors(file);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    report("looking for the layers that cost most", i, layers.size());
    write(file, make(form.method, {layers[i].node}).bytes);
    layers[i].gain = gain_of(all, probe.errors(file));
  }
  // One convolution stays at least: with none in INT8 it would be the float model under another name.
  const std::size_t all_but_one = layers.empty() ? 0 : layers.size() - 1;
  sort_by_worth(layers);
  const std::size_t most = std::min({MOST_KEPT, layers.size(), all_but_one});

  Form best = std::move(form);
  for (std::size_t count_kept = 1; count_kept <= most && !is_clearly_near(best.tuned, options_);
       count_kept = next(count_kept)) {
    std::vector<std::string> kept;
    for (std::size_t i = 0; i < count_kept; ++i) kept.push_back(layers[i].node);
    Form tried = make(best.method, std::move(kept));
    tried.tuned = measure(tuning, tried, 0);
    if (tried.tuned.mean_difference < best.tuned.mean_difference) best = std::move(tried);
  }
  return best;
}

void Quantizer::install(const Form& form, const fs::path& file) {
  report("writing", 0, 0);
  result_.file = file;
  result_.model.sha256 = sha256_of(form.bytes);
  // A record whose hash is not the file's speaks of none, so whatever comes between these two does no harm.
  write(result_.file, form.bytes);
  write(record_of(result_.file), to_json(result_.model));
}

void Quantizer::check_numbers(const Statistics& statistics) const {
  for (const auto& [tensor, seen] : statistics) {
    if (std::ranges::all_of(seen.channel_means, [](double mean) { return std::isfinite(mean); })) continue;
    throw Error(ErrorCode::model,
                fmt::format("{} cannot be quantised: its tensor {} takes values that are no numbers",
                            choice_.file.string(), tensor),
                "a network that fails in float cannot be judged in INT8");
  }
}

void Quantizer::take_statistics(const QuantizationPlan& plan) {
  std::vector<std::string> tensors;
  for (const auto& [tensor, number] : plan.scale_of) tensors.push_back(tensor);
  const auto look = [&](const std::string& what, Observed at) {
    auto seen = calibrate(prepared_, tensors, at, pictures_.calibration.size(), input_of_, options_.threads,
                          [&](std::size_t done) { report(what, done, pictures_.calibration.size()); });
    check_numbers(seen);
    return seen;
  };
  const Statistics channels = look("looking at channels", Observed::channels);
  prepared_ = equalise(std::move(prepared_), plan, channels);
  statistics_ = look("calibrating", Observed::everything);
}

// What the figures do not say by themselves.
void Quantizer::add_notes(const Proof& proof) {
  if (proof.size() < ENOUGH_PROOF) {
    result_.notes.push_back(fmt::format("judged by {} alone: a folder of {} pictures and more gives a surer verdict",
                                        counted(proof.size(), "picture"), 2 * ENOUGH_PROOF));
  }
  if (proof.sure() == 0) {
    result_.notes.emplace_back("FP32 is sure about none of the pictures judged by, so no least IoU could be asked for");
  }
  if (!options_.truth.empty() && !proof.baseline().mae) {
    result_.notes.emplace_back("no ground truth was used: no mask has both a picture's name and its size");
  }
}

QuantizeResult Quantizer::run() {
  choose_model();
  choose_output();
  scratch_.emplace();
  QuantizedModel& model = result_.model;
  model.target = options_.target == QuantizationTarget::cpu ? "cpu" : "tensorrt";
  model.cpu = cpu_info().name;
  model.made_by = fmt::format("peel {}, ONNX Runtime {}", version(), open_runtime().version);
  if (options_.target == QuantizationTarget::cpu && adds_in_16_bits()) {
    model.weight_bits = 7;
    result_.notes.emplace_back(
        "weights have 7 bits: this CPU has no 8-bit dot product (VNNI) and adds products in 16 bits, which 8-bit "
        "weights would overflow");
  }
  report("preparing the graph", 0, 0);
  prepared_ = prepare(MappedFile(choice_.file).bytes(), choice_.file, choice_.info);
  const QuantizationPlan plan = make_plan(prepared_.graph(), [&](const auto& node) { return keeps_float(node, {}); });
  check_plan(plan);
  std::vector<std::int64_t> shape;
  for (const auto& size : prepared_.graph().input(0).type().tensor_type().shape().dim()) {
    shape.push_back(size.dim_value() > 0 ? size.dim_value() : -1);
  }
  if (prepared_.graph().input_size() != 1 || shape.size() != 4) {
    throw Error(ErrorCode::model, fmt::format("{} does not take one picture", choice_.file.string()),
                "it must take one picture as 1 x 3 x height x width floats");
  }
  pictures_ = take_pictures(options_, control_);
  if (pictures_.unreadable > 0) {
    result_.notes.push_back(fmt::format("{} of the folder could not be read", counted(pictures_.unreadable, "file")));
  }
  model.calibration_pictures = static_cast<int>(pictures_.calibration.size());
  model.calibration_sha256 = pictures_.calibration_sha256;
  model.proof_pictures = static_cast<int>(pictures_.proof.size());
  input_of_ = [&, shape](std::size_t index) {
    check_stopped();
    return picture_input(load_image(pictures_.calibration[index]), choice_.info, shape, Settings{}.max_size,
                         options_.threads);
  };

  take_statistics(plan);

  const auto quiet = [&](const char* what, std::size_t total) {
    return [this, what, total](std::size_t done) { report(what, done, total); };
  };
  const Proof tuning(choice_.file, choice_.info, pictures_.tuning, options_.threads,
                     quiet("masks of FP32", pictures_.tuning.size()));
  std::vector<Form> forms;
  for (const Method& method : methods(options_.method)) {
    forms.push_back(make(method, {}));
    forms.back().tuned = measure(tuning, forms.back(), 0);
  }
  std::ranges::stable_sort(
      forms, [](const auto& a, const auto& b) { return a.tuned.mean_difference < b.tuned.mean_difference; });

  const Proof proof(choice_.file, choice_.info, pictures_.proof, options_.threads,
                    quiet("masks of FP32", pictures_.proof.size()));
  model.measures.push_back(proof.baseline());
  add_notes(proof);
  if (proof.subjects() == 0) {
    result_.reason = fmt::format("FP32 sees a subject in none of the {} pictures to judge by", proof.size());
    if (options_.keep_anyway) install(forms.front(), refused_path(output_));
    return std::move(result_);
  }
  if (!is_clearly_near(forms.front().tuned, options_)) {
    Form selective = improve(forms.front(), tuning);
    if (!selective.kept_float.empty()) forms.insert(forms.begin(), std::move(selective));
  }
  for (auto form = forms.rbegin(); form != forms.rend(); ++form) {
    model.measures.push_back(measure(proof, *form, TIMED));
  }
  const Form& chosen = forms.front();
  model.method = chosen.method.name();
  model.kept_float = chosen.kept_float;
  result_.reason = why_refused(model.measures.back(), proof.baseline(), options_);
  result_.accepted = result_.reason.empty();
  if (result_.accepted) {
    install(chosen, output_);
  } else if (options_.keep_anyway) {
    install(chosen, refused_path(output_));
  }
  return std::move(result_);
}

}  // namespace
}  // namespace quantization

QuantizeResult quantize(const QuantizeOptions& options, const Control& control) {
  if (options.samples < 8) throw Error(ErrorCode::usage, fmt::format("{} samples are below 8", options.samples));
  quantization::check_folders(options);
  open_runtime();
  const auto begin = std::chrono::steady_clock::now();
  const StopScope scope(control.stop);
  QuantizeResult result = quantization::Quantizer(options, control).run();
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return result;
}

}  // namespace peel
