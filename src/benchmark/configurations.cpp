#include "benchmark/configurations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "benchmark/words.hpp"

namespace peel::benchmark {
namespace {

using Kind = std::pair<Device, Precision>;

const std::vector<Kind> USUAL{{Device::cpu, Precision::int8},
                              {Device::cuda, Precision::fp32},
                              {Device::cuda, Precision::fp16},
                              {Device::tensorrt, Precision::fp16},
                              {Device::tensorrt, Precision::int8}};
/// In the set where they are named alone.
const std::vector<Kind> WHEN_NAMED{{Device::webgpu, Precision::fp32}, {Device::openvino, Precision::fp32}};

template <typename T>
bool contains(const std::vector<T>& values, const T& value) {
  return std::ranges::find(values, value) != values.end();
}

/// What the words stand for, without the baseline.
std::vector<Kind> kinds_of(const std::vector<std::string>& words) {
  if (words.empty()) return USUAL;
  std::vector<Device> devices;
  std::vector<Precision> precisions;
  std::vector<Kind> exact;
  for (const std::string& text : words) {
    const std::size_t dash = text.find('-');
    const auto device = from_word<Device>(DEVICES, text.substr(0, dash));
    const auto precision = from_word<Precision>(PRECISIONS, dash == text.npos ? text : text.substr(dash + 1));
    if (dash != text.npos && device && precision) {
      exact.emplace_back(*device, *precision);
    } else if (dash == text.npos && device) {
      devices.push_back(*device);
    } else if (dash == text.npos && precision) {
      precisions.push_back(*precision);
    } else {
      throw Error(ErrorCode::usage, fmt::format("{:?} is no configuration", text),
                  "name devices (cpu, cuda, tensorrt, webgpu, openvino), precisions (fp32, fp16, int8) or both joined: "
                  "tensorrt-fp32");
    }
  }
  std::vector<Kind> kinds;
  const auto add = [&](const Kind& kind) {
    if (!contains(kinds, kind)) kinds.push_back(kind);
  };
  if (!devices.empty() || !precisions.empty()) {
    std::vector<Kind> candidates = USUAL;
    for (const Kind& kind : WHEN_NAMED) {
      if (contains(devices, kind.first)) candidates.push_back(kind);
    }
    for (const Kind& kind : candidates) {
      const bool device_fits = devices.empty() || contains(devices, kind.first);
      if (device_fits && (precisions.empty() || contains(precisions, kind.second))) add(kind);
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
    std::string name = fmt::format("{}-{}-{}-{}t", label, word(kind.first), word(kind.second), thread_count);
    if (batch > 1) name += fmt::format("-b{}", batch);
    if (std::ranges::find(list, name, &BenchmarkConfiguration::name) != list.end()) return;
    list.push_back({std::move(name), model, kind.first, kind.second, thread_count, batch});
  };
  const Kind baseline{Device::cpu, Precision::fp32};
  std::vector<Kind> kinds = kinds_of(words);
  kinds.insert(kinds.begin(), baseline);
  add(baseline, threads.front(), 1);
  for (const Kind& kind : kinds) {
    // Of a GPU's configurations the network does not depend on the threads: one number of them is enough.
    const bool on_gpu = kind.first == Device::cuda || kind.first == Device::tensorrt || kind.first == Device::webgpu;
    for (const int count : std::span(threads).first(on_gpu ? 1 : threads.size())) {
      for (const int batch : batches) add(kind, count, batch);
    }
  }
  return list;
}

}  // namespace peel::benchmark
