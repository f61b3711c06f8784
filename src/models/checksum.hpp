#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "peel/models.hpp"

struct evp_md_ctx_st;

namespace peel {

enum class HashAlgorithm { md5, sha256, sha512 };

class Hasher {
 public:
  explicit Hasher(HashAlgorithm algorithm);
  void update(std::span<const std::byte> bytes);
  /// The hash itself, not yet as text. Call once.
  std::string finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

std::string to_hex(std::string_view bytes);

/// Of one file, as lower-case hex.
struct FileHashes {
  std::string sha256;
  std::string md5;
};

/// Both in one pass over the file. Throws Error(model) where it cannot be read.
FileHashes hash_file(const std::filesystem::path& file);

/// A Subresource Integrity value, "sha512-..." in base64. Throws Error(model).
std::string integrity_of_file(const std::filesystem::path& file);

/// Whether the hashes are those of one of the model's sources.
bool matches_manifest(const ModelInfo& model, const FileHashes& hashes);

}  // namespace peel
