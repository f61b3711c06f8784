#include "commands/session_report.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace peel::cli {

nlohmann::ordered_json session_json(const SessionInfo& session) {
  using Json = nlohmann::ordered_json;
  Json fallbacks = Json::array();
  for (const Fallback& fallback : session.fallbacks) {
    fallbacks.push_back({{"provider", fallback.provider}, {"reason", fallback.reason}});
  }
  Json shares = Json::array();
  for (const Share& share : session.shares) {
    shares.push_back({{"provider", share.provider}, {"operators", share.operators}});
  }
  return {{"model", session.model}, {"provider", session.provider}, {"precision", session.precision},
          {"batch", session.batch}, {"fallbacks", fallbacks},       {"shares", shares}};
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

}  // namespace peel::cli
