#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "peel/error.hpp"

namespace peel::cli {

/// {"code", "message", "hint", "exit_status"}: how an error looks in JSON.
nlohmann::ordered_json error_json(ErrorCode code, std::string_view message, std::string_view hint);

/// One line on stderr, and with `json` {"error": ...} as the one object on stdout. Returns the exit status.
int report_error(ErrorCode code, std::string_view message, std::string_view hint, bool json);

/// "peel: MESSAGE; HINT" and a line end.
void print_error_line(std::string_view message, std::string_view hint);

/// Writes the one JSON object to stdout. File names that are not UTF-8 come out with replacement characters.
void print_json(const nlohmann::ordered_json& object);

/// Hands what stdout still holds to the system. False, with a message on stderr, when that fails (a full disk).
bool flush_stdout();

}  // namespace peel::cli
