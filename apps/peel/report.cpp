#include "report.hpp"

#include <fmt/format.h>

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
  fmt::print(stderr, "peel: {}{}{}\n", message, hint.empty() ? "" : "; ", hint);
}

int report_error(ErrorCode code, std::string_view message, std::string_view hint, bool json) {
  print_error_line(message, hint);
  if (json) print_json({{"error", error_json(code, message, hint)}});
  return static_cast<int>(code);
}

void print_json(const nlohmann::ordered_json& object) {
  const std::string text = object.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
  // A failure shows up in flush_stdout().
  std::fwrite(text.data(), 1, text.size(), stdout);
}

bool flush_stdout() {
  errno = 0;
  if (std::fflush(stdout) == 0 && !std::ferror(stdout)) return true;
  print_error_line(fmt::format("standard output: {}", errno ? std::strerror(errno) : "write error"), "");
  return false;
}

}  // namespace peel::cli
