#include "models/base64.hpp"

#include <openssl/evp.h>

#include <limits>

namespace peel {

std::string encode_base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::optional<std::string> decode_base64(std::string_view text) {
  // OpenSSL's decoder wants one line of whole groups in the usual alphabet, and takes a '=' anywhere for a zero.
  std::string digits;
  digits.reserve(text.size() + 3);
  for (const char c : text) {
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n') digits += c == '-' ? '+' : c == '_' ? '/' : c;
  }
  const std::size_t count = digits.find_last_not_of('=') + 1;  // npos + 1 is 0
  const std::size_t needed = (4 - count % 4) % 4;
  const std::size_t padding = digits.size() - count;
  if (needed == 3 || (padding > 0 && padding != needed) || digits.find('=') < count ||
      digits.size() > std::numeric_limits<int>::max() - 4u) {
    return std::nullopt;
  }
  digits.resize(count + needed, '=');
  std::string bytes(digits.size() / 4 * 3, '\0');
  const int made =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                      reinterpret_cast<const unsigned char*>(digits.data()), static_cast<int>(digits.size()));
  if (made < 0 || static_cast<std::size_t>(made) != bytes.size()) return std::nullopt;
  bytes.resize(bytes.size() - needed);
  return bytes;
}

}  // namespace peel
