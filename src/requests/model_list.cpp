#include "requests/model_list.hpp"

#include <nlohmann/json.hpp>

#include "options/result_json.hpp"

namespace peel::requests {
namespace {

using Json = nlohmann::ordered_json;

Json int8_json(const Int8Form& form) {
  if (form.state == Int8State::missing) return {};
  const FormMeasures* const measures = form.measures();
  return {{"path", form.path.string()},
          {"state", word(form.state)},
          {"speedup", measures ? Json(measures->speedup) : Json()},
          {"mean_iou", measures ? Json(measures->mean_iou) : Json()},
          {"target", form.record ? Json(form.record->target) : Json()},
          {"method", form.record ? Json(form.record->method) : Json()}};
}

}  // namespace

std::string_view word(ModelState state) {
  switch (state) {
    case ModelState::verified:
      return "verified";
    case ModelState::unverified:
      return "unverified";
    case ModelState::damaged:
      return "damaged";
    case ModelState::missing:
      break;
  }
  return "missing";
}

std::string_view word(Int8State state) {
  switch (state) {
    case Int8State::ready:
      return "ready";
    case Int8State::stale:
      return "stale";
    case Int8State::unproven:
      return "unproven";
    case Int8State::missing:
      break;
  }
  return "missing";
}

std::uint64_t size_of(const ModelStore& store, const ModelInfo& model) {
  std::uint64_t installed = 0;
  for (const std::filesystem::path& file : store.files(model)) {
    std::error_code missing;
    const auto size = std::filesystem::file_size(file, missing);
    if (!missing) installed += size;
  }
  if (store.present(model)) return installed;
  for (const ModelSource& source : model.sources) {
    if (source.bytes > 0) return source.bytes;
  }
  return 0;
}

Int8Form int8_form(const ModelStore& store, const ModelInfo& model) {
  const std::filesystem::path file = store.path(model);
  Int8Form form{int8_state(store, file), int8_path(file), std::nullopt};
  if (form.state == Int8State::ready || form.state == Int8State::stale) form.record = read_quantized_model(form.path);
  return form;
}

nlohmann::ordered_json model_json(const ModelStore& store, const ModelInfo& model) {
  const ModelState state = store.state(model);
  Json object = peel::model_json(model, {"name", "summary"});
  object["bytes"] = number_or_null(size_of(store, model));
  object.update(peel::model_json(model, {"input", "licence", "commercial_use"}));
  object.update({{"installed", state != ModelState::missing},
                 {"state", word(state)},
                 {"path", store.path(model).string()},
                 {"int8", int8_json(int8_form(store, model))}});
  return object;
}

nlohmann::ordered_json models_json(const ModelStore& store, bool commercial_only) {
  Json array = Json::array();
  for (const ModelInfo& model : known_models()) {
    if (!commercial_only || model.commercial_use) array.push_back(model_json(store, model));
  }
  return {{"folder", store.folder().string()}, {"models", array}};
}

}  // namespace peel::requests
