#pragma once

#include "options/choices.hpp"
#include "options/option.hpp"

// What the command line said: all that passes from the program `peel`, which only reads arguments, to its module, which
// does the work. The program need not be linked with libpeel: what it passes on is checked values and, for each, what
// it sets in the library's own structs.
namespace peel::cli {

using options::BenchChoices;
using options::Common;
using options::Files;
using options::FolderChoices;
using options::Given;
using options::ModelsChoices;
using options::ScanChoices;
using options::ServeChoices;
using options::StreamChoices;

struct Invocation {
  Common common;
  options::Places command = 0;
  Given given;
};

/// The entry of the module. Returns the exit status; nothing is thrown through it.
inline constexpr const char* MODULE_ENTRY = "peel_run_command";
using ModuleEntry = int(const Invocation&);

}  // namespace peel::cli
