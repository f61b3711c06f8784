#include <algorithm>
#include <string_view>

#include "image/source_facts.hpp"

namespace peel {
namespace {

constexpr std::uint32_t ORIENTATION_TAG = 0x0112;

/// Numbers of a TIFF's header and directory in its byte order; 0 outside.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : bytes_(bytes), little_(byte(0) == 'I') {}

  std::uint32_t u16(std::size_t at) const noexcept {
    return little_ ? byte(at) | byte(at + 1) << 8 : byte(at) << 8 | byte(at + 1);
  }
  std::uint32_t u32(std::size_t at) const noexcept {
    return little_ ? u16(at) | u16(at + 2) << 16 : u16(at) << 16 | u16(at + 2);
  }

 private:
  std::uint32_t byte(std::size_t at) const noexcept {
    return at < bytes_.size() ? std::to_integer<std::uint32_t>(bytes_[at]) : 0;
  }

  std::span<const std::byte> bytes_;
  bool little_;
};

std::optional<int> orientation_if_valid(std::uint32_t value) noexcept {
  return value >= 1 && value <= 8 ? std::optional(static_cast<int>(value)) : std::nullopt;
}

}  // namespace

std::optional<int> exif_orientation(std::span<const std::byte> exif) noexcept {
  constexpr std::string_view PREFIX("Exif\0\0", 6);
  const std::string_view text(reinterpret_cast<const char*>(exif.data()), exif.size());
  if (text.starts_with(PREFIX)) exif = exif.subspan(PREFIX.size());
  if (exif.size() < 14) return std::nullopt;
  const Reader reader(exif);
  if (reader.u16(2) != 42) return std::nullopt;
  const std::size_t directory = reader.u32(4);
  const std::size_t entries = reader.u16(directory);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t at = directory + 2 + 12 * i;
    if (at + 12 > exif.size()) break;
    constexpr std::uint32_t LONG = 4;
    if (reader.u16(at) != ORIENTATION_TAG) continue;
    return orientation_if_valid(reader.u16(at + 2) == LONG ? reader.u32(at + 8) : reader.u16(at + 8));
  }
  return std::nullopt;
}

std::optional<int> xmp_orientation(std::string_view xmp) noexcept {
  constexpr std::string_view NAME = "tiff:Orientation";
  for (std::size_t at = xmp.find(NAME); at != std::string_view::npos; at = xmp.find(NAME, at)) {
    at += NAME.size();
    // tiff:Orientation="6", or <tiff:Orientation>6</tiff:Orientation>; Pillow reads no other form either.
    const std::string_view rest = xmp.substr(at);
    const bool attribute = rest.size() > 2 && rest[0] == '=' && (rest[1] == '"' || rest[1] == '\'');
    const bool element = rest.size() > 1 && rest[0] == '>';
    if (!attribute && !element) continue;
    const char digit = rest[attribute ? 2 : 1];
    if (digit >= '1' && digit <= '8') return digit - '0';
  }
  return std::nullopt;
}

}  // namespace peel
