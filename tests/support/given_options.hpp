#pragma once

#include <string>
#include <utility>
#include <vector>

#include "options.hpp"

namespace peel::cli {

/// What somebody gave to the options of these names. "" for a flag.
inline Given given_for(options::Places place, const std::vector<std::pair<std::string, std::string>>& texts) {
  Given given;
  for (const auto& [name, text] : texts) {
    for (const options::Option* option : options::options_of(place)) {
      if (option->name == name) given.add_text(*option, option->kind == options::Kind::flag ? "true" : text, place);
    }
  }
  return given;
}

}  // namespace peel::cli
