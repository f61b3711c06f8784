#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace peel::options {

/// JSON that a client wrote; of a name that comes twice in an object the first counts. Discarded where it is none, is
/// nested deeper than all that is asked for here (a mark's place in sam_prompt in extras), or holds more values than
/// that: its tree would take a hundred times the memory of its text, and what walks over one calls itself.
nlohmann::json parse_client_json(std::string_view text);

}  // namespace peel::options
