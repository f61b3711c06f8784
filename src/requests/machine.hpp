#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "peel/models.hpp"

// What can run here.
namespace peel::requests {

/// The precisions there are files for that would be used: "fp32" is the model itself, "int8" stands beside it. Half
/// precision is made from the model, on a device that computes in it.
std::vector<std::string> precisions(const ModelStore& store, const ModelInfo& model);

/// What `peel info --json` prints.
nlohmann::ordered_json machine_json(const ModelStore& store);

}  // namespace peel::requests
