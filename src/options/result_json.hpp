#pragma once

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>

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

template <typename Json>
void to_json(Json& json, const Timings& t) {
  json = {{"decode", t.decode},           {"preprocess", t.preprocess}, {"inference", t.inference},
          {"postprocess", t.postprocess}, {"encode", t.encode},         {"total", t.total}};
}
template <typename Json>
void from_json(const Json& json, Timings& t) {
  json.at("decode").get_to(t.decode);
  json.at("preprocess").get_to(t.preprocess);
  json.at("inference").get_to(t.inference);
  json.at("postprocess").get_to(t.postprocess);
  json.at("encode").get_to(t.encode);
  json.at("total").get_to(t.total);
}

template <typename Json>
void to_json(Json& json, const Fallback& fallback) {
  json = {{"provider", fallback.provider}, {"reason", fallback.reason}};
}
template <typename Json>
void from_json(const Json& json, Fallback& fallback) {
  json.at("provider").get_to(fallback.provider);
  json.at("reason").get_to(fallback.reason);
}

template <typename Json>
void to_json(Json& json, const Share& share) {
  json = {{"provider", share.provider}, {"operators", share.operators}};
}
template <typename Json>
void from_json(const Json& json, Share& share) {
  json.at("provider").get_to(share.provider);
  json.at("operators").get_to(share.operators);
}

template <typename Json>
void to_json(Json& json, const SessionInfo& info) {
  json = {{"model", info.model},
          {"file", info.file},
          {"provider", info.provider},
          {"engine", info.engine},
          {"engine_version", info.engine_version},
          {"precision", info.precision},
          {"threads", info.threads},
          {"batch", info.batch},
          {"fallbacks", info.fallbacks},
          {"shares", info.shares}};
}
template <typename Json>
void from_json(const Json& json, SessionInfo& info) {
  json.at("model").get_to(info.model);
  json.at("file").get_to(info.file);
  json.at("provider").get_to(info.provider);
  json.at("engine").get_to(info.engine);
  json.at("engine_version").get_to(info.engine_version);
  json.at("precision").get_to(info.precision);
  json.at("threads").get_to(info.threads);
  json.at("batch").get_to(info.batch);
  json.at("fallbacks").get_to(info.fallbacks);
  json.at("shares").get_to(info.shares);
}

/// With what is not UTF-8 replaced: a reason may quote a file's name.
template <typename Json>
std::string dump(const Json& json, int indent = -1) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace peel
