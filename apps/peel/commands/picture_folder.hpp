#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace peel::cli {

/// Whether a name ends as pictures' names do.
bool has_picture_ending(const std::filesystem::path& file);

/// The pictures in a folder, not in its subfolders, by name. What they are is told by their content later, but a folder
/// of photographs holds sidecar files and videos too, and an error for each of those would help nobody.
/// Throws Error(input) where the folder cannot be read.
std::vector<std::string> pictures_in(const std::filesystem::path& folder);

/// `count` of them, evenly spread from the first to the last; all where there are no more.
std::vector<std::string> evenly_spread(const std::vector<std::string>& files, std::size_t count);

}  // namespace peel::cli
