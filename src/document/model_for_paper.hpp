#pragma once

#include <string>

#include "peel/remover.hpp"

namespace peel::document {

/// The first of the salient-object networks that take paper for a subject which is installed, else "auto";
/// isnet-general-use comes last, as it misses white pages on white tables.
std::string model_for_paper(const Settings& settings);

}  // namespace peel::document
