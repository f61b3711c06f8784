#pragma once

#include <span>
#include <string_view>

#include "options/option.hpp"

namespace peel::cli {

/// What a command is called, and what is said of it in help and manual.
struct Command {
  options::Places place;    ///< whose options it takes; 0: none
  std::string_view parent;  ///< the command it belongs to; empty: the program
  const char* name;
  const char* alias;  ///< rembg's, where it has it
  const char* text;   ///< the first line is the summary
  const char* examples;
};

/// The program itself, then its commands.
std::span<const Command> commands();

}  // namespace peel::cli
