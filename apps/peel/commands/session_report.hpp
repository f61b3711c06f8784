#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "commands/console.hpp"
#include "peel/remover.hpp"

namespace peel::cli {

/// What a remover runs on: "model", "provider", "engine", "precision", "batch", "fallbacks" and "shares". Null: without
/// a model, as much of it as there is.
nlohmann::ordered_json session_json(const SessionInfo* session);

/// "cuda runs 60 of the model's 120 operators, cpu 60" where a device runs only part of it; else empty.
std::string partial_share(const SessionInfo& session);

/// Says once what a person should know of it: what did not run and why, and how long it took to start.
void report_session(const SessionInfo& session, const Settings& wanted, double milliseconds, Console& console);

}  // namespace peel::cli
