#include "server/http/request_head.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "server/http/chunk_frames.hpp"

namespace peel::server {
namespace {

/// 0: taken.
int status(std::string bytes) {
  RequestHead head;
  const auto fault = check_head(bytes, head);
  return fault ? fault->status : 0;
}

TEST(RequestHead, SoundOnesAreTaken) {
  const std::vector<std::string> heads{
      "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
      "GET / HTTP/1.0\r\n\r\n",
      "GET /a?b=c&d=%20 HTTP/1.1\r\nhost:h\r\n\r\n",
      "GET / HTTP/1.1\r\nHost:\t h \t\r\nX-Empty:\r\n\r\n",
      "POST / HTTP/1.1\r\nHOST: h\r\nCONTENT-LENGTH: 007\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h\r\ntransfer-encoding: Chunked\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Encoding: Identity\r\nContent-Length: 18446744073709551615\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nX-Latin: caf\xe9\r\n\r\n",
      "DELETE / HTTP/1.1\r\nHost: h\r\n!#$%&'*+-.^_`|~: a\r\n\r\n",
  };
  for (const std::string& head : heads) EXPECT_EQ(status(head), 0) << head;
}

TEST(RequestHead, OfAnAbsoluteTargetThePathCounts) {
  const std::vector<std::pair<std::string, std::string>> targets{
      {"http://h/a?b=c", "/a?b=c"}, {"HTTPS://h:8/", "/"}, {"http://h", "/"}, {"http://h?a", "/?a"}};
  for (const auto& [target, wanted] : targets) {
    RequestHead head;
    std::string bytes = "GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n";
    ASSERT_FALSE(check_head(bytes, head)) << target;
    EXPECT_EQ(head.target, wanted);
    EXPECT_TRUE(bytes.starts_with("GET " + wanted + " HTTP/1.1\r\n")) << bytes;
  }
  for (const std::string target : {"http://", "http:///a", "ftp://h/a", "h/a", "http://a@h/", "//h/a#b c"}) {
    EXPECT_NE(status("GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n"), 0) << target;
  }
}

TEST(RequestHead, OthersAreRefused) {
  const std::vector<std::pair<std::string, int>> heads{
      {"\r\n", 400},
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1 \r\nHost: h\r\n\r\n", 400},
      {" GET / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET / HTTP/1.1\nHost: h\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: h\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: h\r\n\n", 400},
      {"GET / HTTP/1.1\r\nHost: h\r\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n Host: h\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost : h\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: h\r\nX-A: \x7f\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: h\r\nX-A: \x1b[0m\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: h\r\nX\xe9: a\r\n\r\n", 400},
      {"GET caf HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET /caf\xc3\xa9 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"G=T / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"get / HTTP/1.1\r\nHost: h\r\n\r\n", 501},
      {"GET / HTTP/1.10\r\nHost: h\r\n\r\n", 505},
      {"GET / HTTP/1.2\r\nHost: h\r\n\r\n", 505},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1 2\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0x1\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\ncontent-length: 1\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 18446744073709551616\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n", 501},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked;q=1\r\n\r\n", 501},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding:\r\n\r\n", 501},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: \x0b"
       "chunked\r\n\r\n",
       400},
      {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Encoding: deflate\r\n\r\n", 415},
      {"POST / HTTP/1.1\r\nHost: h\r\nExpect: 200-ok\r\n\r\n", 417},
  };
  for (const auto& [head, wanted] : heads) EXPECT_EQ(status(head), wanted) << head;
}

TEST(RequestHead, TellsWhatTheConnectionNeeds) {
  RequestHead head;
  std::string bytes = "POST /x?y HTTP/1.1\r\nHost: h\r\nContent-Length: 12\r\nConnection: Keep-Alive, Close\r\n\r\n";
  ASSERT_FALSE(check_head(bytes, head));
  EXPECT_EQ(head.method, "POST");
  EXPECT_EQ(head.target, "/x?y");
  EXPECT_EQ(head.content_length, 12u);
  EXPECT_TRUE(head.has_body());
  EXPECT_FALSE(head.keep_alive);
  head = {};
  bytes = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
  ASSERT_FALSE(check_head(bytes, head));
  EXPECT_FALSE(head.keep_alive);
  EXPECT_FALSE(head.has_body());
}

TEST(RequestHead, WhatHttplibWouldReadOtherwiseIsWrittenForIt) {
  RequestHead head;
  std::string bytes = "GET /a?b=c?d HTTP/1.1\r\nHost: h\r\nRange: bytes=0-1\r\nX-Api-Key: a%41\r\n\r\n";
  ASSERT_FALSE(check_head(bytes, head));
  EXPECT_EQ(bytes, "GET /a?b=c%3Fd HTTP/1.1\r\nHost: h\r\nX-Api-Key: a%2541\r\n\r\n");
}

TEST(RequestHead, EndsWithItsFirstEmptyLine) {
  constexpr auto NONE = std::string_view::npos;
  EXPECT_EQ(end_of_head("GET / HTTP/1.1\r\nHost: h\r\n\r", 0), NONE);
  EXPECT_EQ(end_of_head("a\r\n\r\nb", 0), 5u);
  EXPECT_EQ(end_of_head("a\n\nb", 0), 3u);
  EXPECT_EQ(end_of_head("a\n\r\nb", 0), 4u);
  const std::string head = "a: b\r\n\r\n";
  // However it was cut when it came.
  for (std::size_t cut = 0; cut < head.size(); ++cut) {
    EXPECT_EQ(end_of_head(head.substr(0, cut), 0), NONE);
    EXPECT_EQ(end_of_head(head, cut), head.size()) << cut;
  }
}

TEST(ChunkFrames, SoundOnesPassInAnyPieces) {
  const std::string body = "5\r\nabcde\r\n000A;x=\"y\"\r\n0123456789\r\n0\r\n\r\n";
  for (std::size_t size = 1; size <= body.size(); ++size) {
    ChunkFrames frames;
    for (std::size_t i = 0; i < body.size(); i += size) {
      EXPECT_FALSE(frames.ended());
      EXPECT_TRUE(frames.pass(std::string_view(body).substr(i, size)));
    }
    EXPECT_TRUE(frames.ended());
    EXPECT_FALSE(frames.pass("0"));
  }
}

TEST(ChunkFrames, OthersDoNot) {
  for (const std::string body :
       {"\r\n", "-1\r\n", "+1\r\n", " 1\r\n", "1 \r\n", "0x1\r\n", "1\n", "1\r1", "g\r\n", ";\r\n", "1;\x01\r\n",
        "1;\n", "1\r\nab", "1\r\na\n", "1\r\na\r1", "0\r\na", "0\n", "1234567890123456\r\n"}) {
    EXPECT_FALSE(ChunkFrames().pass(body)) << body;
  }
  EXPECT_FALSE(ChunkFrames().pass("1;" + std::string(300, 'a')));
}

}  // namespace
}  // namespace peel::server
