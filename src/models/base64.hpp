#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace peel {

/// RFC 4648, with the '=' at its end.
std::string encode_base64(std::string_view bytes);

/// The bytes of a text in base64 (RFC 4648), in its usual alphabet or the one for URLs, with or without the '=' at its
/// end; spaces and line breaks do not count. Nothing where it is none. The bytes take the text's place in memory.
std::optional<std::string> decode_base64(std::string text);

}  // namespace peel
