#include "models/checksum.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>
#include <vector>

#include "base/file.hpp"
#include "models/base64.hpp"

namespace peel {
namespace {

const EVP_MD* digest(HashAlgorithm algorithm) {
  switch (algorithm) {
    case HashAlgorithm::md5:
      return EVP_md5();
    case HashAlgorithm::sha256:
      return EVP_sha256();
    case HashAlgorithm::sha512:
      break;
  }
  return EVP_sha512();
}

/// Read rather than mapped: a file that is cut short meanwhile would end the program through a mapping (SIGBUS).
void read_in_pieces(const std::filesystem::path& file, const std::function<void(std::span<const std::byte>)>& use) {
  const auto fail = [&] { throw Error(ErrorCode::model, fmt::format("{}: {}", file.string(), system_message(errno))); };
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) fail();
  const std::unique_ptr<const int, void (*)(const int*)> closer(&fd, [](const int* open) { ::close(*open); });
  ::posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
  std::vector<std::byte> buffer(1 << 18);
  for (;;) {
    const ssize_t got = ::read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail();
    if (got == 0) return;
    use(std::span(buffer).first(static_cast<std::size_t>(got)));
  }
}

}  // namespace

void Hasher::Free::operator()(evp_md_ctx_st* context) const {
  EVP_MD_CTX_free(context);
}

Hasher::Hasher(HashAlgorithm algorithm) : context_(EVP_MD_CTX_new()) {
  if (!context_ || EVP_DigestInit_ex(context_.get(), digest(algorithm), nullptr) != 1) {
    throw Error(ErrorCode::internal, fmt::format("OpenSSL offers no {}", EVP_MD_get0_name(digest(algorithm))));
  }
}

void Hasher::update(std::span<const std::byte> bytes) {
  if (EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) != 1) {
    throw Error(ErrorCode::internal, "OpenSSL could not hash");
  }
}

std::string Hasher::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned size = 0;
  if (EVP_DigestFinal_ex(context_.get(), hash.data(), &size) != 1) {
    throw Error(ErrorCode::internal, "OpenSSL could not hash");
  }
  return {hash.begin(), hash.begin() + size};
}

std::string to_hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return text;
}

FileHashes hash_file(const std::filesystem::path& file) {
  Hasher sha256(HashAlgorithm::sha256);
  Hasher md5(HashAlgorithm::md5);
  read_in_pieces(file, [&](std::span<const std::byte> piece) {
    sha256.update(piece);
    md5.update(piece);
  });
  return {to_hex(sha256.finish()), to_hex(md5.finish())};
}

std::string integrity_of_file(const std::filesystem::path& file) {
  Hasher sha512(HashAlgorithm::sha512);
  read_in_pieces(file, [&](std::span<const std::byte> piece) { sha512.update(piece); });
  return "sha512-" + encode_base64(sha512.finish());
}

bool matches_manifest(const ModelInfo& model, const FileHashes& hashes) {
  return std::any_of(model.sources.begin(), model.sources.end(), [&](const ModelSource& source) {
    // The stronger hash decides where there are both.
    if (!source.sha256.empty()) return source.sha256 == hashes.sha256;
    return !source.md5.empty() && source.md5 == hashes.md5;
  });
}

}  // namespace peel
