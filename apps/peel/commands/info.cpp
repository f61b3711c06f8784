#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "commands/commands.hpp"
#include "peel/error.hpp"
#include "peel/models.hpp"
#include "peel/providers.hpp"
#include "peel/version.hpp"
#include "report.hpp"

namespace peel::cli {
namespace {

using Json = nlohmann::ordered_json;

/// The runtime is what `info` is there to explain: that it is missing is an answer, not an error.
struct Runtime {
  RuntimeInfo info;
  std::string reason;
};

Runtime find_runtime() {
  try {
    return {runtime_info(), ""};
  } catch (const Error& error) {
    return {{}, error.what()};
  }
}

/// The precisions a model can run in with the files at hand: "fp32" is the model itself, the others stand beside it.
std::vector<std::string> precisions(const ModelStore& store, const ModelInfo& model) {
  std::vector<std::string> result;
  if (!store.present(model)) return result;
  result.emplace_back("fp32");
  for (const char* other : {"fp16", "int8"}) {
    std::filesystem::path file = store.path(model);
    file.replace_filename(file.stem().string() + "_" + other + ".onnx");
    std::error_code ignored;
    if (std::filesystem::exists(file, ignored)) result.emplace_back(other);
  }
  return result;
}

Json text_or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

void print_as_json(const CpuInfo& cpu, const Runtime& runtime, const std::vector<ProviderStatus>& providers,
                   const ModelStore& store) {
  Json object = {{"version", version()},
                 {"cpu", {{"name", cpu.name}, {"cores", cpu.cores}, {"features", cpu.features}}},
                 {"onnxruntime",
                  {{"version", text_or_null(runtime.info.version)}, {"library", text_or_null(runtime.info.library)}}},
                 {"providers", Json::array()},
                 {"models", Json::array()}};
  if (!runtime.reason.empty()) object["onnxruntime"]["reason"] = runtime.reason;
  for (const ProviderStatus& provider : providers) {
    object["providers"].push_back({{"name", provider.name},
                                   {"compiled", provider.compiled},
                                   {"usable", provider.usable},
                                   {"reason", text_or_null(provider.reason)}});
  }
  for (const ModelInfo& model : known_models()) {
    const bool installed = store.present(model);
    object["models"].push_back({{"name", model.name},
                                {"installed", installed},
                                {"precision", precisions(store, model)},
                                {"path", store.path(model).string()},
                                {"licence", model.licence},
                                {"commercial_use", model.commercial_use}});
  }
  print_json(object);
}

void print_as_text(const CpuInfo& cpu, const Runtime& runtime, const std::vector<ProviderStatus>& providers,
                   const ModelStore& store) {
  answer("peel          {}\n", version());
  answer("CPU           {}, {} core{}\n", cpu.name.empty() ? "unknown" : cpu.name, cpu.cores,
         cpu.cores == 1 ? "" : "s");
  if (!cpu.features.empty()) answer("              {}\n", fmt::join(cpu.features, " "));
  if (runtime.reason.empty()) {
    answer("ONNX Runtime  {}\n              {}\n", runtime.info.version, runtime.info.library);
  } else {
    answer("ONNX Runtime  not usable: {}\n", runtime.reason);
  }
  answer("\nDevices\n");
  if (!runtime.reason.empty()) answer("  none without ONNX Runtime\n");
  for (const ProviderStatus& provider : providers) {
    if (!runtime.reason.empty()) break;  // each would only repeat it
    const char* state = provider.usable ? "usable" : provider.compiled ? "not usable" : "not compiled in";
    answer("  {:<10}  {}{}{}\n", provider.name, state, provider.reason.empty() ? "" : ": ", provider.reason);
  }
  answer("\nModels installed in {}\n", store.folder().string());
  bool any = false;
  for (const ModelInfo& model : known_models()) {
    if (!store.present(model)) continue;
    any = true;
    answer("  {:<22}  {:<10}  {} ({})\n", model.name, fmt::format("{}", fmt::join(precisions(store, model), " ")),
           model.licence, model.commercial_use ? "commercial use allowed" : "no commercial use");
  }
  if (!any) answer("  none; peel models list shows what there is, the first peel remove fetches one\n");
}

}  // namespace

int run_info(const InfoArguments&, Console& console) {
  const CpuInfo cpu = cpu_info();
  const Runtime runtime = find_runtime();
  const std::vector<ProviderStatus> providers = probe_providers();
  const ModelStore store;
  (console.json() ? print_as_json : print_as_text)(cpu, runtime, providers, store);
  return 0;
}

}  // namespace peel::cli
