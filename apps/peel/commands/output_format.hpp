#pragma once

#include <string>
#include <vector>

#include "options.hpp"

namespace peel::cli {

/// The format an output is written in: as asked for, else by the ending of its name, else `usual`. A name that promises
/// a format which peel reads and does not write adds a warning. Throws Error(usage) for an ending that stands for
/// nothing peel knows: most likely it is mistyped.
FileFormat output_format(const Files& files, const std::string& name, FileFormat usual,
                         std::vector<std::string>& warnings);

}  // namespace peel::cli
