#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "peel/remover.hpp"

// How values of the public headers look in JSON, in the workers' lines and in the summary alike.
namespace peel {

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
  json = {{"model", info.model},         {"file", info.file},       {"provider", info.provider},
          {"precision", info.precision}, {"threads", info.threads}, {"batch", info.batch},
          {"fallbacks", info.fallbacks}, {"shares", info.shares}};
}
template <typename Json>
void from_json(const Json& json, SessionInfo& info) {
  json.at("model").get_to(info.model);
  json.at("file").get_to(info.file);
  json.at("provider").get_to(info.provider);
  json.at("precision").get_to(info.precision);
  json.at("threads").get_to(info.threads);
  json.at("batch").get_to(info.batch);
  json.at("fallbacks").get_to(info.fallbacks);
  json.at("shares").get_to(info.shares);
}

namespace benchmark {

/// With what is not UTF-8 replaced: a reason may quote a file's name.
template <typename Json>
std::string dump(const Json& json, int indent = -1) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace benchmark
}  // namespace peel
