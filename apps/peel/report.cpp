#include "report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>

namespace peel::cli {
namespace {

std::string_view word(ErrorCode code) {
  switch (code) {
    case ErrorCode::usage:
      return "usage";
    case ErrorCode::input:
      return "input";
    case ErrorCode::model:
      return "model";
    case ErrorCode::device:
      return "device";
    case ErrorCode::output:
      return "output";
    case ErrorCode::cancelled:
      return "cancelled";
    case ErrorCode::internal:
      break;
  }
  return "internal";
}

}  // namespace

nlohmann::ordered_json error_json(ErrorCode code, std::string_view message, std::string_view hint) {
  return {{"code", word(code)}, {"message", message}, {"hint", hint}, {"exit_status", static_cast<int>(code)}};
}

void print_error_line(std::string_view message, std::string_view hint) {
  write_text(stderr, printable(fmt::format("peel: {}{}{}", message, hint.empty() ? "" : "; ", hint)) + '\n');
}

std::string printable(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : 0);
    if (byte < ' ' || byte == 0x7f) {
      result += fmt::format("\\x{:02x}", byte);
    } else if (byte == 0xc2 && next >= 0x80 && next < 0xa0) {  // U+0080 to U+009F in UTF-8
      result += fmt::format("\\x{:02x}", next);
      ++i;
    } else {
      result += text[i];
    }
  }
  return result;
}

std::string wrap(std::string_view text, std::size_t width, std::size_t indent) {
  std::string result;
  std::size_t column = indent;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find_first_of(" \n", at), text.size());
    const std::size_t length = end - at;
    if (column > indent && column + 1 + length > width) {
      result += '\n' + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      result += ' ';
      ++column;
    }
    result += text.substr(at, length);
    column += length;
    if (end < text.size() && text[end] == '\n') {
      result += '\n' + std::string(indent, ' ');
      column = indent;
    }
    at = end + 1;
  }
  return result;
}

void write_text(std::FILE* stream, std::string_view text) noexcept {
  std::fwrite(text.data(), 1, text.size(), stream);
}

int report_error(ErrorCode code, std::string_view message, std::string_view hint, bool json) {
  print_error_line(message, hint);
  if (json) print_json({{"error", error_json(code, message, hint)}});
  return static_cast<int>(code);
}

void print_json_line(const nlohmann::ordered_json& object) {
  write_text(stdout, object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n');
  std::fflush(stdout);
}

void print_json(const nlohmann::ordered_json& object) {
  write_text(stdout, object.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n');
}

bool flush_stdout() {
  errno = 0;
  if (std::fflush(stdout) == 0 && !std::ferror(stdout)) return true;
  print_error_line(fmt::format("standard output: {}", errno ? std::strerror(errno) : "write error"), "");
  return false;
}

}  // namespace peel::cli
