#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "peel/remover.hpp"

namespace peel::cli {

/// What a remover runs on: "model", "provider", "precision", "batch", "fallbacks" and "shares".
nlohmann::ordered_json session_json(const SessionInfo& session);

/// "cuda runs 60 of the model's 120 operators, cpu 60" where a device runs only part of it; else empty.
std::string partial_share(const SessionInfo& session);

}  // namespace peel::cli
