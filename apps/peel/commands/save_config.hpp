#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace peel::cli {

/// A config file's text with the settings of a recommendation (its [remove] section) in it: these are replaced, every
/// other line, comments too, stays as it is.
std::string merged_config(std::string_view existing, std::string_view recommended);

/// merged_config() with a file, which is made with its folder where it is missing. Throws Error(output).
void save_config(const std::filesystem::path& file, std::string_view recommended);

}  // namespace peel::cli
