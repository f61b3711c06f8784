#include "server/address_policy.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <span>

namespace peel::server {
namespace {

struct Block4 {
  std::uint32_t network;
  int bits;
};

constexpr std::uint32_t ipv4(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  return a << 24 | b << 16 | c << 8 | d;
}

constexpr Block4 SPECIAL4[] = {
    {ipv4(0, 0, 0, 0), 8},        // this network; Linux connects 0.0.0.0 to itself
    {ipv4(10, 0, 0, 0), 8},       // private
    {ipv4(100, 64, 0, 0), 10},    // shared by a provider's customers
    {ipv4(127, 0, 0, 0), 8},      // loopback
    {ipv4(169, 254, 0, 0), 16},   // link-local
    {ipv4(172, 16, 0, 0), 12},    // private
    {ipv4(192, 0, 0, 0), 24},     // protocol assignments
    {ipv4(192, 0, 2, 0), 24},     // documentation
    {ipv4(192, 88, 99, 0), 24},   // relays of 6to4
    {ipv4(192, 168, 0, 0), 16},   // private
    {ipv4(198, 18, 0, 0), 15},    // benchmarks
    {ipv4(198, 51, 100, 0), 24},  // documentation
    {ipv4(203, 0, 113, 0), 24},   // documentation
    {ipv4(224, 0, 0, 0), 4},      // multicast
    {ipv4(240, 0, 0, 0), 4},      // reserved, and broadcast
};

bool is_public4(std::uint32_t address) {
  return std::ranges::none_of(SPECIAL4,
                              [&](const Block4& block) { return (address ^ block.network) >> (32 - block.bits) == 0; });
}

using Address6 = std::array<std::uint8_t, 16>;

struct Block6 {
  Address6 network;
  int bits;
};

bool lies_in(const Address6& address, const Block6& block) {
  for (int bit = 0; bit < block.bits; bit += 8) {
    const auto at = static_cast<std::size_t>(bit / 8);
    const int left = std::min(8, block.bits - bit);
    if ((address[at] ^ block.network[at]) >> (8 - left) != 0) return false;
  }
  return true;
}

constexpr Block6 MAPPED = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96};
constexpr Block6 NAT64 = {{0x00, 0x64, 0xff, 0x9b}, 96};
constexpr Block6 SIX_TO_FOUR = {{0x20, 0x02}, 16};
// All that is global unicast so far; what lies outside it (loopback, fc00::/7, fe80::/10, ff00::/8, NAT64's
// 64:ff9b:1::/48, 100::/64 and so on) needs no block of its own.
constexpr Block6 GLOBAL_UNICAST = {{0x20}, 3};
constexpr Block6 SPECIAL6[] = {
    {{0x20, 0x01, 0x00}, 23},        // protocol assignments: Teredo, ORCHID
    {{0x20, 0x01, 0x0d, 0xb8}, 32},  // documentation
    {{0x3f, 0xff, 0x00}, 20},        // documentation
};

std::uint32_t carried4(const Address6& address, std::size_t at) {
  return ipv4(address[at], address[at + 1], address[at + 2], address[at + 3]);
}

bool is_public6(const Address6& address) {
  if (lies_in(address, MAPPED) || lies_in(address, NAT64)) return is_public4(carried4(address, 12));
  if (lies_in(address, SIX_TO_FOUR)) return is_public4(carried4(address, 2));
  return lies_in(address, GLOBAL_UNICAST) &&
         std::ranges::none_of(SPECIAL6, [&](const Block6& block) { return lies_in(address, block); });
}

}  // namespace

bool is_public_address(const sockaddr& address) {
  // Copied: libcurl's storage is not said to be aligned as either type wants it.
  if (address.sa_family == AF_INET) {
    sockaddr_in whole{};
    std::memcpy(&whole, &address, sizeof whole);
    return is_public4(ntohl(whole.sin_addr.s_addr));
  }
  if (address.sa_family == AF_INET6) {
    Address6 bytes{};
    // By way of bytes, as the compiler sees a sockaddr, which is shorter.
    const auto* const begin = reinterpret_cast<const std::uint8_t*>(&address);
    std::memcpy(bytes.data(), begin + offsetof(sockaddr_in6, sin6_addr), bytes.size());
    return is_public6(bytes);
  }
  return false;
}

}  // namespace peel::server
