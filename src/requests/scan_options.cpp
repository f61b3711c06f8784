#include "requests/scan_options.hpp"

#include <fmt/format.h>

#include "options/choices.hpp"
#include "peel/error.hpp"
#include "requests/cutout_options.hpp"

namespace peel::requests {

PageShape page_shape(const char* option, const std::string& text) {
  try {
    return parse_page_shape(text);
  } catch (const Error& error) {
    throw Error(ErrorCode::usage, fmt::format("{}: {}", option, error.message()), error.hint());
  }
}

ScanOptions scan_options(const options::Given& given) {
  const auto choices = given.make<options::ScanChoices>();
  ScanOptions options = given.make<ScanOptions>();
  options.drawings = !choices.debug_folder.empty();
  if (const std::string text = given.make<options::Files>().background; !text.empty()) {
    options.background = given_color(text, "not a colour", "write white, #ff8800 or 255,136,0");
  }
  options.shape = page_shape("--page", choices.page);
  return options;
}

}  // namespace peel::requests
