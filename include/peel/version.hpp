#pragma once

#include <string_view>

#include "peel/export.hpp"

namespace peel {

/// The library's version, "MAJOR.MINOR.PATCH".
PEEL_API std::string_view version();

}  // namespace peel
