#pragma once

#include <filesystem>

#include "models/checksum.hpp"

namespace peel {

/// Hashes of files, remembered with their size, modification time and inode: hashing 170 MB at every start would take
/// longer than loading the network.
///
/// One small file for each, in STORE/.peel, or in the user's cache folder where that cannot be written. Replaced by
/// renaming, so that several processes may do so at once; a lost or unreadable record only means hashing again.
class CheckRecords {
 public:
  explicit CheckRecords(std::filesystem::path store_folder) : store_folder_(std::move(store_folder)) {}
  /// Remembered, or hashed now and then remembered. `again` hashes in any case. Throws Error(model).
  FileHashes hashes(const std::filesystem::path& file, bool again = false) const;
  /// For a file whose hashes are known already. Never throws for a record that cannot be written.
  void remember(const std::filesystem::path& file, const FileHashes& hashes) const;

 private:
  std::filesystem::path store_folder_;
};

}  // namespace peel
