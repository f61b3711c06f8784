#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "inference/provider.hpp"
#include "peel/providers.hpp"

namespace peel {

std::string_view name_of(Engine engine);

/// ONEDNN_MAX_CPU_ISA in lower case: the newest instructions that OpenVINO is to use. Empty: whatever there are.
std::string instruction_set_cap();

/// By what is known of processors, without having measured anything on this one.
EngineChoice engine_by_rule(const CpuInfo& cpu, std::string_view cap);

/// What the times of a model depend on beside its content.
struct EngineUse {
  std::filesystem::path model;
  std::string sha256;
  int threads = 1;
  Arithmetic arithmetic = Arithmetic::fp32;
};

/// Times of a run in milliseconds, taken in turns: those of one place are a pair.
struct EngineTimes {
  std::vector<double> onnxruntime;
  std::vector<double> openvino;
};

/// Takes pairs, each engine the first in every other, until it is clear which is the faster, or there are enough of
/// them. `run`: one run, and what it took in milliseconds. Throws what `run` throws.
EngineTimes take_turns(const std::function<double(Engine)>& run);

/// OpenVINO where the median of the pairs says that it takes less time.
EngineChoice engine_by_times(const EngineTimes& times);

/// What was kept for this use, else the rule.
EngineChoice choose_engine(const EngineUse& use);

/// What was found is kept beside the model's graph; where nothing can be written it is not.
void keep_engine_choice(const EngineUse& use, const EngineChoice& choice);
/// Nothing where none was kept, or for other versions of the engines, another processor, other `use`.
std::optional<EngineChoice> kept_engine_choice(const EngineUse& use);

}  // namespace peel
