#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "peel/error.hpp"

struct archive;
struct archive_entry;

namespace peel {

/// "the package is not as expected: REASON".
Error damaged_package(const std::string& reason);

/// A package of a registry, a tar.gz or a zip file, read from its start to its end. Nothing is unpacked, and no name in
/// it becomes a path. Throws damaged_package().
class PackageArchive {
 public:
  explicit PackageArchive(const std::filesystem::path& file);

  /// The next plain file; false at the end.
  bool next();
  std::string_view name() const;
  /// As npm has it: without the first folder, whatever that is called.
  std::string_view name_in_folder() const;
  /// Its content, piece by piece, which must be no more than `max_bytes`. Returns how much it was.
  std::uint64_t read(std::uint64_t max_bytes, const std::function<void(std::span<const std::byte>)>& use);

 private:
  void check(int result) const;

  std::unique_ptr<archive, int (*)(archive*)> archive_;
  archive_entry* entry_ = nullptr;
  std::vector<std::byte> buffer_ = std::vector<std::byte>(1 << 18);
};

}  // namespace peel
