#include "benchmark/plan.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "base/control.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "base/parallel.hpp"
#include "base/words.hpp"
#include "benchmark/configurations.hpp"
#include "benchmark/words.hpp"
#include "options/limits.hpp"
#include "remover/model_choice.hpp"

namespace peel::benchmark {
namespace {

namespace fs = std::filesystem;

// Below about thirty samples the interval of a median is wide (with ten it spans from the second to the ninth).
constexpr int ENOUGH_SAMPLES = 30;
constexpr int USUAL_ROUNDS = 3;

void check(const BenchmarkOptions& options) {
  const auto within = [](const char* what, int value, int least, int most) {
    if (value < least || value > most) {
      throw Error(ErrorCode::usage, fmt::format("{} {} is not from {} to {}", what, value, least, most));
    }
  };
  if (options.output_folder.empty()) throw Error(ErrorCode::usage, "the benchmark's output folder is not named");
  if (options.models.empty()) throw Error(ErrorCode::usage, "the benchmark's list of models is empty");
  if (options.batches.empty()) throw Error(ErrorCode::usage, "the benchmark's list of batch sizes is empty");
  for (const int batch : options.batches) within("batch", batch, 1, options::LARGEST_BATCH);
  for (const int threads : options.threads) within("threads", threads, 1, options::MOST_THREADS);
  within("rounds", options.rounds, 0, 100'000);
}

void make_output_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw Error(ErrorCode::output, fmt::format("{}: {}", folder.string(), error.message()), "choose another");
  if (::access(folder.c_str(), W_OK | X_OK) != 0) {
    throw Error(ErrorCode::output, fmt::format("{}: {}", folder.string(), system_message(errno)),
                "choose a folder you may write to");
  }
}

void look_at_pictures(const BenchmarkOptions& options, const Control& control, BenchmarkPlan& plan) {
  std::vector<std::string> taken;
  for (const fs::path& file : options.pictures) {
    if (control.progress) control.progress({"looking at the pictures", plan.pictures.size(), options.pictures.size()});
    if (control.stop.stop_requested()) break;
    BenchmarkPicture picture;
    picture.file = file;
    try {
      const Image image = load_image(file);
      picture.width = image.width();
      picture.height = image.height();
      picture.name = unique_name(file.stem().string(), taken);
      plan.usable.push_back(plan.pictures.size());
    } catch (const Error& error) {
      picture.error = error.message();
    }
    plan.pictures.push_back(std::move(picture));
  }
  if (plan.usable.empty() && plan.pictures.size() == options.pictures.size()) {
    if (plan.pictures.empty()) throw Error(ErrorCode::input, "there are no pictures to measure with");
    throw Error(ErrorCode::input, fmt::format("none of the pictures can be read: {}", plan.pictures.front().error));
  }
}

Settings settings_for(const BenchmarkOptions& options, const std::string& model) {
  Settings settings;
  settings.model_name = model;
  settings.model_folder = options.model_folder;
  settings.fetch = options.fetch;
  return settings;
}

/// Why a model has no INT8 form; empty where it has one.
std::string missing_int8(const BenchmarkOptions& options, const std::string& model, const ModelStore& store) {
  Settings settings = settings_for(options, model);
  settings.precision = Precision::int8;
  const ModelChoice choice = choose_model(settings, store);
  if (choice.int8) return "";
  return choice.fallbacks.empty() ? "there is no INT8 form of the model" : choice.fallbacks.front().reason;
}

struct Missing {
  std::string reason;
  std::string advice;
};

/// Why there is no OpenVINO; empty where there is.
Missing missing_openvino() {
  try {
    openvino_info();
    return {};
  } catch (const Error& error) {
    return {error.message(), error.hint()};
  }
}

/// Sorts the configurations of a model into those that may run and those that cannot.
void sort_out(const std::vector<BenchmarkConfiguration>& candidates, const std::string& no_int8, BenchmarkPlan& plan) {
  const bool asks_openvino =
      std::ranges::any_of(candidates, [](const auto& c) { return c.engine == Engine::openvino; });
  const Missing no_openvino = asks_openvino ? missing_openvino() : Missing();
  for (const BenchmarkConfiguration& candidate : candidates) {
    const auto provider = std::ranges::find(plan.machine.providers, word(candidate.device), &ProviderStatus::name);
    const bool known = provider != plan.machine.providers.end();
    if (candidate.threads > available_cores()) {
      add_skipped(plan.skipped, candidate,
                  fmt::format("there {} for its threads",
                              available_cores() == 1 ? "is one core" : fmt::format("are {} cores", available_cores())),
                  "");
    } else if (known && !provider->usable && candidate.device != Device::cpu) {
      add_skipped(plan.skipped, candidate, provider->reason, provider->advice);
    } else if (candidate.engine == Engine::openvino && !no_openvino.reason.empty()) {
      add_skipped(plan.skipped, candidate, no_openvino.reason, no_openvino.advice);
    } else if (candidate.precision == Precision::int8 && !no_int8.empty()) {
      add_skipped(plan.skipped, candidate, no_int8, "");
    } else {
      plan.configurations.push_back(candidate);
    }
  }
}

/// Those that are installed and give one mask.
std::vector<std::string> installed_models(const ModelStore& store) {
  std::vector<std::string> names;
  for (const ModelInfo& model : known_models()) {
    const bool one_mask = model.output == OutputKind::probability || model.output == OutputKind::logits;
    if (one_mask && !model.custom && store.present(model)) names.push_back(model.name);
  }
  return names;
}

void choose_configurations(const BenchmarkOptions& options, const Control& control, BenchmarkPlan& plan) {
  const StopScope downloads(control.stop);
  const ModelStore store(options.model_folder);
  const std::vector<int> threads = options.threads.empty() ? std::vector{physical_cores()} : options.threads;
  std::vector<std::string> models;
  std::vector<std::string> labels;
  std::vector<std::vector<BenchmarkConfiguration>> by_model;
  for (const std::string& wanted : options.models) {
    const std::string model = choose_model(settings_for(options, wanted), store).name;
    if (std::ranges::find(models, model) != models.end()) continue;
    models.push_back(model);
    by_model.push_back(configurations_of(model, unique_name(plain_name(model), labels), options.configurations, threads,
                                         options.batches));
  }
  const auto& first = by_model.front();
  if (std::ranges::any_of(first, [](const auto& c) { return c.device != Device::cpu; })) {
    if (control.progress) control.progress({"looking for devices", 0, 0});
    plan.machine.providers = probe_providers();
  }
  for (std::size_t i = 0; i < models.size(); ++i) {
    const bool asks_int8 =
        std::ranges::any_of(by_model[i], [](const auto& c) { return c.precision == Precision::int8; });
    sort_out(by_model[i], asks_int8 ? missing_int8(options, models[i], store) : "", plan);
  }
}

bool is_left_open(const BenchmarkOptions& options) {
  return options.models == BenchmarkOptions{}.models && options.configurations.empty() && options.threads.empty();
}

/// Of one model in FP32 on the CPU alone there is little to compare.
bool is_little(const BenchmarkPlan& plan) {
  return std::ranges::all_of(plan.configurations, [](const BenchmarkConfiguration& c) {
    return c.device == Device::cpu && c.precision == Precision::fp32 && c.batch == 1;
  });
}

void add_something_to_compare(const BenchmarkOptions& options, const Control& control, BenchmarkPlan& plan) {
  const ModelStore store(options.model_folder);
  BenchmarkOptions more = options;
  more.configurations.clear();
  for (const BenchmarkConfiguration& each : plan.configurations) {
    const auto place = each.engine == Engine::openvino ? word(each.engine) : word(each.device);
    more.configurations.push_back(fmt::format("{}-{}", place, word(each.precision)));
  }
  more.threads = {physical_cores()};
  if (physical_cores() > 1) more.threads.push_back(1);
  for (const std::string& model : installed_models(store)) more.models.push_back(model);
  plan.configurations.clear();
  choose_configurations(more, control, plan);
}

void look_at_load(BenchmarkMachine& machine) {
  if (::getloadavg(&machine.load, 1) != 1) return;
  machine.busy = machine.load > static_cast<double>(::sysconf(_SC_NPROCESSORS_ONLN)) / 2;
  if (machine.busy) {
    log(LogLevel::warning, "this machine is busy (load {:.1f}): times will be longer than on a quiet one",
        machine.load);
  }
}

/// For a person that may not want to wait for it.
void announce(const BenchmarkPlan& plan) {
  std::vector<std::string> names;
  for (const BenchmarkConfiguration& each : plan.configurations) names.push_back(each.name);
  log(LogLevel::notice, "to be measured, {} of {} each: {}", counted(static_cast<std::size_t>(plan.rounds), "round"),
      counted(plan.usable.size(), "picture"), fmt::join(names, ", "));
  for (const BenchmarkSkipped& skipped : plan.skipped) {
    names.clear();
    for (const BenchmarkConfiguration& each : skipped.configurations) names.push_back(each.name);
    log(LogLevel::notice, "cannot run here: {}: {}", fmt::join(names, ", "), skipped.reason);
  }
}

std::string describe_system() {
  utsname names{};
  return uname(&names) == 0 ? fmt::format("{} {} {}", names.sysname, names.release, names.machine) : "";
}

}  // namespace

void add_skipped(std::vector<BenchmarkSkipped>& list, const BenchmarkConfiguration& configuration,
                 const std::string& reason, const std::string& advice) {
  for (BenchmarkSkipped& each : list) {
    if (each.reason == reason && each.advice == advice) {
      each.configurations.push_back(configuration);
      return;
    }
  }
  list.push_back({{configuration}, reason, advice});
}

std::vector<std::size_t> BenchmarkPlan::pictures_of(std::size_t turn) const {
  const std::size_t groups = (usable.size() + group - 1) / group;
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < group; ++i) chosen.push_back(usable[(turn % groups * group + i) % usable.size()]);
  return chosen;
}

BenchmarkPlan make_plan(const BenchmarkOptions& options, const Control& control) {
  check(options);
  BenchmarkPlan plan;
  plan.machine.cpu = cpu_info();
  plan.machine.runtime = runtime_info();
  plan.machine.system = describe_system();
  make_output_folder(options.output_folder);
  look_at_pictures(options, control, plan);
  look_at_load(plan.machine);
  choose_configurations(options, control, plan);
  if (is_little(plan) && is_left_open(options)) add_something_to_compare(options, control, plan);
  plan.group = static_cast<std::size_t>(*std::ranges::max_element(options.batches));
  const int count = std::max(1, static_cast<int>(plan.usable.size()));
  plan.rounds = options.rounds > 0 ? options.rounds : std::max(USUAL_ROUNDS, (ENOUGH_SAMPLES + count - 1) / count);
  announce(plan);
  return plan;
}

}  // namespace peel::benchmark
