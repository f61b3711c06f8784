#include "rembg_habits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "options/option.hpp"

namespace peel::cli {
namespace {

constexpr std::array<std::string_view, 6> MODEL_ACTIONS{"list", "download", "verify", "path", "licence", "warm"};

/// rembg's `s -h HOST`, where peel's -h alone is its help.
void translate_host(std::vector<std::string>& arguments) {
  if (arguments[0] != "s" && arguments[0] != "serve") return;
  for (std::size_t i = 1; i + 1 < arguments.size(); ++i) {
    if (arguments[i] == "-h" && !arguments[i + 1].starts_with('-')) arguments[i] = "--host";
  }
}

/// rembg's `d NAME...` downloads; peel's `d` is short for `models`. A bare `models` lists.
void translate_models(std::vector<std::string>& arguments) {
  const bool has_word = arguments.size() > 1;
  const bool is_action =
      has_word && std::find(MODEL_ACTIONS.begin(), MODEL_ACTIONS.end(), arguments[1]) != MODEL_ACTIONS.end();
  if (is_action || (has_word && (arguments[1] == "-h" || arguments[1] == "--help"))) return;
  if (arguments[0] == "d") {
    arguments.insert(arguments.begin() + 1, "download");
  } else if (arguments[0] == "models" && (!has_word || arguments[1].starts_with('-'))) {
    arguments.insert(arguments.begin() + 1, "list");
  }
}

}  // namespace

std::vector<std::string> translate_habits(std::vector<std::string> arguments) {
  if (arguments.empty()) return arguments;
  translate_host(arguments);
  translate_models(arguments);
  for (std::string& argument : arguments) {
    if (argument == "--") break;
    for (const options::Option* option : options::options_of(options::CUTOUTS)) {
      if (argument.size() > 1 && argument == option->rembg) argument = fmt::format("--{}", option->name);
    }
  }
  return arguments;
}

std::string_view rembg_letters(std::string_view long_name) {
  for (const options::Option* option : options::options_of(options::CUTOUTS)) {
    if (long_name == option->name) return option->rembg;
  }
  return {};
}

}  // namespace peel::cli
