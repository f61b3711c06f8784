#include "commands/picture_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <system_error>

#include "peel/error.hpp"
#include "peel/picture_kinds.hpp"

namespace peel::cli {

namespace fs = std::filesystem;

bool has_picture_ending(const fs::path& file) {
  std::string ending = file.extension().string();
  for (char& c : ending) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  bool known = false;
  for_picture_endings([&](std::string_view each) { known = known || each == ending; });
  return known;
}

std::vector<std::string> pictures_in(const fs::path& folder) {
  std::vector<std::string> files;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const bool hidden = entry->path().filename().string().starts_with('.');
    std::error_code ignored;
    if (!hidden && has_picture_ending(entry->path()) && entry->is_regular_file(ignored)) {
      files.push_back(entry->path().string());
    }
  }
  if (error) throw Error(ErrorCode::input, fmt::format("{}: {}", folder.string(), error.message()));
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::string> evenly_spread(const std::vector<std::string>& files, std::size_t count) {
  if (count >= files.size()) return files;
  std::vector<std::string> chosen;
  for (std::size_t i = 0; i < count; ++i) {
    // The ends too, where there is more than one.
    chosen.push_back(files[count == 1 ? 0 : i * (files.size() - 1) / (count - 1)]);
  }
  return chosen;
}

}  // namespace peel::cli
