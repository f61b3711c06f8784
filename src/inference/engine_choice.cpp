#include "inference/engine_choice.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <span>
#include <system_error>

#include "base/environment.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "inference/graph_cache.hpp"
#include "inference/openvino.hpp"
#include "inference/runtime.hpp"

namespace peel {
namespace {

// A run of a large network takes seconds: no more than these, and fewer where all of them say the same.
constexpr std::size_t MOST_PAIRS = 20;
constexpr std::size_t FEWEST_PAIRS = 5;
constexpr double CLEAR = 1.1;

std::vector<double> ratios(const EngineTimes& times) {
  std::vector<double> result;
  for (std::size_t i = 0; i < std::min(times.onnxruntime.size(), times.openvino.size()); ++i) {
    result.push_back(times.openvino[i] / times.onnxruntime[i]);
  }
  return result;
}

bool is_clear(const EngineTimes& times) {
  const auto all = ratios(times);
  return all.size() >= FEWEST_PAIRS && (std::ranges::all_of(all, [](double ratio) { return ratio > CLEAR; }) ||
                                        std::ranges::all_of(all, [](double ratio) { return ratio < 1 / CLEAR; }));
}

double median(std::vector<double> values) {
  const auto half = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, half);
  return half == values.end() ? 1 : *half;
}

// In words. The engines by their files, which says as much as their versions without opening them.
std::string machine_of(const EngineUse& use) {
  const CpuInfo cpu = cpu_info();
  return fmt::format("{} {} {} {} threads {} {}{}", cpu.name, fmt::join(cpu.features, " "), instruction_set_cap(),
                     use.threads, name_of(use.arithmetic), file_stamp(runtime_file()),
                     file_stamp(openvino_file().value_or("")));
}

std::optional<std::filesystem::path> file_of(const EngineUse& use) {
  if (use.sha256.empty()) return std::nullopt;
  return engine_times_file(use.model, use.sha256, machine_of(use));
}

}  // namespace

std::string_view name_of(Engine engine) {
  return engine == Engine::openvino ? "openvino" : "onnxruntime";
}

std::string instruction_set_cap() {
  std::string cap = environment_variable("ONEDNN_MAX_CPU_ISA").value_or("");
  for (char& c : cap) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return cap == "all" || cap == "default" ? std::string() : cap;
}

EngineChoice engine_by_rule(const CpuInfo& cpu, std::string_view cap) {
  const auto has = [&](const char* feature) { return std::ranges::count(cpu.features, feature) > 0; };
  if (!has("amx_bf16") && !has("amx_int8")) return {Engine::onnxruntime, "the processor has no AMX"};
  if (!cap.empty() && cap.find("amx") == cap.npos) {
    return {Engine::onnxruntime, fmt::format("ONEDNN_MAX_CPU_ISA={} keeps it from the processor's AMX", cap)};
  }
  return {Engine::openvino, "the processor has AMX"};
}

EngineTimes take_turns(const std::function<double(Engine)>& run) {
  EngineTimes times;
  for (std::size_t pair = 0; pair < MOST_PAIRS && !is_clear(times); ++pair) {
    const bool openvino_first = pair % 2 == 1;
    if (openvino_first) times.openvino.push_back(run(Engine::openvino));
    times.onnxruntime.push_back(run(Engine::onnxruntime));
    if (!openvino_first) times.openvino.push_back(run(Engine::openvino));
  }
  return times;
}

EngineChoice engine_by_times(const EngineTimes& times) {
  return {median(ratios(times)) < 1 ? Engine::openvino : Engine::onnxruntime,
          fmt::format("measured: a run takes {:.0f} ms by onnxruntime, {:.0f} ms by openvino",
                      median(times.onnxruntime), median(times.openvino))};
}

EngineChoice choose_engine(const EngineUse& use) {
  return kept_engine_choice(use).value_or(default_engine());
}

EngineChoice default_engine() {
  return engine_by_rule(cpu_info(), instruction_set_cap());
}

void keep_engine_choice(const EngineUse& use, const EngineChoice& choice) {
  const auto file = file_of(use);
  if (!file) return;
  try {
    const std::string text =
        nlohmann::json{{"engine", name_of(choice.engine)}, {"reason", choice.reason}}.dump() + "\n";
    AtomicFile out(*file, ErrorCode::output);
    out.write(std::as_bytes(std::span(text)));
    out.commit();
  } catch (const Error& error) {
    log(LogLevel::info, "which engine is the faster cannot be kept: {}", error.what());
  }
}

std::optional<EngineChoice> kept_engine_choice(const EngineUse& use) {
  const auto file = file_of(use);
  if (std::error_code ignored; !file || !std::filesystem::exists(*file, ignored)) return std::nullopt;
  try {
    std::ifstream in(*file);
    const auto object = nlohmann::json::parse(in);
    const std::string engine = object.at("engine");
    for (const Engine each : {Engine::onnxruntime, Engine::openvino}) {
      if (engine == name_of(each)) return EngineChoice{each, object.at("reason")};
    }
  } catch (const nlohmann::json::exception& error) {
    log(LogLevel::info, "{} is damaged and not used: {}", file->string(), error.what());
  }
  return std::nullopt;
}

}  // namespace peel
