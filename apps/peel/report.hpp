#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "peel/error.hpp"

namespace peel::cli {

/// {"code", "message", "hint", "exit_status"}: how an error looks in JSON.
nlohmann::ordered_json error_json(ErrorCode code, std::string_view message, std::string_view hint);

/// One line on stderr, and with `json` {"error": ...} as the one object on stdout. Returns the exit status.
int report_error(ErrorCode code, std::string_view message, std::string_view hint, bool json);

/// "peel: MESSAGE; HINT" and a line end.
void print_error_line(std::string_view message, std::string_view hint);

/// The text with its control characters written as \xNN. A file's name may hold line ends and a terminal's commands: a
/// message stays one line, and steers nothing.
std::string printable(std::string_view text);

/// Text broken between words at `width` columns, every line after the first indented by `indent`. Line ends in the text
/// stay.
std::string wrap(std::string_view text, std::size_t width, std::size_t indent);

/// Unlike fmt::print this throws nothing when the stream takes no more. For stdout that shows in flush_stdout(); where
/// stderr is closed or full there is nobody to be told.
void write_text(std::FILE* stream, std::string_view text) noexcept;

/// A part of the answer, on stdout.
template <typename... Args>
void answer(fmt::format_string<Args...> format, Args&&... args) {
  write_text(stdout, fmt::format(format, std::forward<Args>(args)...));
}

/// Writes the one JSON object to stdout. File names that are not UTF-8 come out with replacement characters.
void print_json(const nlohmann::ordered_json& object);

/// The same in one line, handed to the system at once: one of many.
void print_json_line(const nlohmann::ordered_json& object);

/// Hands what stdout still holds to the system. False, with a message on stderr, when that fails (a full disk).
bool flush_stdout();

}  // namespace peel::cli
