#include "commands/output_format.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>

#include "base/suggestion.hpp"
#include "commands/picture_folder.hpp"
#include "peel/error.hpp"
#include "peel/picture_kinds.hpp"

namespace peel::cli {
namespace {

constexpr std::array FORMATS{FileFormat::png,  FileFormat::webp, FileFormat::jpeg,
                             FileFormat::tiff, FileFormat::avif, FileFormat::jxl};

std::string upper_case(std::string_view ending) {
  std::string word(ending.substr(1));
  std::transform(word.begin(), word.end(), word.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return word == "JPG" ? "JPEG" : word;
}

}  // namespace

FileFormat output_format(const Files& files, const std::string& name, FileFormat usual,
                         std::vector<std::string>& warnings) {
  if (files.format) return *files.format;
  if (const auto format = format_from_name(name)) return *format;
  const std::string ending = std::filesystem::path(name).extension().string();
  // "-", and a name without an ending, promise nothing.
  if (ending.size() < 2) return usual;
  if (has_picture_ending(name)) {
    warnings.push_back(fmt::format("{}: written as {}, as peel does not write {} files", name,
                                   upper_case(extension(usual)), ending.substr(1)));
    return usual;
  }
  std::vector<std::string> endings;
  endings.reserve(FORMATS.size());
  for (const FileFormat format : FORMATS) endings.emplace_back(extension(format));
  std::vector<std::string> spellings = endings;
  for_picture_endings([&](std::string_view other) {
    if (format_from_name(fmt::format("x{}", other))) spellings.emplace_back(other);
  });
  throw Error(ErrorCode::usage, fmt::format("{}: peel writes no {} files", name, ending),
              did_you_mean(ending, spellings,
                           fmt::format("endings it knows: {}; any name goes with --format", fmt::join(endings, ", "))));
}

}  // namespace peel::cli
