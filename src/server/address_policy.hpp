#pragma once

#include <sys/socket.h>

namespace peel::server {

/// Whether an address belongs to the public Internet, so that a client may name it without reaching what only this
/// machine or its network can see. True for IPv4 and IPv6 (2000::/3) outside the blocks that IANA's registries of
/// special addresses keep for something else: this host, private and shared networks, link-local (clouds hand out
/// credentials at 169.254.169.254), documentation, benchmarks, multicast, reserved. Addresses of IPv6 that carry one of
/// IPv4 (mapped, NAT64's 64:ff9b::/96, 6to4) are what that one is; Teredo is refused. Families but these two are not
/// public.
///
/// `address` must be the beginning of a whole sockaddr_in or sockaddr_in6, as its family says.
bool is_public_address(const sockaddr& address);

}  // namespace peel::server
