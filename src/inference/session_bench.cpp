// A network through Session, and beside it the runtime by itself: the file as it came, and the prepared graph with the
// options that ONNX Runtime has when nobody sets any. Of u2netp in the test data, else of the models that are
// installed.

#include <benchmark/benchmark.h>

#include <array>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include "inference/graph.hpp"
#include "inference/runtime.hpp"
#include "inference/session.hpp"
#include "support/test_data.hpp"

namespace peel {
namespace {

std::filesystem::path model(std::int64_t which) {
  if (which == 0) return test::data_folder() / "models" / "u2netp.onnx";
  const char* home = std::getenv("HOME");
  return std::filesystem::path(home ? home : "") / ".u2net" / "isnet-general-use.onnx";
}

std::int64_t side(std::int64_t which) {
  return which == 0 ? 320 : 1024;
}

Tensor input(std::int64_t which) {
  Tensor tensor;
  tensor.shape = {1, 3, side(which), side(which)};
  tensor.values.resize(static_cast<std::size_t>(3 * side(which) * side(which)));
  for (std::size_t i = 0; i < tensor.values.size(); ++i) tensor.values[i] = static_cast<float>(i % 255) / 255 - 0.5F;
  return tensor;
}

bool there(benchmark::State& state) {
  if (std::filesystem::exists(model(state.range(0)))) return true;
  state.SkipWithError("the model is not there");
  return false;
}

void BM_Peel(benchmark::State& state) {
  if (!there(state)) return;
  SessionOptions options;
  options.threads = static_cast<int>(state.range(1));
  const Session session(model(state.range(0)), options);
  const Tensor tensor = input(state.range(0));
  session.run(tensor);
  for (auto _ : state) benchmark::DoNotOptimize(session.run(tensor));
}

void run_plain(benchmark::State& state, const std::string& bytes) {
  Ort::SessionOptions options;
  options.SetIntraOpNumThreads(static_cast<int>(state.range(1)));
  Ort::Session session(open_runtime().env, bytes.data(), bytes.size(), options);
  Tensor tensor = input(state.range(0));
  const auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
  const auto value = Ort::Value::CreateTensor<float>(memory, tensor.values.data(), tensor.values.size(),
                                                     tensor.shape.data(), tensor.shape.size());
  const Ort::AllocatorWithDefaultOptions allocator;
  const auto input_name = session.GetInputNameAllocated(0, allocator);
  const auto output_name = session.GetOutputNameAllocated(0, allocator);
  const std::array<const char*, 1> inputs{input_name.get()};
  const std::array<const char*, 1> outputs{output_name.get()};
  const auto run = [&] { return session.Run({}, inputs.data(), &value, 1, outputs.data(), 1); };
  run();
  for (auto _ : state) benchmark::DoNotOptimize(run());
}

std::string file_bytes(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void BM_RuntimeWithThePreparedGraph(benchmark::State& state) {
  if (!there(state)) return;
  const std::string bytes = file_bytes(model(state.range(0)));
  run_plain(state, prepare_graph(std::as_bytes(std::span(bytes)), "model").model);
}

void BM_RuntimeWithTheFile(benchmark::State& state) {
  if (there(state)) run_plain(state, file_bytes(model(state.range(0))));
}

void sizes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"isnet", "threads"})
      ->ArgsProduct({{0, 1}, {1, 2}})
      ->Unit(benchmark::kMillisecond)
      ->UseRealTime()
      ->MeasureProcessCPUTime();
}
BENCHMARK(BM_Peel)->Apply(sizes);
BENCHMARK(BM_RuntimeWithThePreparedGraph)->Apply(sizes);
BENCHMARK(BM_RuntimeWithTheFile)->Apply(sizes);

}  // namespace
}  // namespace peel
