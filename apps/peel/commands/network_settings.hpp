#pragma once

#include <string>

#include "commands/console.hpp"
#include "options.hpp"
#include "peel/remover.hpp"

namespace peel::cli {

/// The model need not be fetched. Throws Error(model) for an unknown name.
bool model_is_there(const std::string& model);

/// What the command line said of the network; downloads show on the console. Throws Error(usage).
Settings network_settings(const Given& given, Console& console);

}  // namespace peel::cli
