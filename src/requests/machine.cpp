#include "requests/machine.hpp"

#include <nlohmann/json.hpp>

#include "options/result_json.hpp"
#include "peel/error.hpp"
#include "peel/providers.hpp"
#include "peel/quantized_model.hpp"
#include "peel/version.hpp"

namespace peel::requests {

using Json = nlohmann::ordered_json;

std::vector<std::string> precisions(const ModelStore& store, const ModelInfo& model) {
  std::vector<std::string> result;
  if (!store.present(model)) return result;
  result.emplace_back("fp32");
  const Int8State int8 = int8_state(store, store.path(model));
  if (int8 == Int8State::ready || int8 == Int8State::unproven) result.emplace_back("int8");
  return result;
}

namespace {

/// That there is none is an answer, not an error.
Json runtime_json(RuntimeInfo (*find)()) {
  try {
    return find();
  } catch (const Error& error) {
    Json none = RuntimeInfo{};
    none["reason"] = error.what();
    return none;
  }
}

}  // namespace

Json machine_json(const ModelStore& store) {
  const EngineChoice engine = default_engine();
  Json object = {{"version", version()},
                 {"cpu", cpu_info()},
                 {"onnxruntime", runtime_json(runtime_info)},
                 {"openvino", runtime_json(openvino_info)},
                 {"engine", {{"auto", options::word(engine.engine)}, {"reason", engine.reason}}},
                 {"providers", probe_providers()},
                 {"models", Json::array()}};
  for (const ModelInfo& model : known_models()) {
    object["models"].push_back({{"name", model.name},
                                {"installed", store.present(model)},
                                {"precision", precisions(store, model)},
                                {"path", store.path(model).string()}});
    object["models"].back().update(model_json(model, {"licence", "commercial_use"}));
  }
  return object;
}

}  // namespace peel::requests
