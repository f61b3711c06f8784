#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace peel::test {

/// The whole file; empty where there is none.
inline std::string read_text(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// Makes the file's folder too.
inline void write_text(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

}  // namespace peel::test
