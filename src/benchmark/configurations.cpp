#include "benchmark/configurations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "benchmark/words.hpp"

namespace peel::benchmark {
namespace {

struct Kind {
  Device device = Device::cpu;
  Precision precision = Precision::fp32;
  Engine engine = Engine::onnxruntime;

  bool operator==(const Kind&) const = default;
};

const std::vector<Kind> USUAL{{Device::cpu, Precision::int8},      {Device::cpu, Precision::fp32, Engine::openvino},
                              {Device::cuda, Precision::fp32},     {Device::cuda, Precision::fp16},
                              {Device::tensorrt, Precision::fp16}, {Device::tensorrt, Precision::int8}};
/// In the set where they are named alone.
const std::vector<Kind> WHEN_NAMED{{Device::webgpu, Precision::fp32}, {Device::cpu, Precision::int8, Engine::openvino}};

/// "cuda"; "openvino" of the CPU by that engine.
std::string_view place_of(const Kind& kind) {
  return kind.engine == Engine::openvino ? word(kind.engine) : word(kind.device);
}
/// A kind of that place, in FP32.
std::optional<Kind> kind_at(std::string_view place) {
  if (place == word(Engine::openvino)) return Kind{Device::cpu, Precision::fp32, Engine::openvino};
  const auto device = from_word<Device>(DEVICES, place);
  return device ? std::optional(Kind{*device}) : std::nullopt;
}

template <typename T>
bool contains(const std::vector<T>& values, const T& value) {
  return std::ranges::find(values, value) != values.end();
}

/// What the words stand for, without the baseline.
std::vector<Kind> kinds_of(const std::vector<std::string>& words) {
  if (words.empty()) return USUAL;
  std::vector<std::string_view> places;
  std::vector<Precision> precisions;
  std::vector<Kind> exact;
  for (const std::string& text : words) {
    const std::size_t dash = text.find('-');
    const auto named = kind_at(std::string_view(text).substr(0, dash));
    const auto precision = from_word<Precision>(PRECISIONS, dash == text.npos ? text : text.substr(dash + 1));
    if (dash != text.npos && named && precision) {
      exact.push_back({named->device, *precision, named->engine});
    } else if (dash == text.npos && named) {
      places.push_back(place_of(*named));
    } else if (dash == text.npos && precision) {
      precisions.push_back(*precision);
    } else {
      throw Error(
          ErrorCode::usage, fmt::format("{:?} is no configuration", text),
          "name devices (cpu, cuda, tensorrt, webgpu) or openvino for the CPU, precisions (fp32, fp16, int8) or "
          "both joined: tensorrt-fp32");
    }
  }
  std::vector<Kind> kinds;
  const auto add = [&](const Kind& kind) {
    if (!contains(kinds, kind)) kinds.push_back(kind);
  };
  if (!places.empty() || !precisions.empty()) {
    std::vector<Kind> candidates = USUAL;
    for (const Kind& kind : WHEN_NAMED) {
      if (contains(places, place_of(kind))) candidates.push_back(kind);
    }
    for (const Kind& kind : candidates) {
      const bool place_fits = places.empty() || contains(places, place_of(kind));
      if (place_fits && (precisions.empty() || contains(precisions, kind.precision))) add(kind);
    }
  }
  for (const Kind& kind : exact) add(kind);
  return kinds;
}

}  // namespace

std::string plain_name(const std::string& model) {
  std::string name = model.substr(model.rfind('/') + 1);
  if (name.ends_with(".onnx")) name.resize(name.size() - 5);
  for (char& c : name) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    if (!plain) c = '_';
  }
  // No name of a folder may be hidden, or lead out of it.
  if (name.empty() || name.front() == '.') name.insert(0, "model");
  return name;
}

std::string unique_name(const std::string& name, std::vector<std::string>& taken) {
  std::string result = name;
  for (int n = 2; contains(taken, result); ++n) result = fmt::format("{}-{}", name, n);
  taken.push_back(result);
  return result;
}

std::vector<BenchmarkConfiguration> configurations_of(const std::string& model, const std::string& label,
                                                      const std::vector<std::string>& words,
                                                      const std::vector<int>& threads,
                                                      const std::vector<int>& batches) {
  std::vector<BenchmarkConfiguration> list;
  const auto add = [&](const Kind& kind, int thread_count, int batch) {
    const std::string engine = kind.engine == Engine::openvino ? fmt::format("{}-", word(kind.engine)) : "";
    std::string name =
        fmt::format("{}-{}{}-{}-{}t", label, engine, word(kind.device), word(kind.precision), thread_count);
    if (batch > 1) name += fmt::format("-b{}", batch);
    if (std::ranges::find(list, name, &BenchmarkConfiguration::name) != list.end()) return;
    list.push_back({std::move(name), model, kind.device, kind.precision, thread_count, batch, kind.engine});
  };
  const Kind baseline;
  std::vector<Kind> kinds = kinds_of(words);
  kinds.insert(kinds.begin(), baseline);
  add(baseline, threads.front(), 1);
  for (const Kind& kind : kinds) {
    // Of a GPU's configurations the network does not depend on the threads: one number of them is enough.
    const bool on_gpu = kind.device != Device::cpu;
    for (const int count : std::span(threads).first(on_gpu ? 1 : threads.size())) {
      for (const int batch : batches) add(kind, count, batch);
    }
  }
  return list;
}

}  // namespace peel::benchmark
