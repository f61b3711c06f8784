#pragma once

#include <array>
#include <span>

#include "options/limits.hpp"
#include "options/option.hpp"

namespace peel::options {

inline constexpr const char* FILES_GROUP = "Files";
inline constexpr const char* NETWORK_GROUP = "Model and device";
inline constexpr const char* LAYOUT_GROUP = "Layout of a model given as FILE";

// The parts of the catalogue.
extern const std::array<std::span<const Option>, 4> COMMAND_TABLES;
extern const std::array<std::span<const Option>, 5> PICTURE_TABLES;
extern const std::array<std::span<const Option>, 1> REMOVEBG_TABLES;
extern const std::array<std::span<const Option>, 1> COMMON_TABLES;

}  // namespace peel::options
