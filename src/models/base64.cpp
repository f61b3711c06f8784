#include "models/base64.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace peel {

std::string encode_base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::optional<std::string> decode_base64(std::string text) {
  // OpenSSL's decoder wants lines of whole groups in the usual alphabet, and takes a '=' anywhere for a zero.
  std::erase_if(text, [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; });
  std::ranges::replace(text, '-', '+');
  std::ranges::replace(text, '_', '/');
  const std::size_t count = text.find_last_not_of('=') + 1;  // npos + 1 is 0
  const std::size_t needed = (4 - count % 4) % 4;
  const std::size_t padding = text.size() - count;
  if (needed == 3 || (padding > 0 && padding != needed) || text.find('=') < count) return std::nullopt;
  text.resize(count + needed, '=');
  // Piece by piece, and then to its place: not said is whether it may read where it writes.
  constexpr std::size_t PIECE = 4096;
  std::array<unsigned char, PIECE> bytes{};
  std::size_t done = 0;
  for (std::size_t from = 0; from < text.size(); from += PIECE) {
    const int digits = static_cast<int>(std::min(PIECE, text.size() - from));
    const int made = EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(text.data()) + from, digits);
    if (made != digits / 4 * 3) return std::nullopt;
    std::copy_n(bytes.begin(), made, text.begin() + static_cast<std::ptrdiff_t>(done));
    done += static_cast<std::size_t>(made);
  }
  text.resize(done - needed);
  return text;
}

}  // namespace peel
