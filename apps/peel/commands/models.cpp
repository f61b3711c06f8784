#include "peel/models.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "commands/commands.hpp"
#include "options/result_json.hpp"
#include "peel/quantized_model.hpp"
#include "report.hpp"
#include "requests/model_list.hpp"

namespace peel::cli {
namespace {

using Json = nlohmann::ordered_json;
using Models = std::vector<const ModelInfo*>;
using requests::Int8Form;
using requests::word;

constexpr const char* CHECKSUM_SWITCH = "MODEL_CHECKSUM_DISABLED";

/// The named models, or all. Throws Error(model) for an unknown name.
Models chosen(const std::vector<std::string>& names) {
  Models result;
  for (const std::string& name : names) result.push_back(&find_model(name));
  if (names.empty()) {
    for (const ModelInfo& model : known_models()) result.push_back(&model);
  }
  return result;
}

std::string megabytes(std::uint64_t bytes) {
  return bytes == 0 ? "-" : fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

void print_int8(const Int8Form& form, const ModelInfo& model) {
  if (form.state == Int8State::missing) return;
  if (form.state == Int8State::stale) {
    answer("  int8: stale, made from another {}; `peel quantize {}` makes it again\n", model.file, model.name);
  } else if (!form.record) {
    answer("  int8: your own file, not measured\n");
  } else {
    std::string text;
    if (const FormMeasures* const measures = form.measures()) {
      text = fmt::format("{:.1f}x, IoU {:.3f}, ", measures->speedup, measures->mean_iou);
    }
    answer("  int8: {}{}, {}\n", text, form.record->target, form.record->method);
  }
}

int list(const ModelsChoices& choices, const ModelStore& store, Console& console) {
  if (console.json()) {
    print_json(requests::models_json(store, choices.commercial_only));
    return 0;
  }
  const auto row = [](std::string_view name, std::string_view size, std::string_view input, std::string_view licence,
                      std::string_view commercial, std::string_view state) {
    answer("{:<23}  {:>9}  {:<9}  {:<16}  {:<10}  {}\n", name, size, input, licence, commercial, state);
  };
  row("NAME", "SIZE", "INPUT", "LICENCE", "COMMERCIAL", "STATE");
  for (const ModelInfo* model : chosen({})) {
    if (choices.commercial_only && !model->commercial_use) continue;
    const ModelState state = store.state(*model);
    const std::uint64_t bytes = requests::size_of(store, *model);
    const Int8Form int8 = requests::int8_form(store, *model);
    const std::string input =
        model->input_width == 0 ? "its own" : fmt::format("{}x{}", model->input_width, model->input_height);
    std::string_view shown = "-";
    if (state != ModelState::missing) {
      shown = word(state);
    } else if (model->custom) {
      shown = "your own file";
    }
    const std::string_view commercial = model->custom ? "-" : model->commercial_use ? "yes" : "no";
    row(model->name, megabytes(bytes), input, model->custom ? "-" : model->licence, commercial, shown);
    print_int8(int8, *model);
  }
  answer("\nInstalled models are in {}\n", store.folder().string());
  return 0;
}

int download(const ModelsChoices& choices, const ModelStore& store, Console& console) {
  if (choices.names.empty() && !choices.all) {
    throw Error(ErrorCode::usage, "no model named", "name what to fetch, or fetch all, several gigabytes, with --all");
  }
  if (!choices.names.empty() && choices.all) throw Error(ErrorCode::usage, "--all and names exclude each other");
  Models models = chosen(choices.names);
  if (choices.all) std::erase_if(models, [](const ModelInfo* model) { return model->sources.empty(); });
  FetchOptions fetch = fetch_options_from_environment();
  fetch.control = console.fetch_control();
  Json array = Json::array();
  std::size_t failed = 0;
  for (const ModelInfo* model : models) {
    try {
      const std::string path = store.ensure(*model, fetch).string();
      console.end_progress();
      array.push_back({{"name", model->name}, {"path", path}});
      if (!console.json()) answer("{}: {}\n", model->name, path);
    } catch (const Error& error) {
      if (models.size() == 1) throw;
      console.error(error.message(), error.hint());
      array.push_back({{"name", model->name}, {"error", error_json(error.code(), error.message(), error.hint())}});
      ++failed;
    }
  }
  if (console.json()) print_json({{"models", array}, {"failed", failed}});
  return failed == 0 ? 0 : 1;
}

int verify(const ModelsChoices& choices, const ModelStore& store, Console& console) {
  Models models = chosen(choices.names);
  if (choices.names.empty()) std::erase_if(models, [&](const ModelInfo* model) { return !store.present(*model); });
  Json array = Json::array();
  bool good = true;
  bool any_unverified = false;
  for (const ModelInfo* model : models) {
    const ModelState state = store.state(*model, true);
    any_unverified = any_unverified || state == ModelState::unverified;
    good = good && state != ModelState::damaged && state != ModelState::missing;
    const std::string path = store.path(*model).string();
    array.push_back({{"name", model->name}, {"state", word(state)}, {"path", path}});
    if (!console.json()) answer("{:<23}  {:<10}  {}\n", model->name, word(state), path);
  }
  if (console.json()) print_json({{"models", array}});
  if (any_unverified) {
    console.note(std::getenv(CHECKSUM_SWITCH)
                     ? fmt::format("unverified: {} is set, and nothing was checked", CHECKSUM_SWITCH)
                     : "unverified: nobody has published a checksum to compare with");
  }
  if (models.empty()) console.note("no model is installed in " + store.folder().string());
  if (good) return 0;
  console.error("not every model is as it should be", "peel models download NAME fetches one again");
  return static_cast<int>(ErrorCode::model);
}

int path(const ModelsChoices& choices, const ModelStore& store, Console& console) {
  Json array = Json::array();
  if (choices.names.empty() && !console.json()) answer("{}\n", store.folder().string());
  if (!choices.names.empty()) {
    for (const ModelInfo* model : chosen(choices.names)) {
      array.push_back(
          {{"name", model->name}, {"path", store.path(*model).string()}, {"installed", store.present(*model)}});
      if (console.json()) continue;
      for (const std::filesystem::path& file : store.files(*model)) answer("{}\n", file.string());
    }
  }
  if (console.json()) print_json({{"folder", store.folder().string()}, {"models", array}});
  return 0;
}

int licence(const ModelsChoices& choices, Console& console) {
  Json array = Json::array();
  for (const ModelInfo* model : chosen(choices.names)) {
    if (console.json()) {
      array.push_back(model_json(*model, {"name", "licence", "commercial_use", "note", "upstream"}));
      continue;
    }
    answer("{}\n  licence         {}\n  commercial use  {}\n", model->name, model->licence,
           model->commercial_use ? "allowed" : "not allowed");
    if (!model->licence_note.empty()) answer("  note            {}\n", model->licence_note);
    if (!model->upstream.empty()) answer("  made by         {}\n", model->upstream);
  }
  if (console.json()) print_json({{"models", array}});
  return 0;
}

}  // namespace

int run_models(options::Places action, const Given& given, Console& console) {
  const ModelStore store;
  const auto choices = given.make<ModelsChoices>();
  switch (action) {
    case options::MODELS_LIST:
      return list(choices, store, console);
    case options::MODELS_DOWNLOAD:
      return download(choices, store, console);
    case options::MODELS_VERIFY:
      return verify(choices, store, console);
    case options::MODELS_PATH:
      return path(choices, store, console);
    default:
      return licence(choices, console);
  }
}

}  // namespace peel::cli
