#pragma once

#include "options/words.hpp"

namespace peel::benchmark {

using options::from_word;
using options::word;

// What a configuration names: never "auto".
inline constexpr auto DEVICES = options::without_auto(options::DEVICES);
inline constexpr auto ENGINES = options::without_auto(options::ENGINES);
inline constexpr auto PRECISIONS = options::without_auto(options::PRECISIONS);

}  // namespace peel::benchmark
