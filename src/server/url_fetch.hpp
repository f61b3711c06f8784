#pragma once

#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "server/address_policy.hpp"

namespace peel::server {

struct UrlFetchOptions {
  std::uint64_t max_bytes = 32ull << 20;             ///< of the picture
  std::chrono::milliseconds timeout{20'000};         ///< for all of it: names, connections, redirects, bytes
  std::chrono::milliseconds connect_timeout{5'000};  ///< for the name and the connection of one request
  int max_requests = 5;                              ///< the first and those it is redirected to
  std::vector<int> ports = {80, 443};                ///< which a URL may name

  /// Asked about every address before it is connected to, on the very bytes the connection then uses.
  std::function<bool(const sockaddr&)> allowed = is_public_address;
  /// Whether nobody waits for the answer any more. Asked about once a second and whenever something comes, from the
  /// thread that called; must not throw.
  std::function<bool()> cancelled;

  /// Told of bytes before they are kept: whether there is room for so many more. Called from that thread; must not
  /// throw.
  std::function<bool(std::size_t)> room;

  /// For tests: what DNS says, as libcurl's CURLOPT_RESOLVE has it ("NAME:PORT:ADDRESS[,ADDRESS]"), at the request of
  /// that number (from 0).
  std::function<std::vector<std::string>(int request)> names;
};

/// The body of what a client's URL names, by GET; safe to be given any text. A URL is a way to have this machine make
/// connections the client could not make, so:
/// - http and https only, no user or password in it, no port but those of the options, no host that is an IP address
///   in another notation than the usual one (2130706433, 0177.0.0.1, 0x7f.1, 127.1, a dot at the end);
/// - every address is put to `allowed` as it is connected to. A name that is answered differently the next time gains
///   nothing, and the first address that is refused ends it all, whatever others the name has;
/// - all that again at each redirect;
/// - nothing is sent that the client could not send: no cookies, no passwords of .netrc, no proxy of the environment;
/// - bytes are counted as they come, whatever is announced; headers too (64 KiB); nothing compressed is accepted.
///
/// Throws ApiError: 400 "bad_url" (not such a URL, or redirected to none), 400 "forbidden_address", 413 "too_large",
/// 504 "timeout", 502 "fetch_failed" (no such name, no connection, an answer that is not 2xx or is empty, too many
/// redirects), 499 "cancelled", 503 "overloaded" where there is no `room`. Messages name the host as the URL has it,
/// and never what its name stands for.
std::string fetch_url(const std::string& url, const UrlFetchOptions& options);

}  // namespace peel::server
