#pragma once

#include <string>
#include <string_view>
#include <vector>

// What a user of rembg types and CLI11 cannot read: options of several letters behind one dash, `d NAME`, and options
// and commands this version does not have.
namespace peel::cli {

/// The arguments (without the program's name) in the form the definitions know. Throws UsageError, in plain words, for
/// what belongs to rembg or to later versions.
std::vector<std::string> translate_habits(std::vector<std::string> arguments);

/// rembg's letters for a long option ("only-mask": "-om"), or "".
std::string_view rembg_letters(std::string_view long_name);

}  // namespace peel::cli
