#pragma once

#include <string>

#include "peel/remover.hpp"

namespace peel::document {

/// What "auto" is for pages: see models/model_order.hpp.
std::string model_for_paper(const Settings& settings);

}  // namespace peel::document
