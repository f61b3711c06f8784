#pragma once

#include <nlohmann/json_fwd.hpp>

#include "peel/document.hpp"
#include "peel/quantize.hpp"

// What came of work, as the program's --json tells it.
namespace peel::requests {

/// What was found in a picture: status, corners and so on.
nlohmann::ordered_json page_json(const ScanResult& result);

/// What `peel quantize --json` prints.
nlohmann::ordered_json quantized_json(const QuantizeResult& result);

}  // namespace peel::requests
