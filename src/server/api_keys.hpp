#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace peel::server {

/// The keys a server gives its work for, each with a name that stands for it wherever it is told of: in logs, in
/// measures, in the order of the queue. A key itself is never kept, only its SHA-256, and never shown.
///
/// A line is `NAME = KEY`, or KEY alone, whose name is then "key-N" by its place among the keys, from 1. Names are of
/// letters, digits, '-', '_' and '.', at most 64, each for as many keys as is wanted (so a key can be changed while the
/// old one still counts). Keys are of 8 to 512 printable ASCII characters without a space; those in which a '=' stands
/// before the end need a name before them. Spaces around either do not count, nor do empty lines and those that begin
/// with '#'.
class ApiKeys {
 public:
  ApiKeys() = default;  ///< none: find() finds nothing

  /// Throws Error(usage) that names `source` and the line, never what stands there: a line that is none of the above,
  /// the same key twice, or no key at all.
  static ApiKeys parse(std::string_view text, const std::string& source);
  /// The same from a file of at most 1 MiB. Where others than its owner and group may read it, the log gets a warning.
  /// Throws Error(usage), also where it cannot be read.
  static ApiKeys load(const std::filesystem::path& file);
  /// The same from the environment: the value's keys stand in lines, or one after the other with commas between them.
  /// Throws Error(usage) where the variable is not set.
  static ApiKeys from_environment(const std::string& variable);

  /// The key's name, or nothing. Takes as long whichever key it is, and whether it is one.
  std::optional<std::string> find(std::string_view key) const;

  bool empty() const { return keys_.empty(); }
  std::size_t size() const { return keys_.size(); }

 private:
  using Digest = std::array<std::uint8_t, 32>;
  struct Key {
    std::string name;
    Digest digest;
  };
  static Digest digest_of(std::string_view key);

  std::vector<Key> keys_;
};

}  // namespace peel::server
