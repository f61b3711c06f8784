#include "commands/network_settings.hpp"

#include "peel/error.hpp"
#include "peel/models.hpp"

namespace peel::cli {

bool model_is_there(const std::string& model) {
  if (model == "none" || is_model_path(model)) return true;
  const ModelStore store;
  // Remover and scanner prefer different ones, but the same are looked for.
  return store.present(model == "auto" ? default_model(store) : find_model(model));
}

namespace {

/// rembg's way with a network of one's own: the name says how it is fed, the path where it lies.
void take_model_path(const NetworkArguments& arguments, Settings& settings) {
  const ModelInfo* named = nullptr;
  for (const ModelInfo& model : known_models()) {
    if (model.custom && model.name == arguments.model) named = &model;
  }
  if (!named) {
    throw Error(ErrorCode::usage, "model_path is for the models u2net_custom, dis_custom and ben_custom",
                "name one of them with --model, or give the file itself: --model FILE.onnx");
  }
  settings.model_name = arguments.model_path;
  // A name without a folder must not be taken for one of the manifest.
  if (!is_model_path(settings.model_name)) settings.model_name = "./" + settings.model_name;
  settings.custom_layout = *named;
}

}  // namespace

Settings network_settings(const NetworkArguments& arguments, Console& console) {
  Settings settings;
  settings.model_name = arguments.model;
  if (!arguments.model_path.empty()) take_model_path(arguments, settings);
  settings.max_size = arguments.max_size;
  settings.device = arguments.device;
  settings.require_device = arguments.require_device;
  settings.precision = arguments.precision;
  settings.threads = arguments.threads;
  settings.fetch.offline = settings.fetch.offline || arguments.offline;
  settings.fetch.progress = console.progress_callback();
  if (arguments.layout.given()) {
    if (!is_model_path(arguments.model)) {
      throw Error(ErrorCode::usage, "the layout options are for a model given as a file", "use --model FILE.onnx");
    }
    ModelInfo layout = custom_model(arguments.model);
    if (const auto& size = arguments.layout.input_size) {
      layout.input_width = (*size)[0];
      layout.input_height = (*size)[1];
    }
    layout.mean = arguments.layout.mean.value_or(layout.mean);
    layout.std = arguments.layout.std.value_or(layout.std);
    layout.output = arguments.layout.output_kind.value_or(layout.output);
    settings.custom_layout = layout;
  }
  return settings;
}

}  // namespace peel::cli
