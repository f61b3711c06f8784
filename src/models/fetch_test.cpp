#include "models/fetch.hpp"

#include <gmock/gmock.h>

#include <future>

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

class Fetch : public test::DownloadTest {};

TEST_F(Fetch, AMissingModelIsFetchedCheckedAndRemembered) {
  HttpTestServer server([&](const HttpRequest& request) { return file_reply(request, content_); });
  std::uint64_t last = 0;
  std::uint64_t total = 0;
  options_.control.progress = [&](const Progress& progress) {
    EXPECT_EQ(progress.what, "tiny");
    EXPECT_GT(progress.done, last);
    last = progress.done;
    total = progress.total;
  };
  EXPECT_EQ(ensure(model(server)), store_folder() / "tiny.onnx");
  expect_installed();
  EXPECT_EQ(last, content_.size());
  EXPECT_EQ(total, content_.size());
  ASSERT_EQ(server.requests().size(), 1U);
  EXPECT_EQ(server.requests()[0].path, "/release/tiny.onnx");
  EXPECT_THAT(server.requests()[0].headers.at("user-agent"), HasSubstr("peel/"));

  ensure(model(server));
  EXPECT_EQ(store().state(model(server)), ModelState::verified);
  EXPECT_EQ(server.requests().size(), 1U);
  EXPECT_EQ(logged("hashing"), 0U) << "the check made after the download is not remembered";
}

TEST_F(Fetch, AWrongContinuedPartIsFetchedAfresh) {
  HttpTestServer server([&](const HttpRequest& request) { return file_reply(request, content_); });
  write_text(part(), test::noise_text(100'000, 9));
  write_text(store_folder() / ".peel" / "tiny.onnx.part.json",
             R"({"validator": "\"one\"", "url": ")" + server.address() + R"(/release/tiny.onnx"})");
  ensure(model(server));
  expect_installed();
  EXPECT_EQ(server.requests().size(), 2U);
}

TEST_F(Fetch, AWrongHashIsNotInstalled) {
  HttpTestServer server([](const HttpRequest&) {
    return HttpReply{200, {{"Content-Type", "text/html"}}, "<html>sign in to this network</html>"};
  });
  const auto error = error_of([&] { ensure(model(server)); });
  EXPECT_EQ(error.code(), ErrorCode::model);
  EXPECT_THAT(error.message(), HasSubstr("wrong checksum (36 bytes of text/html)"));
  EXPECT_FALSE(exists(store_folder() / "tiny.onnx"));
  EXPECT_FALSE(exists(part()));
}

TEST_F(Fetch, AFileWithoutAPublishedHashMustBeginAsOnnxDoes) {
  const std::string network = "\x08\x07 and so on";
  std::atomic<bool> page = true;
  HttpTestServer server([&](const HttpRequest&) {
    return page ? HttpReply{200, {{"Content-Type", "text/html"}}, "<html>sign in to this network</html>"}
                : HttpReply{200, {}, network};
  });
  ModelInfo unchecked = model(server);
  unchecked.sources[0].md5.clear();
  EXPECT_THAT(error_of([&] { ensure(unchecked); }).message(), HasSubstr("is no ONNX file (36 bytes of text/html)"));
  EXPECT_FALSE(exists(store_folder() / "tiny.onnx"));
  page = false;
  ensure(unchecked);
  EXPECT_EQ(read_text(store_folder() / "tiny.onnx"), network);
  EXPECT_EQ(logged("no published checksum"), 1U);
  EXPECT_EQ(store().state(unchecked), ModelState::unverified);
}

TEST_F(Fetch, EveryFileOfAModelIsFetched) {
  HttpTestServer server([&](const HttpRequest& request) { return HttpReply{200, {}, "\x08" + request.path}; });
  ModelInfo two = model(server, "/one.onnx");
  two.file = "one.onnx";
  two.sources[0].md5.clear();
  two.sources[0].file = "one.onnx";
  two.sources.push_back(two.sources[0]);
  two.sources[1].location = server.address() + "/two.onnx";
  two.sources[1].file = "two.onnx";
  EXPECT_EQ(store().ensure(two, options_), store_folder() / "one.onnx");
  EXPECT_EQ(read_text(store_folder() / "one.onnx"), "\x08/one.onnx");
  EXPECT_EQ(read_text(store_folder() / "two.onnx"), "\x08/two.onnx");
  std::filesystem::remove(store_folder() / "one.onnx");
  store().ensure(two, options_);
  EXPECT_EQ(server.requests().size(), 3U) << "what is there is not fetched again";
}

TEST_F(Fetch, WithChecksumsDisabledAnyFileIsTaken) {
  set("MODEL_CHECKSUM_DISABLED", "1");
  HttpTestServer server([](const HttpRequest&) { return HttpReply{200, {}, "another edition"}; });
  ensure(model(server));
  EXPECT_EQ(read_text(store_folder() / "tiny.onnx"), "another edition");
}

TEST_F(Fetch, ADamagedModelIsReplacedOnlyByAGoodOne) {
  write_text(store_folder() / "tiny.onnx", "damaged");
  std::atomic<bool> broken = true;
  HttpTestServer server([&](const HttpRequest& request) {
    return broken ? HttpReply{404, {}, {}} : file_reply(request, content_);
  });
  EXPECT_THAT(error_of([&] { ensure(model(server)); }).hint(), HasSubstr("MODEL_CHECKSUM_DISABLED=1"));
  EXPECT_EQ(read_text(store_folder() / "tiny.onnx"), "damaged");
  broken = false;
  ensure(model(server));
  expect_installed();
  EXPECT_EQ(logged("damaged or another version"), 2U);
}

TEST_F(Fetch, AMirrorReplacesWhatStandsBeforeTheFileName) {
  HttpTestServer server([&](const HttpRequest& request) { return file_reply(request, content_); });
  options_.mirror = server.address() + "/mirror";
  ensure(tiny_model(content_, "https://peel.invalid/releases/download/v0.0.0/Tiny-epoch_1.onnx"));
  expect_installed();
  EXPECT_EQ(server.requests().at(0).path, "/mirror/Tiny-epoch_1.onnx");
}

TEST_F(Fetch, WhereTheFirstModelCannotBeHadTheSecondIsTaken) {
  // Any file is right, as the real ones cannot be here.
  set("MODEL_CHECKSUM_DISABLED", "1");
  set("npm_config_registry", "http://127.0.0.1:1");
  const std::string network = std::string(1, char{8}) + content_;
  bool reachable = true;
  HttpTestServer server([&](const HttpRequest& request) {
    return reachable && request.path == "/isnet-general-use.onnx" ? file_reply(request, network)
                                                                  : HttpReply{404, {}, {}};
  });
  options_.mirror = server.address();
  EXPECT_EQ(ensure_default_model(store(), options_).name, "isnet-general-use");
  EXPECT_EQ(read_text(store_folder() / "isnet-general-use.onnx"), network);
  EXPECT_EQ(logged("isnet-general-use is taken instead"), 1U);
  std::filesystem::remove_all(store_folder());
  reachable = false;
  const auto neither = error_of([&] { ensure_default_model(store(), options_); });
  EXPECT_THAT(neither.message(), HasSubstr("silueta cannot be fetched: "));
  EXPECT_THAT(neither.message(), HasSubstr("isnet-general-use cannot be fetched: "));
  options_.offline = true;
  EXPECT_THAT(error_of([&] { ensure_default_model(store(), options_); }).message(),
              HasSubstr("silueta: not installed"));
}

TEST_F(Fetch, TheNextSourceIsTriedAndEveryReasonTold) {
  HttpTestServer server([&](const HttpRequest& request) {
    return request.path == "/good.onnx" ? file_reply(request, content_) : HttpReply{403, {}, {}};
  });
  auto wanted = model(server, "/bad.onnx");
  wanted.sources.push_back(wanted.sources[0]);
  wanted.sources[1].location = server.address() + "/worse.onnx";
  const auto error = error_of([&] { ensure(wanted); });
  EXPECT_THAT(error.message(), HasSubstr("/bad.onnx: the server answered HTTP 403; "));
  EXPECT_THAT(error.message(), HasSubstr("/worse.onnx: the server answered HTTP 403"));
  wanted.sources[1].location = server.address() + "/good.onnx";
  ensure(wanted);
  expect_installed();
}

TEST_F(Fetch, TwoAtOnceFetchOnce) {
  HttpTestServer server([&](const HttpRequest& request) {
    // Held until the second has said that it waits.
    test::comes_about([&] { return logged("waiting") > 0; });
    return file_reply(request, content_);
  });
  auto first = std::async(std::launch::async, [&] { return ensure(model(server)); });
  auto second = std::async(std::launch::async, [&] { return ensure(model(server)); });
  EXPECT_EQ(first.get(), second.get());
  expect_installed();
  EXPECT_EQ(server.requests().size(), 1U);
  EXPECT_EQ(logged("another process is fetching it; waiting"), 1U);
}

TEST_F(Fetch, AStoreThatCannotBeWrittenIsAnOutputError) {
  HttpTestServer server([&](const HttpRequest& request) { return file_reply(request, content_); });
  // A file where the folder should be: in anyone's way, also the administrator's.
  write_text(store_folder(), "");
  const auto error = error_of([&] { ensure(model(server)); });
  EXPECT_EQ(error.code(), ErrorCode::output);
  EXPECT_THAT(error.message(), HasSubstr(store_folder().string()));
  EXPECT_THAT(error.hint(), HasSubstr("U2NET_HOME"));
  EXPECT_TRUE(server.requests().empty());
}

}  // namespace
}  // namespace peel
