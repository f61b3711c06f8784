#include "server/url_fetch.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>

#include <chrono>
#include <cstdlib>
#include <string>

#include "server/api_error.hpp"
#include "support/raw_server.hpp"

namespace peel::server {
namespace {

using namespace std::chrono_literals;
using test::always;
using test::answer_of;
using test::RawConnection;
using test::RawTestServer;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

/// Here 127.0.0.1 is the public Internet and all else is private.
bool is_first_loopback(const sockaddr& address) {
  const auto& whole = reinterpret_cast<const sockaddr_in&>(address);
  return address.sa_family == AF_INET && ntohl(whole.sin_addr.s_addr) == INADDR_LOOPBACK;
}

/// "STATUS code", or "fetched".
std::string outcome(const std::string& url, const UrlFetchOptions& options) {
  try {
    fetch_url(url, options);
    return "fetched";
  } catch (const ApiError& error) {
    EXPECT_FALSE(std::string(error.what()).empty());
    return std::to_string(error.status) + " " + error.code;
  }
}

class UrlFetch : public ::testing::Test {
 protected:
  static UrlFetchOptions reaching(const RawTestServer& server) {
    UrlFetchOptions options;
    options.allowed = is_first_loopback;
    options.ports = {server.port()};
    return options;
  }
  static std::string at(const RawTestServer& server, const std::string& host = "127.0.0.1",
                        const std::string& path = "/picture") {
    return "http://" + host + ":" + std::to_string(server.port()) + path;
  }
  static std::string redirect_to(const std::string& location) {
    return answer_of(302, "moved", "Location: " + location + "\r\n");
  }
  static std::string redirected_to(const std::string& location) {
    RawTestServer server(always(redirect_to(location)));
    return outcome(at(server), reaching(server));
  }
};

TEST_F(UrlFetch, ThePicturesBytesComeAsTheyAre) {
  const std::string body("\x89PNG\0\r\n\xff", 8);
  RawTestServer server(always(answer_of(200, body)));
  EXPECT_EQ(fetch_url(at(server), reaching(server)), body);
  ASSERT_THAT(server.requests(), SizeIs(1));
  const auto request = server.requests().front();
  EXPECT_THAT(request, HasSubstr("GET /picture HTTP/1.1\r\n"));
  EXPECT_THAT(request, HasSubstr("\r\nAccept: image/*\r\n"));
  EXPECT_THAT(request, HasSubstr("\r\nUser-Agent: peel\r\n"));
  EXPECT_THAT(request, HasSubstr("\r\nAccept-Encoding: identity\r\n"));
  EXPECT_THAT(request, Not(HasSubstr("Cookie")));
  EXPECT_THAT(request, Not(HasSubstr("Authorization")));
}

TEST_F(UrlFetch, WhatIsNoWebAddressIsRefused) {
  UrlFetchOptions options;
  options.allowed = [](const sockaddr&) { return true; };
  for (const char* url : {"", "picture", "/etc/passwd", "example.com", "file:///etc/passwd", "ftp://127.0.0.1/",
                          "gopher://127.0.0.1:80/x", "dict://127.0.0.1:80/", "data:image/png;base64,AAAA",
                          "javascript:1", "http://", "http:///", "http://a b/", "http://exa\nmple/", "http://[::1/",
                          "http://[::g]/", "http://127.0.0.1:99999/", "http://127.0.0.1:0/"}) {
    EXPECT_EQ(outcome(url, options), "400 bad_url") << url;
  }
  EXPECT_EQ(outcome(std::string("http://127.0.0.1/\0x", 19), options), "400 bad_url");
  EXPECT_EQ(outcome("http://127.0.0.1/" + std::string(10'000, 'a'), options), "400 bad_url");
}

TEST_F(UrlFetch, APasswordInTheUrlIsRefused) {
  RawTestServer server(always(answer_of(200, "picture")));
  const auto options = reaching(server);
  EXPECT_EQ(outcome(at(server, "user:secret@127.0.0.1"), options), "400 bad_url");
  EXPECT_EQ(outcome(at(server, "user@127.0.0.1"), options), "400 bad_url");
  EXPECT_EQ(outcome(at(server, ":secret@127.0.0.1"), options), "400 bad_url");
  EXPECT_EQ(outcome(at(server, "user@localhost"), options), "400 bad_url");
  EXPECT_THAT(server.requests(), IsEmpty());
}

TEST_F(UrlFetch, OnlyPortsThatAreAllowedAreAsked) {
  RawTestServer server(always(answer_of(200, "picture")));
  auto options = reaching(server);
  EXPECT_EQ(outcome(at(server), options), "fetched");
  options.ports = UrlFetchOptions{}.ports;
  EXPECT_EQ(outcome(at(server), options), "400 bad_url");
  EXPECT_THAT(server.requests(), SizeIs(1));
}

TEST_F(UrlFetch, APrivateAddressIsNotConnectedTo) {
  RawTestServer hidden(always(answer_of(200, "secret")), "127.0.0.2");
  auto options = reaching(hidden);
  EXPECT_EQ(outcome(at(hidden, "127.0.0.2"), options), "400 forbidden_address");
  EXPECT_THAT(hidden.requests(), IsEmpty());
  options.allowed = [](const sockaddr&) { return true; };
  EXPECT_EQ(outcome(at(hidden, "127.0.0.2"), options), "fetched");  // it would have answered
}

TEST_F(UrlFetch, ByDefaultThisMachineIsNotReachedByAnyOfItsNames) {
  RawTestServer server(always(answer_of(200, "secret")));
  UrlFetchOptions options;
  options.ports = {server.port()};
  for (const char* host : {"127.0.0.1", "localhost", "LOCALHOST", "sub.localhost", "0.0.0.0", "[::1]", "[::]",
                           "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:0001]", "169.254.169.254",
                           "10.0.0.1", "[fe80::1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]"}) {
    EXPECT_EQ(outcome(at(server, host), options), "400 forbidden_address") << host;
  }
  // Digits of another script, which become those of ASCII only on the way to DNS.
  EXPECT_NE(outcome(at(server, "\uFF11\uFF12\uFF17.\uFF10.\uFF10.\uFF11"), options), "fetched");
  EXPECT_THAT(server.requests(), IsEmpty());
}

TEST_F(UrlFetch, AddressesInOddNotationsAreRefused) {
  RawTestServer server(always(answer_of(200, "picture")));
  auto options = reaching(server);
  for (const char* host : {"2130706433",  "0177.0.0.1",       "0x7f000001",      "0x7f.1",
                           "127.1",       "127.0.1",          "0x7f.0.0.1",      "127.0.0.01",
                           "0",           "017700000001",     "127.0.0.1.",      "127.1.",
                           "2130706433.", "127.0.0.1..",      "%31%32%37.0.0.1", "127.0.0.%31",
                           "256.0.0.1",   "1.2.3.4.5",        "127.0.0.0x1",     "99999999999",
                           "example.1",   "example.0x7",      "localhost.",      "example.com.",
                           "[::1%25lo]",  "[fe80::1%25eth0]", "@127.0.0.1"}) {
    EXPECT_EQ(outcome(at(server, host), options), "400 bad_url") << host;
  }
  // What looks right elsewhere in the URL does not count.
  EXPECT_EQ(outcome(at(server, "2130706433", "/?//127.0.0.1/"), options), "400 bad_url");
  EXPECT_EQ(outcome(at(server, "127.1", "/http://127.0.0.1/"), options), "400 bad_url");
  EXPECT_THAT(server.requests(), IsEmpty());
  EXPECT_EQ(outcome(at(server, "127.0.0.1", "/a//b?c=2130706433"), options), "fetched");
}

TEST_F(UrlFetch, RedirectsAreFollowedAsFarAsTheyAreAllowed) {
  RawTestServer server([](const std::string& request, const RawConnection& connection) {
    if (request.starts_with("GET /picture ")) connection.send(redirect_to("/second?x=//y"));
    if (request.starts_with("GET /second?x=//y ")) connection.send(redirect_to("third place"));
    if (request.starts_with("GET /third%20place ")) connection.send(answer_of(200, "picture"));
  });
  auto options = reaching(server);
  EXPECT_EQ(fetch_url(at(server), options), "picture");
  options.max_requests = 2;
  EXPECT_EQ(outcome(at(server), options), "502 fetch_failed");
}

TEST_F(UrlFetch, ARedirectToAPrivateAddressIsRefused) {
  RawTestServer hidden(always(answer_of(200, "secret")), "127.0.0.2");
  const auto secret = at(hidden, "127.0.0.2");
  RawTestServer server(always(redirect_to(secret)));
  auto options = reaching(server);
  options.ports.push_back(hidden.port());
  EXPECT_EQ(outcome(at(server), options), "400 forbidden_address");
  EXPECT_THAT(hidden.requests(), IsEmpty());
  options.allowed = [](const sockaddr&) { return true; };
  EXPECT_EQ(fetch_url(at(server), options), "secret");
}

TEST_F(UrlFetch, ARedirectIsCheckedLikeTheUrlItself) {
  EXPECT_EQ(redirected_to("file:///etc/passwd"), "400 bad_url");
  EXPECT_EQ(redirected_to("ftp://127.0.0.1/"), "400 bad_url");
  EXPECT_EQ(redirected_to("gopher://127.0.0.1:80/_x"), "400 bad_url");
  EXPECT_EQ(redirected_to("http://127.0.0.1:1/"), "400 bad_url");
  EXPECT_EQ(redirected_to("http://user:secret@127.0.0.1/"), "400 bad_url");
  EXPECT_EQ(redirected_to("http://0x7f000002/"), "400 bad_url");
  EXPECT_EQ(redirected_to("//0177.0.0.2/"), "400 bad_url");
}

TEST_F(UrlFetch, ARedirectLoopEnds) {
  RawTestServer server(always(redirect_to("/picture")));
  EXPECT_EQ(outcome(at(server), reaching(server)), "502 fetch_failed");
  EXPECT_THAT(server.requests(), SizeIs(5));
}

TEST_F(UrlFetch, TheBodyOfARedirectIsNotReadThrough) {
  RawTestServer server([](const std::string& request, const RawConnection& connection) {
    if (request.starts_with("GET /picture ")) {
      connection.send("HTTP/1.1 302 Found\r\nLocation: /other\r\n\r\n");
      while (connection.send(std::string(1 << 16, 'x'))) continue;
    } else {
      connection.send(answer_of(200, "picture"));
    }
  });
  EXPECT_EQ(fetch_url(at(server), reaching(server)), "picture");
}

TEST_F(UrlFetch, ANameThatIsAnsweredDifferentlyTheNextTimeGainsNothing) {
  RawTestServer hidden(always(answer_of(200, "secret")), "127.0.0.2");
  RawTestServer server(always(redirect_to(at(hidden, "rebind.test"))));
  auto options = reaching(server);
  options.ports.push_back(hidden.port());
  const auto names = [&](const std::string& first, const std::string& second) {
    return [&, first, second](int request) {
      const auto& address = request == 0 ? first : second;
      return std::vector<std::string>{"rebind.test:" + std::to_string(server.port()) + ":" + address,
                                      "rebind.test:" + std::to_string(hidden.port()) + ":" + address};
    };
  };
  options.names = names("127.0.0.1", "127.0.0.2");
  EXPECT_EQ(outcome(at(server, "rebind.test"), options), "400 forbidden_address");
  EXPECT_THAT(server.requests(), SizeIs(1));
  EXPECT_THAT(hidden.requests(), IsEmpty());
}

TEST_F(UrlFetch, OnePrivateAddressAmongSeveralEndsItAll) {
  RawTestServer server(always(answer_of(200, "picture")));
  auto options = reaching(server);
  const auto name = "mixed.test:" + std::to_string(server.port()) + ":";
  options.names = [&](int) { return std::vector<std::string>{name + "127.0.0.2,127.0.0.1"}; };
  EXPECT_EQ(outcome(at(server, "mixed.test"), options), "400 forbidden_address");
  EXPECT_THAT(server.requests(), IsEmpty());
  options.names = [&](int) { return std::vector<std::string>{name + "127.0.0.1"}; };
  EXPECT_EQ(outcome(at(server, "mixed.test"), options), "fetched");
}

TEST_F(UrlFetch, AMessageDoesNotTellWhatANameStandsFor) {
  UrlFetchOptions options;
  options.names = [](int) { return std::vector<std::string>{"inside.test:80:10.11.12.13"}; };
  try {
    fetch_url("http://inside.test/secret-path", options);
    FAIL();
  } catch (const ApiError& error) {
    EXPECT_THAT(error.what(), HasSubstr("inside.test"));
    EXPECT_THAT(error.what(), Not(HasSubstr("10.11")));
  }
}

TEST_F(UrlFetch, WhatIsTooLargeIsRefusedHoweverItIsSent) {
  const std::string chunks =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n" + std::string(100, 'x') + "\r\n1\r\ny\r\n0\r\n\r\n";
  const std::string until_closed = "HTTP/1.1 200 OK\r\n\r\n" + std::string(101, 'x');
  for (const auto& answer : {answer_of(200, std::string(101, 'x')), chunks, until_closed}) {
    RawTestServer server(always(answer));
    auto options = reaching(server);
    options.max_bytes = 100;
    EXPECT_EQ(outcome(at(server), options), "413 too_large") << answer.substr(0, 60);
    options.max_bytes = 101;
    EXPECT_EQ(fetch_url(at(server), options).size(), 101U) << answer.substr(0, 60);
  }
}

TEST_F(UrlFetch, WhatIsAnnouncedAsTooLargeIsNotWaitedFor) {
  RawTestServer server([](const std::string&, const RawConnection& connection) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n");
    connection.wait(20'000);
  });
  auto options = reaching(server);
  options.timeout = 10s;
  EXPECT_EQ(outcome(at(server), options), "413 too_large");
}

TEST_F(UrlFetch, AServerThatSendsForeverIsLeft) {
  RawTestServer server([](const std::string&, const RawConnection& connection) {
    connection.send("HTTP/1.1 200 OK\r\n\r\n");
    while (connection.send(std::string(1 << 16, 'x'))) continue;
  });
  auto options = reaching(server);
  options.max_bytes = 1 << 20;
  EXPECT_EQ(outcome(at(server), options), "413 too_large");
}

TEST_F(UrlFetch, SlowServersAreLeftInTime) {
  const auto silent = [](const std::string&, const RawConnection& connection) { connection.wait(20'000); };
  const auto dripping = [](const std::string&, const RawConnection& connection) {
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
    while (connection.send("x") && connection.wait(40)) continue;
  };
  const auto dripping_headers = [](const std::string&, const RawConnection& connection) {
    connection.send("HTTP/1.1 200 OK\r\n");
    while (connection.send("X: y\r\n") && connection.wait(40)) continue;
  };
  for (const RawTestServer::Handler& handler :
       {RawTestServer::Handler(silent), RawTestServer::Handler(dripping), RawTestServer::Handler(dripping_headers)}) {
    RawTestServer server(handler);
    auto options = reaching(server);
    options.timeout = 300ms;
    EXPECT_EQ(outcome(at(server), options), "504 timeout");
  }
}

TEST_F(UrlFetch, TheTimeLimitIsForAllRedirectsTogether) {
  RawTestServer server([](const std::string&, const RawConnection& connection) {
    connection.wait(250);
    connection.send(redirect_to("/again"));
  });
  auto options = reaching(server);
  options.timeout = 600ms;
  options.max_requests = 100;
  EXPECT_EQ(outcome(at(server), options), "504 timeout");
  EXPECT_LT(server.requests().size(), 5U);
}

TEST_F(UrlFetch, ItIsCancelled) {
  RawTestServer server([](const std::string&, const RawConnection& connection) { connection.wait(20'000); });
  auto options = reaching(server);
  options.cancelled = [] { return true; };
  EXPECT_EQ(outcome(at(server), options), "499 cancelled");
}

TEST_F(UrlFetch, ItsBytesAreCountedAsTheyCome) {
  const std::string body(100'000, 'a');
  RawTestServer server(always(answer_of(200, body)));
  auto options = reaching(server);
  std::size_t taken = 0;
  options.room = [&](std::size_t bytes) { return (taken += bytes) <= 50'000; };
  EXPECT_EQ(outcome(at(server), options), "503 overloaded");
  taken = 0;
  options.room = [&](std::size_t bytes) { return (taken += bytes) <= body.size(); };
  EXPECT_EQ(fetch_url(at(server), options), body);
  EXPECT_EQ(taken, body.size());
}

TEST_F(UrlFetch, NothingCompressedIsUnpacked) {
  // 20 bytes that would be a mebibyte; whether they are a sound gzip file plays no part.
  RawTestServer gzip(always(answer_of(200, "\x1f\x8b\x08 and so on", "Content-Encoding: gzip\r\n")));
  EXPECT_EQ(outcome(at(gzip), reaching(gzip)), "502 fetch_failed");
  RawTestServer plain(always(answer_of(200, "\x1f\x8b\x08 and so on", "Content-Encoding: identity\r\n")));
  EXPECT_EQ(fetch_url(at(plain), reaching(plain)), "\x1f\x8b\x08 and so on");
}

TEST_F(UrlFetch, AFloodOfHeadersIsLeft) {
  RawTestServer many([](const std::string&, const RawConnection& connection) {
    connection.send("HTTP/1.1 200 OK\r\n");
    while (connection.send("X-Nothing: " + std::string(1000, 'x') + "\r\n")) continue;
  });
  EXPECT_EQ(outcome(at(many), reaching(many)), "502 fetch_failed");
  RawTestServer informing([](const std::string&, const RawConnection& connection) {
    while (connection.send("HTTP/1.1 100 Continue\r\n\r\n")) continue;
  });
  EXPECT_EQ(outcome(at(informing), reaching(informing)), "502 fetch_failed");
  std::string lines;
  while (lines.size() < 70'000) lines += "X-Nothing: " + std::string(1000, 'x') + "\r\n";
  RawTestServer more(always(answer_of(200, "picture", lines)));
  EXPECT_EQ(outcome(at(more), reaching(more)), "502 fetch_failed");
  RawTestServer some(always(answer_of(200, "picture", "X-Nothing: " + std::string(30'000, 'x') + "\r\n")));
  EXPECT_EQ(outcome(at(some), reaching(some)), "fetched");
}

TEST_F(UrlFetch, OtherAnswersAreFailures) {
  for (const auto& answer :
       {answer_of(404, "none"), answer_of(500, ""), answer_of(304, ""), answer_of(302, "no Location"),
        answer_of(200, ""), std::string("garbage"), std::string("picture, as HTTP/0.9 had it\n"), std::string(),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort")}) {
    RawTestServer server(always(answer));
    EXPECT_EQ(outcome(at(server), reaching(server)), "502 fetch_failed") << answer;
  }
}

TEST_F(UrlFetch, NobodyListening) {
  int port = 0;
  {
    const RawTestServer server(always(""));
    port = server.port();
  }
  UrlFetchOptions options;
  options.allowed = is_first_loopback;
  options.ports = {port};
  EXPECT_EQ(outcome("http://127.0.0.1:" + std::to_string(port) + "/", options), "502 fetch_failed");
}

TEST_F(UrlFetch, NoProxyOfTheEnvironmentIsUsed) {
  RawTestServer proxy(always(answer_of(200, "from the proxy")));
  RawTestServer server(always(answer_of(200, "picture")));
  const auto address = at(proxy, "127.0.0.1", "");
  for (const char* name : {"http_proxy", "all_proxy", "ALL_PROXY"}) ::setenv(name, address.c_str(), 1);
  const auto fetched = fetch_url(at(server), reaching(server));
  for (const char* name : {"http_proxy", "all_proxy", "ALL_PROXY"}) ::unsetenv(name);
  EXPECT_EQ(fetched, "picture");
  EXPECT_THAT(proxy.requests(), IsEmpty());
}

TEST_F(UrlFetch, CookiesAreNotCarriedOn) {
  RawTestServer server([](const std::string& request, const RawConnection& connection) {
    if (request.starts_with("GET /picture ")) {
      connection.send(answer_of(302, "", "Set-Cookie: a=b\r\nLocation: /other\r\n"));
    } else {
      connection.send(answer_of(200, "picture"));
    }
  });
  EXPECT_EQ(outcome(at(server), reaching(server)), "fetched");
  ASSERT_THAT(server.requests(), SizeIs(2));
  EXPECT_THAT(server.requests().back(), Not(HasSubstr("Cookie")));
}

}  // namespace
}  // namespace peel::server
