#include "models/download.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>

#include "support/download_test.hpp"

namespace peel {
namespace {

using std::filesystem::exists;
using test::error_of;
using test::file_reply;
using test::HttpReply;
using test::HttpRequest;
using test::HttpTestServer;
using test::read_text;
using test::write_text;
using ::testing::HasSubstr;

class Downloads : public test::DownloadTest {};

TEST_F(Downloads, ACutConnectionIsContinued) {
  std::atomic<int> call = 0;
  HttpTestServer server([&](const HttpRequest& request) {
    auto reply = file_reply(request, content_);
    if (++call <= 2) reply.cut_after = 100'000;
    return reply;
  });
  ensure(model(server));
  expect_installed();
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(range(requests[0]), "");
  EXPECT_EQ(range(requests[1]), "bytes=100000-");
  EXPECT_EQ(requests[1].headers.at("if-range"), "\"one\"");
  EXPECT_EQ(range(requests[2]), "bytes=200000-");
}

TEST_F(Downloads, AsLongAsThereIsProgressAttemptsDoNotRunOut) {
  HttpTestServer server([&](const HttpRequest& request) {
    auto reply = file_reply(request, content_);
    reply.cut_after = 40'000;
    return reply;
  });
  ensure(model(server));
  expect_installed();
  EXPECT_EQ(server.requests().size(), 8U);
}

TEST_F(Downloads, AnotherCallContinuesWhatTheFirstLeft) {
  std::atomic<bool> broken = true;
  HttpTestServer server([&](const HttpRequest& request) {
    auto reply = file_reply(request, content_);
    if (broken) reply = range(request).empty() ? reply : HttpReply{503, {}, {}};
    if (broken) reply.cut_after = 100'000;
    return reply;
  });
  const auto error = error_of([&] { ensure(model(server)); });
  EXPECT_THAT(error.message(), HasSubstr("HTTP 503"));
  EXPECT_EQ(read_text(part()).size(), 100'000U);
  broken = false;
  ensure(model(server));
  expect_installed();
  EXPECT_EQ(range(server.requests().back()), "bytes=100000-");
}

TEST_F(Downloads, APartOfAnotherAddressIsNotContinued) {
  write_text(part(), "left from elsewhere");
  write_text(store_folder() / ".peel" / "tiny.onnx.part.json",
             R"({"url": "http://elsewhere/tiny.onnx", "validator": ""})");
  HttpTestServer server([&](const HttpRequest& request) { return file_reply(request, content_); });
  ensure(model(server));
  expect_installed();
  EXPECT_EQ(range(server.requests()[0]), "");
}

TEST_F(Downloads, AServerWithoutRangesStartsAgain) {
  std::atomic<int> call = 0;
  HttpTestServer server([&](const HttpRequest& request) {
    auto reply = file_reply(request, content_, "", false);
    if (++call == 1) reply.cut_after = 100'000;
    return reply;
  });
  ensure(model(server));
  expect_installed();
  EXPECT_EQ(range(server.requests().at(1)), "bytes=100000-");
}

TEST_F(Downloads, AFileThatChangedMeanwhileStartsAgain) {
  std::atomic<int> call = 0;
  HttpTestServer server([&](const HttpRequest& request) {
    if (++call > 1) return file_reply(request, content_, "\"two\"");
    auto reply = file_reply(request, test::noise_text(200'000, 7), "\"one\"");
    reply.cut_after = 100'000;
    return reply;
  });
  ensure(model(server));
  expect_installed();
}

TEST_F(Downloads, AServerThatSendsAnotherRangeStartsAgain) {
  std::atomic<int> call = 0;
  HttpTestServer server([&](const HttpRequest& request) {
    auto reply = file_reply(request, content_);
    if (++call == 1) reply.cut_after = 100'000;
    if (call == 2) reply.headers["Content-Range"] = "bytes 0-199999/300000";
    return reply;
  });
  ensure(model(server));
  expect_installed();
  EXPECT_EQ(range(server.requests().at(2)), "");
}

TEST_F(Downloads, AWholePartIsNotFetchedAgain) {
  HttpTestServer server([&](const HttpRequest& request) { return file_reply(request, content_); });
  write_text(part(), content_);
  write_text(store_folder() / ".peel" / "tiny.onnx.part.json",
             R"({"validator": "\"one\"", "url": ")" + server.address() + R"(/release/tiny.onnx"})");
  ensure(model(server));
  expect_installed();
  EXPECT_EQ(server.requests().size(), 1U) << "the server's 416 says that all of it is here";
}

TEST_F(Downloads, NotFoundIsNotTriedAgain) {
  HttpTestServer server([](const HttpRequest&) { return HttpReply{404, {}, "<html>not here</html>"}; });
  const auto error = error_of([&] { ensure(model(server)); });
  EXPECT_EQ(error.code(), ErrorCode::model);
  EXPECT_EQ(error.message(),
            "tiny cannot be fetched: " + server.address() + "/release/tiny.onnx: the server answered HTTP 404");
  EXPECT_THAT(error.hint(), HasSubstr("copy the file to " + (store_folder() / "tiny.onnx").string()));
  EXPECT_THAT(error.hint(), HasSubstr("PEEL_MODEL_MIRROR"));
  EXPECT_THAT(error.hint(), HasSubstr("https_proxy"));
  EXPECT_EQ(server.requests().size(), 1U);
  EXPECT_FALSE(exists(part()));
}

TEST_F(Downloads, APassingFailureIsTriedAgainAFewTimes) {
  HttpTestServer server([](const HttpRequest&) { return HttpReply{500, {}, {}}; });
  EXPECT_THAT(error_of([&] { ensure(model(server)); }).message(), HasSubstr("HTTP 500"));
  EXPECT_EQ(server.requests().size(), 3U);
  EXPECT_EQ(logged("trying again"), 2U);
}

TEST_F(Downloads, MoreBytesThanExpectedEndTheDownload) {
  HttpTestServer server([&](const HttpRequest& request) { return file_reply(request, content_); });
  auto wanted = model(server);
  wanted.sources[0].bytes = 1000;
  EXPECT_THAT(error_of([&] { ensure(wanted); }).message(), HasSubstr("more than the 1000 bytes expected"));
}

TEST_F(Downloads, RedirectsAreFollowedToHttpOnly) {
  const auto secret = folder_ / "secret";
  write_text(secret, content_);
  HttpTestServer server([&](const HttpRequest& request) {
    if (request.path == "/release/tiny.onnx") return HttpReply{302, {{"Location", "/storage/1"}}, {}};
    if (request.path == "/to-a-file") return HttpReply{302, {{"Location", "file://" + secret.string()}}, {}};
    if (request.path == "/round") return HttpReply{302, {{"Location", "/round"}}, {}};
    return file_reply(request, content_);
  });
  EXPECT_THAT(error_of([&] { ensure(model(server, "/to-a-file")); }).message(), HasSubstr("file"));
  EXPECT_THAT(error_of([&] { ensure(model(server, "/round")); }).message(), HasSubstr("redirect"));
  ensure(model(server));
  expect_installed();
}

TEST_F(Downloads, AServerThatNeverAnswersIsGivenUp) {
  HttpTestServer server([](const HttpRequest&) {
    HttpReply reply;
    reply.silent = true;
    return reply;
  });
  limits_.stall = SHORT;
  EXPECT_EQ(error_of([&] { ensure(model(server)); }).code(), ErrorCode::model);
  EXPECT_TRUE(test::comes_about([&] { return server.requests().size() == 1; })) << "it was tried again";
}

TEST_F(Downloads, AServerThatStopsHalfwayIsAskedForTheRest) {
  std::atomic<int> call = 0;
  HttpTestServer server([&](const HttpRequest& request) {
    auto reply = file_reply(request, content_);
    if (++call == 1) {
      reply.cut_after = 100'000;
      reply.hang = true;
    }
    return reply;
  });
  limits_.stall = SHORT;
  ensure(model(server));
  expect_installed();
  EXPECT_EQ(range(server.requests().at(1)), "bytes=100000-");
}

TEST_F(Downloads, NoServerAndNoNameFailAtOnce) {
  std::string address;
  {
    address = HttpTestServer([](const HttpRequest&) { return HttpReply{}; }).address();
  }
  EXPECT_THAT(error_of([&] { ensure(tiny_model(content_, address + "/tiny.onnx")); }).message(), HasSubstr("connect"));
  // A label of 64 characters can be no name: the resolver says so without asking anyone.
  EXPECT_EQ(
      error_of([&] { ensure(tiny_model(content_, "http://" + std::string(64, 'x') + ".invalid/tiny.onnx")); }).code(),
      ErrorCode::model);
  EXPECT_EQ(logged("trying again"), 0U);
}

TEST_F(Downloads, AHostThatDoesNotAnswerIsGivenUpSoon) {
  // With its queue full, a listener answers no further connection, as a host behind a silent firewall.
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  ASSERT_EQ(::bind(listener, generic, size), 0);
  ASSERT_EQ(::listen(listener, 0), 0);
  ASSERT_EQ(::getsockname(listener, generic, &size), 0);
  std::vector<int> queued;
  for (int i = 0; i < 3; ++i) {
    queued.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    ::connect(queued.back(), generic, size);
  }
  const auto url = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/tiny.onnx";
  limits_.connect = SHORT;
  EXPECT_EQ(error_of([&] { ensure(tiny_model(content_, url)); }).code(), ErrorCode::model);
  EXPECT_EQ(logged("trying again"), 0U);
  for (const int connection : queued) ::close(connection);
  ::close(listener);
}

TEST_F(Downloads, TheProxyComesFromTheEnvironment) {
  HttpTestServer proxy([&](const HttpRequest& request) {
    if (request.path == "peel.invalid:443") return HttpReply{407, {}, {}};
    return file_reply(request, content_);
  });
  set("https_proxy", proxy.address().c_str());
  EXPECT_THAT(error_of([&] { ensure(tiny_model(content_, "https://peel.invalid/tiny.onnx")); }).message(),
              HasSubstr("https://peel.invalid/tiny.onnx: the proxy answered HTTP 407"));
  set("http_proxy", proxy.address().c_str());
  ensure(tiny_model(content_, "http://peel.invalid/tiny.onnx"));
  expect_installed();
  EXPECT_EQ(proxy.requests().back().path, "http://peel.invalid/tiny.onnx");
}

TEST_F(Downloads, TheExpectedSizeIsCheckedAgainstTheDisk) {
  HttpTestServer server([&](const HttpRequest& request) { return file_reply(request, content_); });
  Download request;
  request.url = server.address() + "/tiny.onnx";
  request.part = folder_ / "part";
  request.note = folder_ / "note";
  request.extra_space = std::uint64_t{1} << 62;
  EXPECT_EQ(error_of([&] { download(request); }).code(), ErrorCode::output);
  EXPECT_FALSE(exists(request.part));
}

TEST(ShownAddress, HasNoPassword) {
  EXPECT_EQ(shown_address("https://user:secret@host/a@b"), "https://host/a@b");
  EXPECT_EQ(shown_address("https://host/@scope/name"), "https://host/@scope/name");
  EXPECT_EQ(shown_address("user:secret@host"), "host");
}

}  // namespace
}  // namespace peel
