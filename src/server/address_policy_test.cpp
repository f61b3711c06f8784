#include "server/address_policy.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <cstring>
#include <string>

namespace peel::server {
namespace {

bool is_public(const std::string& text) {
  sockaddr_storage storage{};
  if (text.find(':') == std::string::npos) {
    auto& address = reinterpret_cast<sockaddr_in&>(storage);
    address.sin_family = AF_INET;
    EXPECT_EQ(inet_pton(AF_INET, text.c_str(), &address.sin_addr), 1) << text;
  } else {
    auto& address = reinterpret_cast<sockaddr_in6&>(storage);
    address.sin6_family = AF_INET6;
    EXPECT_EQ(inet_pton(AF_INET6, text.c_str(), &address.sin6_addr), 1) << text;
  }
  return is_public_address(reinterpret_cast<const sockaddr&>(storage));
}

// First and last address of each block.
constexpr const char* NOT_PUBLIC[] = {
    "0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.0", "127.0.0.1",
    "127.255.255.255", "169.254.0.0", "169.254.169.254", "169.254.255.255", "172.16.0.0", "172.31.255.255", "192.0.0.0",
    "192.0.0.255", "192.0.2.0", "192.0.2.255", "192.88.99.0", "192.88.99.255", "192.168.0.0", "192.168.255.255",
    "198.18.0.0", "198.19.255.255", "198.51.100.0", "198.51.100.255", "203.0.113.0", "203.0.113.255", "224.0.0.0",
    "239.255.255.255", "240.0.0.0", "255.255.255.255",
    // Version 6
    "::", "::1", "::2", "::8.8.8.8", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.1.2.3", "::ffff:169.254.169.254",
    "::ffff:0:8.8.8.8", "64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b:1::", "64:ff9b:1::8.8.8.8",
    "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "64:ff9b:0:1::8.8.8.8", "100::", "100::ffff:ffff:ffff:ffff",
    "2001::", "2001:0:808:808::1", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8::", "2001:db8:ffff::1",
    "2002:7f00:1::1", "2002:a00:1::", "2002:c0a8:1::1", "2002:a9fe:a9fe::", "3fff::1", "3fff:fff:ffff::1", "4000::1",
    "5f00::1", "1fff:ffff::1", "fc00::", "fd00::1", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe80::", "fe80::1",
    "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fec0::1", "feff::1", "ff00::", "ff02::1",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"};

// The neighbours of those blocks, so that none is taken for larger than it is.
constexpr const char* PUBLIC[] = {
    "1.0.0.0", "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
    "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.0",
    "192.0.1.255", "192.0.3.0", "192.88.98.255", "192.88.100.0", "192.167.255.255", "192.169.0.0", "198.17.255.255",
    "198.20.0.0", "198.51.99.255", "198.51.101.0", "203.0.112.255", "203.0.114.0", "223.255.255.255",
    // Version 6
    "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2000::1", "2001:200::1", "2001:4860:4860::8888", "2001:db7:ffff::1",
    "2001:db9::1", "2002:808:808::1", "2003::1", "2606:4700:4700::1111", "3ffe::1", "3fff:1000::1"};

TEST(AddressPolicy, WhatIsKeptForSomethingElseIsNotPublic) {
  for (const char* address : NOT_PUBLIC) EXPECT_FALSE(is_public(address)) << address;
}

TEST(AddressPolicy, WhatLiesBesideIsPublic) {
  for (const char* address : PUBLIC) EXPECT_TRUE(is_public(address)) << address;
}

TEST(AddressPolicy, OtherFamiliesAreNotPublic) {
  sockaddr_un local{};
  local.sun_family = AF_UNIX;
  EXPECT_FALSE(is_public_address(reinterpret_cast<const sockaddr&>(local)));
  sockaddr_storage none{};
  EXPECT_FALSE(is_public_address(reinterpret_cast<const sockaddr&>(none)));
}

}  // namespace
}  // namespace peel::server
