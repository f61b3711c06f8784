#include "requests/machine.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "capi/handles.hpp"
#include "options/result_json.hpp"
#include "peel/models.hpp"
#include "peel/quantize.hpp"
#include "requests/model_list.hpp"
#include "requests/result_json.hpp"

using namespace peel::capi;  // NOLINT(google-build-using-namespace): of this file alone

namespace {
constexpr peel_bytes* NOTHING = nullptr;
}

peel_bytes* peel_info(peel_error** error) {
  return guarded(error, NOTHING, [&] { return new_text(peel::requests::machine_json(peel::ModelStore())); });
}

peel_bytes* peel_models(peel_error** error) {
  return guarded(error, NOTHING, [&] { return new_text(peel::requests::models_json(peel::ModelStore(), false)); });
}

peel_bytes* peel_models_download(const char* name, peel_control* control, peel_error** error) {
  return guarded(error, NOTHING, [&] {
    peel::FetchOptions fetch = peel::fetch_options_from_environment();
    fetch.control = control_of(control);
    const peel::ModelInfo& model = peel::find_model(needed_text(name, "name of a model"));
    return new_text(peel::ModelStore().ensure(model, fetch).string());
  });
}

peel_bytes* peel_quantize(const peel_settings* settings, peel_control* control, peel_error** error) {
  return guarded(error, NOTHING, [&] {
    peel_settings usual;
    usual.task = peel::options::QUANTIZE;
    const auto& given = settings_for(&needed(settings, "settings"), usual, peel::options::QUANTIZE).given;
    auto options = given.make<peel::QuantizeOptions>();
    options.fetch.control = control_of(control);
    return new_text(peel::requests::quantized_json(peel::quantize(options, control_of(control))));
  });
}
