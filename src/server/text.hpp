#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace peel::server {

inline std::string_view trimmed(std::string_view text, std::string_view space = " \t") {
  const auto first = text.find_first_not_of(space);
  return first == text.npos ? std::string_view() : text.substr(first, text.find_last_not_of(space) - first + 1);
}

/// Of ASCII letters alone, whatever the locale.
inline std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return result;
}

/// Any text as the value of a header; what is no visible ASCII, and '%', as %XX of its bytes.
inline std::string percent_encoded(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 32 && byte < 127 && c != '%') {
      result += c;
    } else {
      result += fmt::format("%{:02X}", byte);
    }
  }
  return result;
}

}  // namespace peel::server
