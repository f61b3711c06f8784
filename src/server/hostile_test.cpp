// Requests that are none, or that two servers in a row would read differently.

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "support/test_server.hpp"

namespace peel::test {
namespace {

using namespace std::chrono_literals;

class HostileRequest : public testing::Test {
 protected:
  HostileRequest()
      : server_([](ServerSettings& settings) {
          settings.max_bytes = 1 << 20;
          settings.head_timeout = 200ms;
          settings.body_timeout = 200ms;
          // A connection that is closed is one that was refused.
          settings.idle_timeout = 1h;
        }) {
    EXPECT_TRUE(server_.answers_soon());
    files_ = open_files();
  }
  /// After what a test did.
  void TearDown() override {
    EXPECT_TRUE(server_.answers_soon());
    EXPECT_TRUE(files_settle(files_)) << open_files() << " files are open, there were " << files_;
  }
  /// The status of the first answer and whether the connection is then closed, with nothing after that answer.
  std::pair<int, bool> outcome(const std::string& request) const {
    RawClient client(server_.port());
    client.send(request);
    const std::string answer = client.read_answer();
    return {status_of(answer), client.is_closed()};
  }
  void expect_refused(const std::string& name, const std::string& request, int status = 400) const {
    const auto [got, closed] = outcome(request);
    EXPECT_EQ(got, status) << name;
    EXPECT_TRUE(closed) << name;
  }

  TestServer server_;
  std::size_t files_ = 0;
};

const std::string GET = "GET /healthz HTTP/1.1\r\n";
const std::string HOST = "Host: h\r\n";
const std::string POST = "POST /api/remove HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/form-data; boundary=b\r\n";

TEST_F(HostileRequest, HeadsThatAreReadInTwoWaysAreRefused) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"length and coding", POST + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"coding and length", POST + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"},
      {"two lengths", POST + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef"},
      {"the same length twice", POST + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nabcde"},
      {"a list of lengths", POST + "Content-Length: 5, 5\r\n\r\nabcde"},
      {"a negative length", POST + "Content-Length: -1\r\n\r\n"},
      {"a length with a sign", POST + "Content-Length: +5\r\n\r\nabcde"},
      {"a length in words", POST + "Content-Length: five\r\n\r\nabcde"},
      {"an escaped length", POST + "Content-Length: %35\r\n\r\nabcde"},
      {"a length without end", POST + "Content-Length: 99999999999999999999999\r\n\r\n"},
      {"an empty length", POST + "Content-Length:\r\n\r\n"},
      {"a space before the colon", POST + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"},
      {"a tab before the colon", POST + "Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n"},
      {"a folded line", GET + HOST + "X-A: b\r\n c\r\n\r\n"},
      {"bare LF", "GET /healthz HTTP/1.1\nHost: h\n\n"},
      {"one bare LF", GET + "Host: h\nX-A: b\r\n\r\n"},
      {"bare LF at the end", GET + HOST + "\n"},
      {"CR in a value", GET + "Host: h\rX-A: b\r\n\r\n"},
      {"CR in the target", "GET /health\rz HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"NUL in a value", GET + HOST + std::string("X-A: b\0c\r\n\r\n", 13)},
      {"NUL in a name", GET + HOST + std::string("X-\0A: b\r\n\r\n", 12)},
      {"NUL in the target", std::string("GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n", 28)},
      {"no host", GET + "\r\n"},
      {"two hosts", GET + HOST + "Host: i\r\n\r\n"},
      {"a field without colon", GET + HOST + "nonsense\r\n\r\n"},
      {"a field without name", GET + HOST + ": b\r\n\r\n"},
      {"an absolute target without a host", "GET http:///healthz HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"an absolute target with a password", "GET http://a:b@h/healthz HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"a target of another scheme", "GET ftp://h/healthz HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"an asterisk", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"an authority", "CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"two spaces", "GET  /healthz HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"no version", "GET /healthz\r\n\r\n"},
      {"two empty lines first", "\r\n\r\n" + GET + HOST + "\r\n"},
      {"a bare LF first", "\n" + GET + HOST + "\r\n"},
      {"only empty lines", "\r\n\r\n"},
      {"HTTP/1.0 with a coding", "POST /api/remove HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"TLS", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n\r\n", 14)},
      {"bytes", "\x7f\x80\xff\xfe garbage \r\n\r\n"},
  };
  for (const auto& [name, request] : cases) expect_refused(name, request);
}

TEST_F(HostileRequest, WhatRfc9112AllowsIsTaken) {
  for (const std::string target : {"http://h/healthz", "HTTP://other:80/healthz", "https://h/healthz?a=b"}) {
    RawClient client(server_.port());
    client.send("\r\nGET " + target + " HTTP/1.1\r\n" + HOST + "\r\n\r\n" + GET + HOST + "\r\n");
    EXPECT_EQ(body_of(client.read_answer()), "ok\n") << target;
    EXPECT_EQ(body_of(client.read_answer()), "ok\n") << "the empty line behind it";
  }
  // In pieces, however it is cut.
  RawClient client(server_.port());
  for (const char c : "\r\n" + GET + HOST + "\r\n") client.send(std::string(1, c));
  EXPECT_EQ(body_of(client.read_answer()), "ok\n");
}

TEST_F(HostileRequest, ARefusalOfAHeadIsNotKeptAndNotGuessedAt) {
  RawClient client(server_.port());
  client.send("nonsense\r\n\r\n");
  const std::string answer = client.read_all();
  EXPECT_NE(answer.find("X-Content-Type-Options: nosniff\r\n"), std::string::npos) << answer;
  EXPECT_NE(answer.find("Cache-Control: no-store\r\n"), std::string::npos) << answer;
  EXPECT_EQ(answer.find("Access-Control"), std::string::npos);
  const TestServer open([](ServerSettings& settings) { settings.cors_origins = {"*"}; });
  RawClient page(open.port());
  page.send("nonsense\r\n\r\n");
  EXPECT_NE(page.read_all().find("Access-Control-Allow-Origin: *\r\n"), std::string::npos);
}

TEST_F(HostileRequest, WhatIsNotSpokenHereIsRefusedByItsName) {
  expect_refused("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  expect_refused("HTTP/2.0", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505);
  expect_refused("HTTP/0.9", "GET / HTTP/0.9\r\nHost: h\r\n\r\n", 505);
  expect_refused("lower case", "GET / http/1.1\r\nHost: h\r\n\r\n", 505);
  expect_refused("gzip coding", POST + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501);
  expect_refused("chunked twice", POST + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 501);
  expect_refused("two codings", POST + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                 501);
  expect_refused("chunked in quotes", POST + "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n", 501);
  expect_refused("an escaped coding", POST + "Transfer-Encoding: chunke%64\r\n\r\n0\r\n\r\n", 501);
  expect_refused("a folded coding", POST + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", 501);
  expect_refused("identity", POST + "Transfer-Encoding: identity\r\n\r\n", 501);
  expect_refused("gzip", POST + "Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nabcde", 415);
  expect_refused("brotli", POST + "Content-Encoding: br\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 415);
  expect_refused("expectation", POST + "Expect: a-miracle\r\nContent-Length: 5\r\n\r\n", 417);
  expect_refused("a method of its own", "BREW /healthz HTTP/1.1\r\nHost: h\r\n\r\n", 501);
}

TEST_F(HostileRequest, HeadsThatAreTooLongAreCutOff) {
  expect_refused("a long header", GET + HOST + "X-A: " + std::string(100'000, 'a') + "\r\n\r\n", 431);
  expect_refused("a header of 9 kB", GET + HOST + "X-A: " + std::string(9'000, 'a') + "\r\n\r\n", 431);
  expect_refused("a long target", "GET /" + std::string(100'000, 'a') + " HTTP/1.1\r\n" + HOST + "\r\n", 431);
  expect_refused("a target of 9 kB", "GET /" + std::string(9'000, 'a') + " HTTP/1.1\r\n" + HOST + "\r\n", 414);
  std::string many = GET + HOST;
  for (int i = 0; i < 10'000; ++i) many += "X-" + std::to_string(i) + ": b\r\n";
  expect_refused("ten thousand headers", many + "\r\n", 431);
  expect_refused("a line without end", std::string(1 << 20, 'a'), 431);
}

TEST_F(HostileRequest, EveryRefusalIsLoggedAndIsJson) {
  const std::size_t before = server_.log().size();
  const std::vector<std::string> requests{"nonsense\r\n\r\n", "BREW / HTTP/1.1\r\nHost: h\r\n\r\n",
                                          GET + HOST + "X-A: " + std::string(9'000, 'a') + "\r\n\r\n",
                                          "GET /" + std::string(9'000, 'a') + " HTTP/1.1\r\n" + HOST + "\r\n"};
  for (const std::string& request : requests) {
    RawClient client(server_.port());
    client.send(request);
    EXPECT_NE(body_of(client.read_all()).find("\"code\""), std::string::npos) << request.substr(0, 40);
  }
  EXPECT_EQ(server_.log().size(), before + requests.size());
}

TEST_F(HostileRequest, ChunksAreReadInOneWayOnly) {
  const std::string head = POST + "Transfer-Encoding: chunked\r\n\r\n";
  const std::string body = multipart_text(disc_bytes());
  char number[32];
  std::snprintf(number, sizeof(number), "%zx", body.size());
  const std::string size = number;
  const std::string end = "\r\n0\r\n\r\n";
  const std::vector<std::pair<std::string, std::string>> cases{
      {"a negative size", "-" + size + "\r\n" + body + end},
      {"minus one", "-1\r\n" + body + end},
      {"a size that overflows", "1" + std::string(16 - size.size(), '0') + size + "\r\n" + body + end},
      {"the largest size", "ffffffffffffffff\r\n" + body + end},
      {"0x", "0x" + size + "\r\n" + body + end},
      {"a plus", "+" + size + "\r\n" + body + end},
      {"a space first", " " + size + "\r\n" + body + end},
      {"a space after", size + " \r\n" + body + end},
      {"no size", "\r\n" + body + end},
      {"no digits", "zz\r\n" + body + end},
      {"bare LF after the size", size + "\n" + body + end},
      {"bare LF after the data", size + "\r\n" + body + "\n0\r\n\r\n"},
      {"bare LF at the end", size + "\r\n" + body + "\r\n0\r\n\n"},
      {"bare LF after the last size", size + "\r\n" + body + "\r\n0\n\r\n"},
      {"CR in the size", size + "\r" + size + "\r\n" + body + end},
      {"more data than it says", size + "\r\n" + body + "x" + end},
      {"less data than it says", size + "\r\n" + body.substr(2) + end},
      {"an extension of a megabyte", size + ";" + std::string(1 << 20, 'x') + "\r\n" + body + end},
      {"an extension with LF", size + ";a\nb\r\n" + body + end},
      {"a trailer", size + "\r\n" + body + "\r\n0\r\nX-A: b\r\n\r\n"},
      {"no end", size + "\r\n" + body},
      {"a size of a megabyte", std::string(1 << 20, '0') + size + "\r\n" + body + end},
  };
  for (const auto& [name, chunks] : cases) {
    RawClient client(server_.port());
    client.send(head + chunks + GET + HOST + "\r\n");
    const int status = status_of(client.read_answer());
    EXPECT_TRUE(status == 400 || status == 408 || status == 413) << name << ": " << status;
    EXPECT_EQ(client.read_all(), "") << name << ": the next request was read out of this one";
  }
}

TEST_F(HostileRequest, AChunkedPictureIsTakenInAnyPieces) {
  const std::string body = multipart_text(disc_bytes());
  for (const std::size_t size : {std::size_t{1}, std::size_t{7}, std::size_t{1000}, body.size()}) {
    std::string text = POST + "Transfer-Encoding: chunked\r\n\r\n";
    for (std::size_t i = 0; i < body.size(); i += size) {
      char number[32];
      const std::size_t count = std::min(size, body.size() - i);
      std::snprintf(number, sizeof(number), "%zX;ext=1\r\n", count);
      text += number + body.substr(i, count) + "\r\n";
    }
    RawClient client(server_.port());
    ASSERT_TRUE(client.send(text + "0\r\n\r\n" + GET + HOST + "\r\n"));
    EXPECT_EQ(status_of(client.read_answer()), 200) << size;
    EXPECT_EQ(body_of(client.read_answer()), "ok\n") << "the request after it";
  }
}

TEST_F(HostileRequest, ABodyThatNobodyReadsIsNeverARequest) {
  const std::string hidden = GET + HOST + "X-Hidden: 1\r\n\r\n";
  for (const std::string start : {"GET /healthz", "GET /nowhere", "POST /nowhere", "DELETE /api/remove", "OPTIONS /"}) {
    RawClient client(server_.port());
    client.send(start + " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(hidden.size()) + "\r\n\r\n" +
                hidden);
    EXPECT_NE(status_of(client.read_answer()), 0) << start;
    EXPECT_EQ(client.read_all(), "") << start;
  }
}

TEST_F(HostileRequest, BytesAfterABodyAreTheNextRequest) {
  RawClient client(server_.port());
  client.send(remove_request(disc_bytes()) + "garbage\r\n\r\n");
  EXPECT_EQ(status_of(client.read_answer()), 200);
  EXPECT_EQ(status_of(client.read_answer()), 400);
  EXPECT_TRUE(client.is_closed());
}

TEST_F(HostileRequest, PathsLeadNowhereElse) {
  for (const std::string path :
       {"/page/../../etc/passwd", "/page/%2e%2e%2f%2e%2e%2fetc/passwd", "/../etc/passwd", "//etc/passwd", "/page/..",
        "/page/", "/page/desk.js%00", "/page/deskXjs", "/page/desk.js/", "/PAGE/DESK.JS", "/page\\desk.js", "/%",
        "/%zz", "/page/%c0%ae%c0%ae/x", "/api/remove/", "/api//remove"}) {
    RawClient client(server_.port());
    client.send("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(status_of(client.read_answer()), 404) << path;
  }
}

TEST_F(HostileRequest, RequestsInARowAreAllAnsweredInOrder) {
  RawClient client(server_.port());
  std::string text;
  for (int i = 0; i < 20; ++i) {
    text += i % 5 == 4 ? remove_request(disc_bytes(), "X-Request-Id: n" + std::to_string(i) + "\r\n")
                       : GET + HOST + "X-Request-Id: n" + std::to_string(i) + "\r\n\r\n";
  }
  ASSERT_TRUE(client.send(text));
  for (int i = 0; i < 20; ++i) {
    const std::string answer = client.read_answer();
    EXPECT_EQ(status_of(answer), 200);
    EXPECT_NE(answer.find("X-Request-Id: n" + std::to_string(i) + "\r\n"), std::string::npos) << i;
  }
}

TEST_F(HostileRequest, AConnectionLastsForHundredsOfRequests) {
  RawClient client(server_.port());
  for (int i = 0; i < 300; ++i) {
    ASSERT_TRUE(client.send(GET + HOST + "\r\n"));
    ASSERT_EQ(body_of(client.read_answer()), "ok\n") << i;
  }
}

TEST_F(HostileRequest, GarbageInAThousandShapesHarmsNothing) {
  std::uint32_t state = 7;
  const auto random = [&state] { return (state = state * 1664525 + 1013904223) >> 16; };
  const std::string good = remove_request(disc_bytes(16, 16));
  for (int i = 0; i < 150; ++i) {
    std::string bad = good;
    for (std::uint32_t n = 1 + random() % 4; n > 0; --n) bad[random() % 180] = static_cast<char>(random());
    RawClient client(server_.port());
    client.send(bad);
    client.half_close();
    client.read_all();
  }
}

}  // namespace
}  // namespace peel::test
