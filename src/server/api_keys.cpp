#include "server/api_keys.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/file.hpp"
#include "base/log.hpp"
#include "peel/error.hpp"
#include "server/text.hpp"

namespace peel::server {
namespace {

constexpr std::size_t MAX_FILE = 1 << 20;
constexpr std::string_view LINE_SPACE = " \t\r";  // a file may come from Windows
constexpr std::size_t SHORTEST_KEY = 8;
constexpr std::size_t LONGEST_KEY = 512;
constexpr std::size_t LONGEST_NAME = 64;

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= LONGEST_NAME && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  });
}

bool is_key(std::string_view text) {
  return text.size() >= SHORTEST_KEY && text.size() <= LONGEST_KEY &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

/// Where a '=' parts a name from a key; base64 has it at its end only.
std::size_t separator(std::string_view line) {
  const auto at = line.find('=');
  return at == line.npos || line.find_first_not_of('=', at) == line.npos ? line.npos : at;
}

}  // namespace

ApiKeys::Digest ApiKeys::digest_of(std::string_view key) {
  Digest digest{};
  if (EVP_Digest(key.data(), key.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1) {
    throw Error(ErrorCode::internal, "OpenSSL computes no SHA-256");
  }
  return digest;
}

ApiKeys ApiKeys::parse(std::string_view text, const std::string& source) {
  ApiKeys keys;
  for (int number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    const auto line = trimmed(text.substr(0, end), LINE_SPACE);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    if (line.empty() || line.front() == '#') continue;

    // What stands in the line is told to nobody: it may be a key with a typing error.
    const auto wrong = [&](const char* what, const char* hint) {
      return Error(ErrorCode::usage, fmt::format("{}: line {}: {}", source, number, what), hint);
    };
    const auto equals = separator(line);
    const auto key = equals == line.npos ? line : trimmed(line.substr(equals + 1), LINE_SPACE);
    auto name = equals == line.npos ? fmt::format("key-{}", keys.size() + 1)
                                    : std::string(trimmed(line.substr(0, equals), LINE_SPACE));
    if (!is_name(name)) {
      throw wrong("no name of a key", "a name has letters, digits, '-', '_' and '.', at most 64: NAME = KEY");
    }
    if (!is_key(key)) {
      throw wrong("no key", "a key has 8 to 512 printable characters without a space; openssl rand -hex 32 makes one");
    }
    const auto digest = digest_of(key);
    if (std::ranges::any_of(keys.keys_, [&](const Key& other) { return other.digest == digest; })) {
      throw wrong("a key that stands further up too", "give each key once");
    }
    keys.keys_.push_back({std::move(name), digest});
  }
  if (keys.empty()) {
    throw Error(ErrorCode::usage, fmt::format("{}: no key in it", source), "write NAME = KEY, one a line");
  }
  return keys;
}

ApiKeys ApiKeys::load(const std::filesystem::path& file) {
  const auto bytes = read_file(file, MAX_FILE, ErrorCode::usage);
  struct stat about {};
  if (::stat(file.c_str(), &about) == 0 && (about.st_mode & (S_IROTH | S_IWOTH)) != 0) {
    log(LogLevel::warning, "{}: others may read or write these keys; chmod 600 keeps them to their owner",
        file.string());
  }
  return parse({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, file.string());
}

ApiKeys ApiKeys::from_environment(const std::string& variable) {
  const char* value = std::getenv(variable.c_str());
  if (!value) throw Error(ErrorCode::usage, fmt::format("{} is not set", variable));
  std::string text(value);
  std::ranges::replace(text, ',', '\n');
  return parse(text, variable);
}

std::optional<std::string> ApiKeys::find(std::string_view key) const {
  // Digests are of one length, and what is learnt of one by timing helps nobody to a key. All are compared.
  const auto digest = digest_of(key);
  const Key* found = nullptr;
  for (const Key& one : keys_) {
    if (CRYPTO_memcmp(one.digest.data(), digest.data(), digest.size()) == 0) found = &one;
  }
  return found ? std::optional(found->name) : std::nullopt;
}

}  // namespace peel::server
