#include "models/manifest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/edit_distance.hpp"
#include "models/store_files.hpp"
#include "peel/error.hpp"

namespace peel {
namespace {

using nlohmann::json;

OutputKind parse_output(const std::string& name) {
  if (name == "probability") return OutputKind::probability;
  if (name == "logits") return OutputKind::logits;
  if (name == "classes") return OutputKind::classes;
  if (name == "prompted") return OutputKind::prompted;
  throw Error(ErrorCode::internal, fmt::format("unknown output kind \"{}\"", name));
}

ModelSource parse_source(const json& entry) {
  ModelSource source;
  if (entry.contains("npm")) {
    source.kind = ModelSource::Kind::npm;
    entry.at("npm").get_to(source.location);
    entry.at("integrity").get_to(source.integrity);
    entry.at("index").get_to(source.index);
    entry.at("entry").get_to(source.entry);
  } else if (entry.contains("pypi")) {
    source.kind = ModelSource::Kind::pypi;
    entry.at("pypi").get_to(source.location);
    entry.at("package").get_to(source.index);
    entry.at("entry").get_to(source.entry);
  } else {
    entry.at("url").get_to(source.location);
  }
  source.file = entry.value("file", "");
  source.bytes = entry.value("bytes", std::uint64_t{0});
  source.sha256 = entry.value("sha256", "");
  source.md5 = entry.value("md5", "");
  // A source without a hash is said to be one, so that a forgotten hash is noticed.
  if (source.sha256.empty() && source.md5.empty() && !entry.value("unchecked", false)) {
    throw Error(ErrorCode::internal, fmt::format("{} has no hash", source.location));
  }
  return source;
}

ModelInfo parse_model(const json& entry) {
  ModelInfo model;
  entry.at("name").get_to(model.name);
  model.file = entry.value("file", model.name + ".onnx");
  entry.at("summary").get_to(model.summary);
  entry.at("upstream").get_to(model.upstream);
  entry.at("licence").get_to(model.licence);
  entry.at("licence_note").get_to(model.licence_note);
  entry.at("commercial_use").get_to(model.commercial_use);
  model.input_width = entry.at("input").at(0).get<int>();
  model.input_height = entry.at("input").at(1).get<int>();
  entry.at("mean").get_to(model.mean);
  entry.at("std").get_to(model.std);
  model.output = parse_output(entry.at("output").get<std::string>());
  model.clip = entry.value("clip", false);
  model.custom = entry.value("custom", false);
  for (const auto& source : entry.at("sources")) model.sources.push_back(parse_source(source));
  return model;
}

/// The known names a mistyped one may have meant, nearest first, three at most.
std::vector<std::string_view> nearest_names(std::string_view typed) {
  std::vector<std::pair<std::size_t, std::string_view>> found;
  const std::size_t tolerance = std::max<std::size_t>(2, typed.size() / 3);
  for (const auto& model : known_models()) {
    // The start of a name ("isnet", "birefnet-gen") is as near as can be, however much is left out.
    const bool start = typed.size() >= 3 && model.name.starts_with(typed);
    const std::size_t distance = start ? 0 : edit_distance(typed, model.name);
    if (distance <= tolerance) found.emplace_back(distance, model.name);
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < std::min<std::size_t>(found.size(), 3); ++i) names.push_back(found[i].second);
  return names;
}

}  // namespace

std::vector<ModelInfo> parse_manifest(std::string_view text) {
  std::string where = "models";
  try {
    std::vector<ModelInfo> models;
    const auto manifest = json::parse(text);
    for (const auto& entry : manifest.at("models")) {
      where = entry.value("name", fmt::format("model {}", models.size() + 1));
      models.push_back(parse_model(entry));
    }
    return models;
  } catch (const json::exception& error) {
    throw Error(ErrorCode::internal, fmt::format("manifest.json: {}: {}", where, error.what()));
  } catch (const Error& error) {
    throw Error(ErrorCode::internal, fmt::format("manifest.json: {}: {}", where, error.message()));
  }
}

std::span<const ModelInfo> known_models() {
  static const std::vector<ModelInfo> all = parse_manifest(manifest_json);
  return all;
}

const ModelInfo& find_model(std::string_view name) {
  const auto all = known_models();
  const auto found = std::find_if(all.begin(), all.end(), [&](const ModelInfo& model) { return model.name == name; });
  if (found != all.end()) return *found;
  const auto near = nearest_names(name);
  std::string hint = "run `peel models list` for all names";
  if (!near.empty()) hint = fmt::format("did you mean {}? {}", fmt::join(near, " or "), hint);
  throw Error(ErrorCode::model, fmt::format("unknown model \"{}\"", name), std::move(hint));
}

ModelInfo custom_model(const std::filesystem::path& file) {
  ModelInfo model;
  model.name = file.stem().string();
  // Absolute, so that a store's folder in front of it changes nothing.
  model.file = absolute_path(file).string();
  model.summary = "A model of your own";
  model.licence_note = "the terms of the file you bring apply";
  model.custom = true;
  return model;
}

}  // namespace peel
