#include "remover/model_choice.hpp"

#include <fmt/format.h>

#include <system_error>

#include "peel/error.hpp"
#include "peel/quantized_model.hpp"
#include "remover/segment_anything.hpp"

namespace peel {
namespace {

bool is_auto(const std::string& name) {
  return name == "auto" || name.empty();
}

// A pipe or a device might never end.
void require_file(const std::filesystem::path& file, const char* if_missing) {
  std::error_code unknown;
  if (!std::filesystem::exists(file, unknown)) {
    throw Error(ErrorCode::model, fmt::format("{}: no such model file", file.string()), if_missing);
  }
  if (!std::filesystem::is_regular_file(file, unknown)) {
    throw Error(ErrorCode::model, fmt::format("{}: not a file", file.string()), "give an .onnx file");
  }
}

/// Takes the INT8 form where it can be used, else adds the reason why not.
bool take_int8(ModelChoice& choice, const ModelStore& store) {
  if (choice.info.output == OutputKind::prompted) {
    choice.fallbacks.push_back(
        {"int8", "Segment Anything comes in INT8 as files of its own: name FOLDER/NAME.encoder.quant.onnx"});
    return false;
  }
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

ModelInfo model_layout(const Settings& settings, const ModelStore& store) {
  const std::string& name = settings.model_name;
  if (is_auto(name)) return default_model(store);
  if (!is_model_path(name)) return find_model(name);
  ModelInfo info = custom_model(name);
  if (is_encoder(name)) info = find_model("sam");
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

ModelChoice choose_model(const Settings& settings, const ModelStore& store) {
  ModelChoice choice;
  choice.info = model_layout(settings, store);
  const bool by_path = is_model_path(settings.model_name);
  choice.name = by_path ? settings.model_name : choice.info.name;
  choice.file = by_path ? std::filesystem::path(settings.model_name) : store.path(choice.info);

  if (settings.precision == Precision::int8) {
    if (take_int8(choice, store)) return choice;
    if (settings.require_device) {
      throw Error(ErrorCode::device, fmt::format("{} in INT8: {}", choice.name, choice.fallbacks.back().reason),
                  "leave out what requires it, and FP32 is computed");
    }
  }

  if (is_auto(settings.model_name)) {
    choice.info = ensure_default_model(store, settings.fetch);
    choice.name = choice.info.name;
    choice.file = store.path(choice.info);
  } else if (by_path) {
    require_file(choice.file, "a name without '/' and .onnx is looked up in the list of `peel models list`");
    if (choice.info.output == OutputKind::prompted) {
      choice.decoder = decoder_of(choice.file);
      require_file(choice.decoder, "Segment Anything is two files: the decoder's must stand beside the encoder's");
    }
  } else if (choice.info.custom && !store.present(choice.info)) {
    throw Error(ErrorCode::model, fmt::format("{} is a model you bring yourself", choice.info.name),
                fmt::format("put it at {}, or name its file", choice.file.string()));
  } else if (!choice.info.custom) {
    choice.file = store.ensure(choice.info, settings.fetch);
    if (choice.info.output == OutputKind::prompted) choice.decoder = store.files(choice.info).back();
  }
  return choice;
}

}  // namespace peel
