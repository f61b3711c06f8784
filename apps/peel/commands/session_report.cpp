#include "commands/session_report.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "options/result_json.hpp"

namespace peel::cli {
namespace {

/// Of no interest: a GPU, or an engine, that cannot be had when nobody asked for it.
bool is_ordinary(const Fallback& fallback, const Settings& wanted) {
  const bool gpu = fallback.provider == "cuda" || fallback.provider == "tensorrt" || fallback.provider == "webgpu";
  if (gpu) return wanted.device == Device::automatic;
  return fallback.provider == "openvino" && wanted.engine == Engine::automatic;
}

}  // namespace

nlohmann::ordered_json session_json(const SessionInfo* session) {
  using Json = nlohmann::ordered_json;
  if (!session) {
    return {{"model", "none"}, {"provider", nullptr},        {"engine", nullptr},      {"precision", nullptr},
            {"batch", 1},      {"fallbacks", Json::array()}, {"shares", Json::array()}};
  }
  return {{"model", session->model},         {"provider", session->provider}, {"engine", session->engine},
          {"precision", session->precision}, {"batch", session->batch},       {"fallbacks", session->fallbacks},
          {"shares", session->shares}};
}

std::string partial_share(const SessionInfo& session) {
  if (session.shares.size() < 2) return "";
  int all = 0;
  for (const Share& share : session.shares) all += share.operators;
  const Share& first = session.shares.front();
  std::string text = fmt::format("{} runs {} of the model's {} operators", first.provider, first.operators, all);
  for (std::size_t i = 1; i < session.shares.size(); ++i) {
    text += fmt::format(", {} {}", session.shares[i].provider, session.shares[i].operators);
  }
  return text;
}

void report_session(const SessionInfo& session, const Settings& wanted, double milliseconds, Console& console) {
  console.end_progress();
  for (const Fallback& fallback : session.fallbacks) {
    // The others libpeel has told to the log.
    if (is_ordinary(fallback, wanted)) continue;
    console.warn(fmt::format("{} not used: {}", fallback.provider, fallback.reason));
  }
  if (const std::string share = partial_share(session); !share.empty()) console.warn(share);
  console.detail(fmt::format("computed by {} {}", session.engine, session.engine_version));
  console.detail(fmt::format("model ready in {:.0f} ms", milliseconds));
}

}  // namespace peel::cli
