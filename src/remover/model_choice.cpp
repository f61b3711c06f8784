#include "remover/model_choice.hpp"

#include <fmt/format.h>

#include <system_error>

#include "peel/error.hpp"
#include "peel/quantized_model.hpp"

namespace peel {
namespace {

bool is_path(const std::string& name) {
  return name.find('/') != name.npos || name.ends_with(".onnx");
}

void refuse_what_cannot_run(const ModelInfo& info) {
  const char* why = nullptr;
  if (info.output == OutputKind::classes) why = "it gives several masks";
  if (info.output == OutputKind::prompted) why = "it asks for points or boxes";
  if (why) {
    throw Error(ErrorCode::model, fmt::format("{} is not run by this version: {}", info.name, why),
                "choose another; `peel models list` shows them");
  }
}

ModelInfo layout_of(const Settings& settings, const ModelStore& store) {
  const std::string& name = settings.model_name;
  if (name == "auto" || name.empty()) return default_model(store);
  if (!is_path(name)) return find_model(name);
  ModelInfo info = custom_model(name);
  // A known model's file that lies elsewhere is still that model: u2netp.onnx is not to be fed like another network.
  for (const ModelInfo& known : known_models()) {
    if (known.file == std::filesystem::path(name).filename()) info = known;
  }
  if (settings.custom_layout) {
    const ModelInfo& given = *settings.custom_layout;
    info.input_width = given.input_width;
    info.input_height = given.input_height;
    info.mean = given.mean;
    info.std = given.std;
    info.output = given.output;
  }
  return info;
}

/// Takes the INT8 form where it can be used, else adds the reason why not.
bool take_int8(ModelChoice& choice, const ModelStore& store) {
  const auto int8 = int8_path(choice.file);
  switch (int8_state(store, choice.file)) {
    case Int8State::ready:
    case Int8State::unproven:
      choice.file = int8;
      choice.int8 = true;
      return true;
    case Int8State::stale:
      choice.fallbacks.push_back(
          {"int8",
           fmt::format("{} was made from another {} than the one there now; make it again with `peel quantize {}`",
                       int8.string(), choice.file.filename().string(), choice.name)});
      return false;
    case Int8State::missing:
      break;
  }
  choice.fallbacks.push_back(
      {"int8", fmt::format("there is no {}; `peel quantize {}` makes one", int8.string(), choice.name)});
  return false;
}

}  // namespace

ModelChoice choose_model(const Settings& settings, const ModelStore& store) {
  ModelChoice choice;
  choice.info = layout_of(settings, store);
  refuse_what_cannot_run(choice.info);
  const bool by_path = is_path(settings.model_name);
  choice.name = by_path ? settings.model_name : choice.info.name;
  choice.file = by_path ? std::filesystem::path(settings.model_name) : store.path(choice.info);

  if ((settings.use_int8 || settings.precision == Precision::int8) && take_int8(choice, store)) return choice;

  std::error_code unknown;
  if (by_path) {
    if (!std::filesystem::exists(choice.file, unknown)) {
      throw Error(ErrorCode::model, fmt::format("{}: no such model file", settings.model_name),
                  "a name without '/' and .onnx is looked up in the list of `peel models list`");
    }
    // A pipe or a device might never end.
    if (!std::filesystem::is_regular_file(choice.file, unknown)) {
      throw Error(ErrorCode::model, fmt::format("{}: not a file", settings.model_name), "give an .onnx file");
    }
  } else if (choice.info.custom && !store.present(choice.info)) {
    throw Error(ErrorCode::model, fmt::format("{} is a model you bring yourself", choice.info.name),
                fmt::format("put it at {} or name its file: -m FILE.onnx", choice.file.string()));
  } else if (!choice.info.custom) {
    choice.file = store.ensure(choice.info, settings.fetch);
  }
  return choice;
}

}  // namespace peel
