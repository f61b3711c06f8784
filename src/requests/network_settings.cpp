#include "requests/network_settings.hpp"

#include "options/choices.hpp"
#include "peel/error.hpp"
#include "peel/models.hpp"

namespace peel::requests {
namespace {

/// rembg's way with a network of one's own: the name says how it is fed, the path where it lies.
void take_model_path(const std::string& path, Settings& settings) {
  const ModelInfo* named = nullptr;
  for (const ModelInfo& model : known_models()) {
    if (model.custom && model.name == settings.model_name) named = &model;
  }
  if (!named) {
    throw Error(ErrorCode::usage, "model_path is for the models u2net_custom, dis_custom and ben_custom",
                "name one of them with --model, or give the file itself: --model FILE.onnx");
  }
  // A name without a folder must not be taken for one of the manifest.
  settings.model_name = is_model_path(path) ? path : "./" + path;
  settings.custom_layout = *named;
}

}  // namespace

Settings network_settings(const options::Given& given) {
  Settings settings = given.make<Settings>();
  if (settings.custom_layout && !is_model_path(settings.model_name)) {
    throw Error(ErrorCode::usage, "the layout options are for a model given as a file", "use --model FILE.onnx");
  }
  if (given.has("compat")) {
    if (settings.engine == Engine::openvino) {
      throw Error(ErrorCode::usage, "--compat is rembg's arithmetic, and rembg computes by ONNX Runtime",
                  "leave out --engine");
    }
    settings.engine = Engine::onnxruntime;
  }
  if (const std::string path = given.make<options::Files>().model_path; !path.empty()) take_model_path(path, settings);
  return settings;
}

}  // namespace peel::requests
