#pragma once

#include <string>

#include "peel/benchmark.hpp"

namespace peel::benchmark::test {

/// A configuration that took `time` ms for each of ten pictures, `speedup` times as fast as the baseline give or take a
/// tenth, whose masks have that IoU on every picture.
inline BenchmarkMeasurement measured(const std::string& model, const std::string& name, Device device,
                                     Precision precision, double time, double speedup, double iou) {
  BenchmarkMeasurement m;
  m.configuration = {name, model, device, precision, 2, 1};
  m.session = {model, "/models/" + model + ".onnx", "cpu", "onnxruntime", "1.29.0", "fp32", 2, 1, 320, 320, {}, {}};
  m.time = {time, time * 1.2, time * 0.9, {time * 0.95, time * 1.05}};
  m.stages = {time * 0.1, time * 0.1, time * 0.6, time * 0.1, time * 0.1, time};
  m.pictures_per_second = 1000 / time;
  m.peak_memory_bytes = 400'000'000;
  m.speedup = speedup;
  m.speedup_interval = {speedup * 0.9, speedup * 1.1};
  Fidelity& fidelity = m.fidelity.emplace();
  fidelity.mean = {1 - iou, iou};
  fidelity.worst = {0, fidelity.mean};
  for (int i = 0; i < 10; ++i) {
    m.samples.push_back({i, 0, m.stages});
    if (i == 0) fidelity.pictures.push_back({0, fidelity.mean});
  }
  return m;
}

/// The baseline of "net" (100 ms) and its INT8 form (40 ms, IoU 0.99), one picture.
inline BenchmarkSummary summary() {
  BenchmarkSummary result;
  result.version = "1.2.3";
  result.started = "2026-05-01T12:30:00Z";
  result.machine.cpu.name = "Processor";
  result.machine.runtime.version = "1.29.0";
  result.rounds = 10;
  result.turns = 10;
  result.pictures = {{"/pictures/dog.jpg", "dog", 640, 480, ""}};
  result.measurements = {measured("net", "net-cpu-fp32-2t", Device::cpu, Precision::fp32, 100, 1, 1),
                         measured("net", "net-cpu-int8-2t", Device::cpu, Precision::int8, 40, 2.5, 0.99)};
  return result;
}

}  // namespace peel::benchmark::test
