#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace peel::server {

/// Any text as the value of a header: what is no visible ASCII, and '%', as %XX of its bytes.
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
