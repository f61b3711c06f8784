#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace peel::server {

/// What of a request decides how its connection is handled, before anything else looks at it.
struct RequestHead {
  std::string method;
  std::string target;
  bool chunked = false;
  std::optional<std::uint64_t> content_length;
  bool old = false;        ///< HTTP/1.0
  bool keep_alive = true;  ///< HTTP/1.1, and the client did not ask to close

  bool has_body() const { return chunked || content_length.value_or(0) > 0; }
};

/// Why a head is not taken: the status its client gets before the connection is closed.
struct HeadFault {
  int status = 400;
  const char* reason = "";
};

/// A head of a request that two servers in a row would not read differently ("request smuggling"), so stricter than
/// RFC 9112 asks: lines end in CR LF; no line is folded; names are tokens with the colon right behind; one
/// Content-Length of digits alone, or Transfer-Encoding: chunked and nothing else, never both; one Host with
/// HTTP/1.1; no control characters; a target that begins with '/', or with http:// or https:// and a host, which is
/// taken off.
///
/// `bytes`: the request line and all header fields with the empty line that ends them. They are changed: fields that
/// the server does not serve, and which cost it, are taken out (Range); and what httplib would not read as it stands is
/// escaped: '%' in fields, whose values it decodes, and '?' in a query.
std::optional<HeadFault> check_head(std::string& bytes, RequestHead& head);

/// Where the empty line that ends a head ends; npos: it is not all there. Lines that end without CR count, so that a
/// head of them is refused at once and not waited for.
std::size_t end_of_head(std::string_view bytes, std::size_t searched);

}  // namespace peel::server
