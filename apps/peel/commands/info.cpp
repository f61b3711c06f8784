#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/words.hpp"
#include "commands/commands.hpp"
#include "options/result_json.hpp"
#include "peel/error.hpp"
#include "peel/models.hpp"
#include "peel/providers.hpp"
#include "peel/version.hpp"
#include "report.hpp"
#include "requests/machine.hpp"

namespace peel::cli {
namespace {

/// The runtime is what `info` is there to explain: that it is missing is an answer, not an error.
struct Runtime {
  RuntimeInfo info;
  std::string reason;
};

Runtime find_runtime(RuntimeInfo (*find)()) {
  try {
    return {find(), ""};
  } catch (const Error& error) {
    return {{}, error.what()};
  }
}

/// All that peel computes with.
struct Machine {
  CpuInfo cpu = cpu_info();
  Runtime onnxruntime = find_runtime(runtime_info);
  Runtime openvino = find_runtime(openvino_info);
  std::vector<ProviderStatus> providers = probe_providers();
};

constexpr std::size_t WIDTH = 80;
constexpr std::size_t COLUMN = 14;  // where what is told begins

void print_field(std::string_view label, std::string_view text) {
  answer("{:<{}}{}\n", label, COLUMN, wrap(text, WIDTH, COLUMN));
}

std::string text_of(const Hardware& device) {
  std::string text = device.name;
  if (device.memory_bytes > 0) text += ", " + byte_size(device.memory_bytes);
  if (!device.compute_capability.empty()) text += ", compute capability " + device.compute_capability;
  // NVIDIA's driver is known by the CUDA it can run.
  if (!device.driver.empty()) {
    text += (device.compute_capability.empty() ? ", driver " : ", driver for CUDA ") + device.driver;
  }
  if (device.software) text += ": a processor that plays a GPU, slower than cpu";
  return text;
}

void print_cpu(const CpuInfo& cpu) {
  std::string text = fmt::format("{}, {}", cpu.name.empty() ? "unknown" : cpu.name,
                                 counted(static_cast<std::size_t>(cpu.cores), "core"));
  if (cpu.memory_bytes > 0) text += fmt::format(", {} of memory", byte_size(cpu.memory_bytes));
  print_field("CPU", text);
  struct Use {
    std::string_view label, value;
    std::vector<std::string_view> features;
    std::string_view without;
  };
  const std::vector<Use> uses{
      {"  FP32", "the arithmetic of every model", {"avx", "avx2", "fma", "avx512f", "avx512bw"}, ""},
      {"  INT8",
       "--precision int8 pays",
       {"avx512_vnni", "avx_vnni", "amx_int8", "asimddp", "i8mm"},
       "no instructions for it: --precision int8 may be slower than fp32"},
      {"  half", "not used by peel on a CPU", {"avx512_bf16", "amx_bf16", "fphp"}, ""},
  };
  for (const Use& use : uses) {
    std::vector<std::string_view> present;
    for (const std::string& feature : cpu.features) {
      if (std::find(use.features.begin(), use.features.end(), feature) != use.features.end())
        present.push_back(feature);
    }
    if (!present.empty()) {
      print_field(use.label, fmt::format("{} ({})", fmt::join(present, " "), use.value));
    } else if (!use.without.empty()) {
      print_field(use.label, use.without);
    }
  }
}

void print_provider(const ProviderStatus& provider) {
  const char* const state = provider.usable ? "usable" : provider.compiled ? "not usable" : "not in this ONNX Runtime";
  const bool told = !provider.reason.empty() && provider.compiled;
  print_field("  " + provider.name, told ? fmt::format("{}: {}", state, provider.reason) : state);
  for (const Hardware& device : provider.hardware) print_field("", text_of(device));
  if (!provider.advice.empty()) answer("{:<{}}-> {}\n", "", COLUMN, wrap(provider.advice, WIDTH, COLUMN + 3));
}

bool in_software(const ProviderStatus& provider) {
  return !provider.hardware.empty() && provider.hardware.front().software;
}

/// The first question where a GPU was expected to be used, with what to install at its end. Of those that
/// --device auto would take: CUDA needs the least of what an NVIDIA GPU can have, WebGPU serves the others.
void print_gpu(const std::vector<ProviderStatus>& providers) {
  const ProviderStatus* blocked = nullptr;
  for (const ProviderStatus& provider : providers) {
    if (provider.name == "cpu" || !provider.compiled || in_software(provider)) continue;
    if (provider.usable) {
      const std::string device = provider.hardware.empty() ? "" : provider.hardware.front().name + ", ";
      return print_field("GPU", fmt::format("used: {}through {}", device, provider.name));
    }
    const bool nearer = !blocked || (blocked->hardware.empty() && !provider.hardware.empty());
    if (provider.name != "tensorrt" && nearer) blocked = &provider;
  }
  if (!blocked) return print_field("GPU", "not used: this ONNX Runtime knows none");
  print_field("GPU",
              fmt::format("not used: {}{}{}", blocked->reason, blocked->advice.empty() ? "" : "; ", blocked->advice));
}

void print_runtime(std::string_view label, const Runtime& runtime) {
  if (!runtime.reason.empty()) return print_field(label, "not usable: " + runtime.reason);
  print_field(label, runtime.info.version);
  print_field("", runtime.info.library);
}

void print_as_text(const Machine& machine, const ModelStore& store) {
  print_field("peel", version());
  print_cpu(machine.cpu);
  const EngineChoice engine = default_engine();
  print_field("  engine",
              fmt::format("{}, as {}; peel models warm measures it", options::word(engine.engine), engine.reason));
  print_runtime("OpenVINO", machine.openvino);
  print_runtime("ONNX Runtime", machine.onnxruntime);
  if (machine.onnxruntime.reason.empty()) {
    print_gpu(machine.providers);
    answer("\nDevices, the fastest first\n");
    for (const ProviderStatus& provider : machine.providers) print_provider(provider);
  } else {
    answer("\nDevices\n");
    print_field("  none", "without ONNX Runtime");
  }
  answer("\nModels installed in {}\n", store.folder().string());
  bool any = false;
  for (const ModelInfo& model : known_models()) {
    if (!store.present(model)) continue;
    any = true;
    answer("  {:<22}  {:<10}  {} ({})\n", model.name,
           fmt::format("{}", fmt::join(requests::precisions(store, model), " ")), model.licence,
           model.commercial_use ? "commercial use allowed" : "no commercial use");
  }
  if (!any) answer("  none; peel models list shows what there is, the first peel remove fetches one\n");
}

}  // namespace

int run_info(Console& console) {
  const ModelStore store;
  if (console.json()) {
    print_json(requests::machine_json(store));
  } else {
    print_as_text({}, store);
  }
  return 0;
}

}  // namespace peel::cli
