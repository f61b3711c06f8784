#pragma once

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include "options/words.hpp"
#include "peel/document.hpp"
#include "peel/providers.hpp"
#include "peel/remover.hpp"

// How values of the public headers look in JSON: of every command, of the server, and in the lines of the benchmark's
// workers alike.
namespace peel {

/// Null for an empty text.
inline nlohmann::ordered_json text_or_null(const std::string& text) {
  return text.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(text);
}
/// Null for 0, which stands for what is not known.
inline nlohmann::ordered_json number_or_null(std::uint64_t number) {
  return number == 0 ? nlohmann::ordered_json() : nlohmann::ordered_json(number);
}

inline void to_json(nlohmann::ordered_json& json, const Hardware& hardware) {
  json = {{"name", hardware.name},
          {"memory_bytes", number_or_null(hardware.memory_bytes)},
          {"compute_capability", text_or_null(hardware.compute_capability)},
          {"driver", text_or_null(hardware.driver)},
          {"software", hardware.software}};
}
inline void to_json(nlohmann::ordered_json& json, const ProviderStatus& provider) {
  json = {{"name", provider.name},
          {"compiled", provider.compiled},
          {"usable", provider.usable},
          {"reason", text_or_null(provider.reason)},
          {"advice", text_or_null(provider.advice)},
          {"hardware", provider.hardware}};
}
inline void to_json(nlohmann::ordered_json& json, const CpuInfo& cpu) {
  json = {{"name", text_or_null(cpu.name)},
          {"cores", cpu.cores},
          {"memory_bytes", number_or_null(cpu.memory_bytes)},
          {"features", cpu.features}};
}
inline void to_json(nlohmann::ordered_json& json, const RuntimeInfo& runtime) {
  json = {{"version", text_or_null(runtime.version)}, {"library", text_or_null(runtime.library)}};
}

inline void to_json(nlohmann::ordered_json& json, const Point& point) {
  json = nlohmann::ordered_json::array({point.x, point.y});
}
inline void to_json(nlohmann::ordered_json& json, const Page& page) {
  json = {{"corners", page.corners}, {"confidence", page.confidence}};
}

/// Of what is known of a model the parts of these names.
inline nlohmann::ordered_json model_json(const ModelInfo& model, std::initializer_list<const char*> parts) {
  const nlohmann::ordered_json all = {{"name", model.name},
                                      {"summary", model.summary},
                                      {"kind", options::word(model.output)},
                                      {"input", {model.input_width, model.input_height}},
                                      {"input_width", model.input_width},
                                      {"input_height", model.input_height},
                                      {"licence", model.licence},
                                      {"commercial_use", model.commercial_use},
                                      {"note", model.licence_note},
                                      {"upstream", model.upstream}};
  nlohmann::ordered_json chosen;
  for (const char* part : parts) chosen[part] = all.at(part);
  return chosen;
}

// What is written and read, by its names in JSON.
constexpr auto json_fields(std::type_identity<Timings>) {
  return std::tuple(std::pair("decode", &Timings::decode), std::pair("preprocess", &Timings::preprocess),
                    std::pair("inference", &Timings::inference), std::pair("postprocess", &Timings::postprocess),
                    std::pair("encode", &Timings::encode), std::pair("total", &Timings::total));
}
constexpr auto json_fields(std::type_identity<Fallback>) {
  return std::tuple(std::pair("provider", &Fallback::provider), std::pair("reason", &Fallback::reason));
}
constexpr auto json_fields(std::type_identity<Share>) {
  return std::tuple(std::pair("provider", &Share::provider), std::pair("operators", &Share::operators));
}
constexpr auto json_fields(std::type_identity<SessionInfo>) {
  return std::tuple(std::pair("model", &SessionInfo::model), std::pair("file", &SessionInfo::file),
                    std::pair("provider", &SessionInfo::provider), std::pair("engine", &SessionInfo::engine),
                    std::pair("engine_version", &SessionInfo::engine_version),
                    std::pair("precision", &SessionInfo::precision), std::pair("threads", &SessionInfo::threads),
                    std::pair("batch", &SessionInfo::batch), std::pair("fallbacks", &SessionInfo::fallbacks),
                    std::pair("shares", &SessionInfo::shares));
}
template <typename T>
concept HasJsonFields = requires {
  json_fields(std::type_identity<T>());
};

template <typename Json, HasJsonFields T>
void to_json(Json& json, const T& value) {
  json = Json::object();
  std::apply([&](const auto&... field) { ((json[field.first] = value.*field.second), ...); },
             json_fields(std::type_identity<T>()));
}
template <typename Json, HasJsonFields T>
void from_json(const Json& json, T& value) {
  std::apply([&](const auto&... field) { (json.at(field.first).get_to(value.*field.second), ...); },
             json_fields(std::type_identity<T>()));
}

/// With what is not UTF-8 replaced: a reason may quote a file's name.
template <typename Json>
std::string dump(const Json& json, int indent = -1) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace peel
