#include "commands/save_config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <span>
#include <system_error>
#include <vector>

#include "peel/error.hpp"
#include "peel/file.hpp"
#include "peel/image.hpp"

namespace peel::cli {
namespace {

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

/// "model" of "  model = ..."; empty for what is no setting.
std::string key_of(const std::string& line) {
  const std::size_t begin = line.find_first_not_of(" \t");
  if (begin == line.npos || line[begin] == '#' || line.find('=') == line.npos) return "";
  return line.substr(begin, line.find_first_of(" \t=", begin) - begin);
}

/// "[remove]" of "[remove]  # mine"; empty for what begins no section.
std::string section_of(const std::string& line) {
  const std::size_t begin = line.find_first_not_of(" \t");
  if (begin == line.npos || line[begin] != '[') return "";
  return line.substr(begin, line.find(']', begin) - begin + 1);
}

}  // namespace

std::string merged_config(std::string_view existing, std::string_view recommended) {
  std::vector<std::string> settings;
  for (const std::string& line : lines_of(recommended)) {
    if (!key_of(line).empty()) settings.push_back(line);
  }
  const auto replaced = [&](const std::string& line) {
    const std::string key = key_of(line);
    return !key.empty() && std::ranges::find(settings, key, key_of) != settings.end();
  };
  const std::string wanted = "[remove]";
  std::string text;
  std::string section;
  bool written = false;
  const auto write_settings = [&] {
    for (const std::string& line : settings) text += line + '\n';
    written = true;
  };
  for (const std::string& line : lines_of(existing)) {
    if (const std::string begun = section_of(line); !begun.empty()) section = begun;
    if (section == wanted && replaced(line)) continue;
    text += line + '\n';
    if (section == wanted && !written) write_settings();
  }
  if (!written) {
    text += (text.empty() ? "" : "\n") + wanted + '\n';
    write_settings();
  }
  return text;
}

void save_config(const std::filesystem::path& file, std::string_view recommended) {
  std::string existing;
  if (std::ifstream stream(file, std::ios::binary); stream) existing.assign(std::istreambuf_iterator<char>(stream), {});
  std::error_code error;
  std::filesystem::create_directories(file.parent_path(), error);
  if (error) throw Error(ErrorCode::output, fmt::format("{}: {}", file.parent_path().string(), error.message()));
  const std::string text = merged_config(existing, recommended);
  write_file(file, std::as_bytes(std::span(text)));
}

}  // namespace peel::cli
