// What a server does when something around it is not as it should be: models, memory, proxies, clients in a hurry.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "options/client_json.hpp"
#include "support/network_gate.hpp"
#include "support/test_server.hpp"
#include "support/text_file.hpp"

namespace peel::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

int ready(const TestServer& server) {
  const auto answer = server.client().Get("/readyz");
  return answer ? answer->status : 0;
}

TEST(Readiness, AModelThatIsMissingIsNotReady) {
  TemporaryFolder folder;
  const std::string file = TestServer::add_model(folder, "late");
  std::filesystem::rename(file, folder / "away");
  const TestServer server([&](ServerSettings& settings) { settings.models = {file}; });
  EXPECT_EQ(ready(server), 503);
  std::filesystem::rename(folder / "away", file);
  EXPECT_EQ(ready(server), 200);
}

TEST(Readiness, AModelThatIsDamagedIsNotReadyUntilItsFileIsAnother) {
  TemporaryFolder folder;
  const auto file = folder / "broken.onnx";
  write_text(file, "this is no model");
  const TestServer server([&](ServerSettings& settings) { settings.models = {file.string()}; });
  const auto answer = server.client().Post("/api/remove", form_of(disc_bytes()));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(ready(server), 503);
  TestServer::add_model(folder, "broken");
  std::filesystem::last_write_time(file, std::filesystem::last_write_time(file) + 10s);
  EXPECT_EQ(ready(server), 200);
  EXPECT_TRUE(server.answers());
  EXPECT_EQ(ready(server), 200);
}

TEST(Robust, AModelWhoseFileIsCutWhileItRunsGoesOn) {
  NetworkGate gate;
  TemporaryFolder folder;
  const std::string file = TestServer::add_model(folder, "cut");
  const TestServer server([&](ServerSettings& settings) {
    settings.models = {file};
    settings.together = 2;
    settings.timeout = 1h;
  });
  ASSERT_TRUE(server.answers());
  std::filesystem::resize_file(file, 10);
  NetworkGate::close();
  std::vector<std::future<int>> answers;
  for (int i = 0; i < 3; ++i) {
    answers.push_back(std::async(std::launch::async, [&] {
      const auto answer = server.client().Post("/api/remove", form_of(disc_bytes()));
      return answer ? answer->status : 0;
    }));
  }
  // With the one that asks.
  EXPECT_TRUE(server.metric_reaches("peel_http_connections", 4));
  EXPECT_TRUE(comes_about([] { return NetworkGate::held() >= 1; }));
  NetworkGate::open();
  for (auto& answer : answers) EXPECT_EQ(answer.get(), 200);
}

TEST(Robust, MemoryThatIsNotThereIs503) {
  NetworkGate gate;
  const TestServer server;
  ASSERT_TRUE(server.answers());
  NetworkGate::fail("Failed to allocate memory for requested buffer of size 1073741824");
  const auto answer = server.client().Post("/api/remove", form_of(disc_bytes()));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(json::parse(answer->body)["code"], "out_of_memory") << answer->body;
  EXPECT_TRUE(answer->has_header("Retry-After"));
}

TEST(Robust, AClientThatClosesItsHalfGetsItsAnswer) {
  NetworkGate gate;
  const TestServer server([](ServerSettings& settings) { settings.timeout = 1h; });
  ASSERT_TRUE(server.answers());
  NetworkGate::close();
  RawClient client(server.port());
  client.send(remove_request(disc_bytes(), "X-Request-Id: half\r\n"));
  client.half_close();
  // It is asked whether it is gone, and is not.
  EXPECT_EQ(status_of(client.read_answer()), 102);
  NetworkGate::open();
  EXPECT_EQ(status_of(client.read_answer()), 200);
}

TEST(Robust, AKeyIsAskedForBeforeTheBody) {
  TemporaryFolder folder;
  write_text(folder / "keys", "a = key-0123456789\n");
  const TestServer server([&](ServerSettings& settings) { settings.api_keys_file = (folder / "keys").string(); });
  const auto first_answer = [&](const std::string& path, const std::string& field) {
    RawClient client(server.port());
    client.send("POST " + path + " HTTP/1.1\r\nHost: h\r\nContent-Type: image/png\r\nExpect: 100-continue\r\n" + field +
                "Content-Length: 1000\r\n\r\n");
    return client.read_answer();
  };
  const std::string refused = first_answer("/api/remove", "");
  EXPECT_EQ(status_of(refused), 401);
  EXPECT_EQ(json::parse(body_of(refused), nullptr, false)["code"], "unauthorized") << refused;
  EXPECT_EQ(status_of(first_answer("/v1.0/removebg", "X-Api-Key: wrong-0123456789\r\n")), 403);
  EXPECT_EQ(status_of(first_answer("/api/remove", "X-Api-Key: key-0123456789\r\n")), 100);
  EXPECT_EQ(status_of(first_answer("/api/remove", "Authorization: bEARER key-0123456789\r\n")), 100);
}

TEST(Robust, KeysAreReadAnewAndABrokenFileChangesNothing) {
  TemporaryFolder folder;
  write_text(folder / "keys", "a = key-0123456789\n");
  TestServer server([&](ServerSettings& settings) { settings.api_keys_file = (folder / "keys").string(); });
  const auto status = [&](const std::string& key) {
    return server.client().Post("/api/remove", {{"X-Api-Key", key}}, form_of(disc_bytes()))->status;
  };
  EXPECT_EQ(status("key-0123456789"), 200);
  write_text(folder / "keys", "a = key-9876543210\n");
  server->reload();
  EXPECT_EQ(status("key-0123456789"), 401);
  EXPECT_EQ(status("key-9876543210"), 200);
  write_text(folder / "keys", "");
  EXPECT_ANY_THROW(server->reload());
  EXPECT_EQ(status("key-9876543210"), 200);
}

TEST(Robust, PathsBelowRemoveBgsAreToldAsAllOthers) {
  const TestServer server;
  EXPECT_EQ(server.client().Get("/v1.0/nope")->status, 404);
  const auto wrong = server.client().Get("/v1.0/removebg");
  EXPECT_EQ(wrong->status, 405);
  EXPECT_EQ(json::parse(wrong->body)["code"], "method_not_allowed");
}

TEST(Robust, TypesAreReadInAnyCase) {
  const TestServer server;
  const auto answer = server.client().Post("/api/remove", disc_bytes(64, 48, FileFormat::jpeg), "IMAGE/JPEG");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200) << answer->body;
}

TEST(Robust, ABodyOfJsonCountsForWhatItTakes) {
  const TestServer server([](ServerSettings& settings) { settings.max_bytes = settings.upload_bytes = 1 << 20; });
  const auto status = [&](std::size_t bytes) {
    const std::string body = R"({"image_file_b64": ")" + std::string(bytes, 'A') + R"("})";
    const auto answer = server.client().Post("/v1.0/removebg", body, "application/json");
    return answer ? answer->status : 0;
  };
  EXPECT_EQ(status(400'000), 400) << "zeros are no picture";
  EXPECT_EQ(status(700'000), 429) << "as that API says it";
  EXPECT_TRUE(server.metric_reaches("peel_in_flight_bytes", 0));
}

TEST(Robust, OfANameThatComesTwiceInJsonTheFirstCounts) {
  const json object =
      options::parse_client_json(R"({"a": 1, "b": {"a": 2, "a": {"c": [{"d": 1}]}}, "a": 4, "b": 5, "e": 6})");
  EXPECT_EQ(object, json({{"a", 1}, {"b", {{"a", 2}}}, {"e", 6}}));
}

TEST(Robust, TheLogIsPlainAscii) {
  const TestServer server;
  EXPECT_EQ(server.client().Get("/a%C2%9B%7F%E2%80%AEb")->status, 404);
  const std::string line = server.log().back();
  EXPECT_EQ(json::parse(line)["path"],
            "/a\xc2\x9b\x7f\xe2\x80\xae"
            "b");
  for (const char c : line) EXPECT_TRUE(c >= ' ' && c < 127) << line;
}

TEST(Robust, AProxyMayWriteAPort) {
  const TestServer server([](ServerSettings& settings) { settings.behind_proxy = true; });
  const auto client_of = [&](const std::string& forwarded) {
    server.client().Get("/healthz", {{"X-Forwarded-For", forwarded}});
    return json::parse(server.log().back())["client"].get<std::string>();
  };
  EXPECT_EQ(client_of("10.1.2.3:4711"), "10.1.2.3");
  EXPECT_EQ(client_of("6.6.6.6, [2001:db8::1]:4711"), "2001:db8::/64");
  EXPECT_EQ(client_of("[2001:db8::1]"), "2001:db8::/64");
  EXPECT_EQ(client_of("2001:db8::1"), "2001:db8::/64");
  EXPECT_EQ(client_of("unknown:1"), "127.0.0.1");
}

}  // namespace
}  // namespace peel::test
