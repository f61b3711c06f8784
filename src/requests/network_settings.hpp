#pragma once

#include "options/option.hpp"
#include "peel/remover.hpp"

namespace peel::requests {

/// What a remover is made with. Throws Error(usage).
Settings network_settings(const options::Given& given);

}  // namespace peel::requests
