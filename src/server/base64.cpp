#include "server/base64.hpp"

#include <array>
#include <cstdint>

namespace peel::server {
namespace {

constexpr std::uint8_t NONE = 64;
constexpr std::uint8_t SPACE = 65;
constexpr std::uint8_t PADDING = 66;

constexpr std::array<std::uint8_t, 256> make_values() {
  std::array<std::uint8_t, 256> values{};
  values.fill(NONE);
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  values['-'] = 62;
  values['_'] = 63;
  for (const char c : {' ', '\t', '\r', '\n'}) values[static_cast<unsigned char>(c)] = SPACE;
  values['='] = PADDING;
  return values;
}

constexpr auto VALUES = make_values();

}  // namespace

std::optional<std::string> decode_base64(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3 + 3);
  std::uint32_t bits = 0;
  std::size_t digits = 0;
  std::size_t padding = 0;
  for (const char c : text) {
    const std::uint8_t value = VALUES[static_cast<unsigned char>(c)];
    if (value == SPACE) continue;
    if (value == PADDING) {
      ++padding;
      continue;
    }
    if (value == NONE || padding > 0) return std::nullopt;
    bits = bits << 6 | value;
    if (++digits % 4 == 0) {
      for (const int shift : {16, 8, 0}) bytes.push_back(static_cast<char>(bits >> shift & 0xff));
      bits = 0;
    }
  }
  // What is left of a group: 2 digits are a byte, 3 are two, 1 is nothing whole.
  const std::size_t left = digits % 4;
  if (left == 1 || (padding > 0 && (left == 0 || left + padding != 4))) return std::nullopt;
  if (left >= 2) bytes.push_back(static_cast<char>((left == 2 ? bits >> 4 : bits >> 10) & 0xff));
  if (left == 3) bytes.push_back(static_cast<char>(bits >> 2 & 0xff));
  return bytes;
}

}  // namespace peel::server
