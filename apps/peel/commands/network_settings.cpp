#include "commands/network_settings.hpp"

#include "peel/error.hpp"
#include "peel/models.hpp"

namespace peel::cli {

bool is_model_path(const std::string& model) {
  return model.find('/') != std::string::npos || model.ends_with(".onnx");
}

bool model_is_there(const std::string& model) {
  if (model == "none" || is_model_path(model)) return true;
  const ModelStore store;
  // Remover and scanner prefer different ones, but the same are looked for.
  return store.present(model == "auto" ? default_model(store) : find_model(model));
}

Settings network_settings(const NetworkArguments& arguments, Console& console) {
  Settings settings;
  settings.model_name = arguments.model;
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
