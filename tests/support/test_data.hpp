#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "source_dir.hpp"

namespace peel::test {

/// Real pictures, masks and weights: $PEEL_TEST_DATA, else the folder `shared` beside the checkout. Empty where there
/// is neither: a test that needs it then skips itself and says so.
inline std::filesystem::path data_folder() {
  if (const char* given = std::getenv("PEEL_TEST_DATA"); given && *given) return given;
  const auto beside = std::filesystem::path(PEEL_SOURCE_DIR).parent_path() / "shared";
  return std::filesystem::exists(beside / "data") ? beside : std::filesystem::path();
}

/// Whether tests that go through many pictures go through all of them; else through so many that what breaks is seen.
inline bool all_pictures() {
  const char* const set = std::getenv("PEEL_TEST_ALL");
  return set && *set;
}

/// A folder of its own for one test, removed with everything in it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "peel-test-XXXXXX").string();
    if (!mkdtemp(pattern.data())) std::abort();
    path_ = pattern;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// The names in a folder, sorted: what was made, and that nothing temporary was left.
inline std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace peel::test

/// In a test: skips it where the data are not there.
#define PEEL_NEEDS_DATA()                               \
  if (::peel::test::data_folder().empty()) {            \
    GTEST_SKIP() << "no test data: set PEEL_TEST_DATA"; \
  }                                                     \
  static_assert(true)
