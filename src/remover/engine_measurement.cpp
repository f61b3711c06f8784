#include <optional>

#include "base/log.hpp"
#include "base/parallel.hpp"
#include "base/stopwatch.hpp"
#include "inference/engine_choice.hpp"
#include "inference/session.hpp"
#include "inference/warm_up.hpp"
#include "peel/error.hpp"
#include "peel/remover.hpp"
#include "remover/model_choice.hpp"

namespace peel {

EngineChoice measure_engines(const Settings& settings) {
  const ModelStore store(settings.model_folder);
  const ModelChoice model = choose_model(settings, store);
  if (model.info.output == OutputKind::prompted) return {Engine::onnxruntime, "Segment Anything runs on ONNX Runtime"};
  SessionOptions options;
  options.threads = settings.threads > 0 ? checked_threads(settings.threads) : physical_cores();
  options.batch = settings.batch;
  options.cache_graph = settings.cache_graph;
  options.sha256 = store.sha256(model.file);
  const Arithmetic arithmetic = model.int8 ? Arithmetic::int8 : Arithmetic::fp32;
  options.candidates = {{Device::cpu, arithmetic, Engine::onnxruntime}};
  const Session onnxruntime(model.file, options);
  options.candidates = {{Device::cpu, arithmetic, Engine::openvino}};
  std::optional<Session> openvino;
  try {
    openvino.emplace(model.file, options);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::device) throw;
    return {Engine::onnxruntime, error.message()};
  }

  const Tensor pattern = test_pattern(openvino->input_shape());
  const auto run = [&](Engine engine) {
    Stopwatch watch;
    (engine == Engine::openvino ? *openvino : onnxruntime).run(pattern);
    return watch.lap();
  };
  log(LogLevel::notice, "measuring which engine computes {} faster here; once for this model", model.name);
  // The first run of each allocates what later ones use again.
  for (const Engine engine : {Engine::onnxruntime, Engine::openvino}) run(engine);
  EngineChoice choice = engine_by_times(take_turns(run));
  keep_engine_choice({model.file, options.sha256, options.threads, arithmetic}, choice);
  return choice;
}

}  // namespace peel
