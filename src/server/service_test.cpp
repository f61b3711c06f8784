// What every request goes through, and what a server tells of itself.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "peel/error.hpp"
#include "server/page/page_files.hpp"
#include "support/test_server.hpp"
#include "support/text_file.hpp"

namespace peel::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

std::string header(const httplib::Result& answer, const char* name) {
  return answer ? answer->get_header_value(name) : "no answer";
}

int status(const httplib::Result& answer) {
  return answer ? answer->status : 0;
}

TEST(Service, TellsOfItsModels) {
  TestServer server([](ServerSettings& settings) {
    settings.max_bytes = 1234567;
    settings.queue = 9;
  });
  json answer = json::parse(server.client().Get("/api/models")->body);
  EXPECT_EQ(answer["default"], "subject");
  ASSERT_EQ(answer["models"].size(), 1u);
  EXPECT_EQ(answer["models"][0]["loaded"], false);
  EXPECT_EQ(answer["models"][0]["installed"], true);
  EXPECT_EQ(answer["limits"]["max_bytes"], 1234567);
  EXPECT_EQ(answer["limits"]["queue"], 9);
  EXPECT_EQ(answer["key_required"], false);
  EXPECT_THAT(answer.dump(), Not(HasSubstr(server.folder().path().string())));
  EXPECT_TRUE(server.answers());
  answer = json::parse(server.client().Get("/api/models")->body);
  EXPECT_EQ(answer["models"][0]["loaded"], true);
  EXPECT_EQ(answer["models"][0]["provider"], "cpu");
  ASSERT_NE(server->session(), nullptr);
  EXPECT_EQ(server->session()->provider, "cpu");
}

TEST(Service, OfModelsThatDoNotFitTogetherTheOneUsedLastStays) {
  TemporaryFolder folder;
  TestServer server([&](ServerSettings& settings) {
    settings.models.push_back(TestServer::add_model(folder, "other"));
    settings.model_bytes = 1;
  });
  const auto loaded = [&] {
    std::vector<std::string> names;
    const json answer = json::parse(server.client().Get("/api/models")->body);
    for (const json& model : answer["models"]) {
      if (model["loaded"] == true) names.push_back(model["name"]);
    }
    return names;
  };
  for (const std::string name : {"subject", "other", "other", "subject"}) {
    EXPECT_EQ(status(server.client().Post("/api/remove", form_of(disc_bytes(), {{"model", name}}))), 200);
    EXPECT_THAT(loaded(), testing::ElementsAre(name));
  }
}

TEST(Service, ANameMayStandForTheUsualModel) {
  TestServer server([](ServerSettings& settings) { settings.default_model_aliases = {"u2net", "silueta"}; });
  const auto answer = server.client().Post("/api/remove", form_of(disc_bytes(), {{"model", "u2net"}}));
  EXPECT_EQ(status(answer), 200);
  EXPECT_EQ(answer->get_header_value("X-Peel-Model"), "subject");
  EXPECT_EQ(status(server.client().Post("/api/remove", form_of(disc_bytes(), {{"model", "u2netp"}}))), 422);
}

TEST(Service, AModelThatCannotBeReadIsTold) {
  TemporaryFolder folder;
  write_text(folder / "broken.onnx", "this is no model");
  TestServer server([&](ServerSettings& settings) { settings.models.push_back((folder / "broken.onnx").string()); });
  const auto answer = server.client().Post("/api/remove", form_of(disc_bytes(), {{"model", "broken"}}));
  EXPECT_EQ(status(answer), 503);
  EXPECT_EQ(json::parse(answer->body)["code"], "no_model");
  EXPECT_THAT(answer->body, Not(HasSubstr(folder.path().string())));
  EXPECT_TRUE(server.answers());
}

TEST(Service, MetricsAreTextThatCountsUp) {
  TestServer server;
  EXPECT_TRUE(server.answers());
  const auto answer = server.client().Get("/metrics");
  EXPECT_THAT(header(answer, "Content-Type"), HasSubstr("text/plain; version=0.0.4"));
  // Name, labels, and a number.
  const std::regex sample(R"re([a-z_:]+(\{([a-z]+="[^"]*",?)*\})? ([-+0-9.e]+|\+Inf|NaN))re");
  std::istringstream lines(answer->body);
  int samples = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# HELP ") || line.starts_with("# TYPE ") || line.empty()) continue;
    EXPECT_TRUE(std::regex_match(line, sample)) << line;
    ++samples;
  }
  EXPECT_GT(samples, 30);
  const std::string counted = R"(peel_http_requests_total{method="POST",route="/api/remove",status="200"} )";
  EXPECT_THAT(answer->body, HasSubstr(counted + "1\n"));
  EXPECT_TRUE(server.answers());
  EXPECT_THAT(server.client().Get("/metrics")->body, HasSubstr(counted + "2\n"));
  EXPECT_THAT(answer->body, HasSubstr("peel_model_loads_total{model=\"subject\"} 1\n"));
  EXPECT_THAT(answer->body, HasSubstr("{engine=\"" + server->session()->engine + "\","));
}

TEST(Service, ItsDescriptionNamesEveryRoute) {
  const TestServer server;
  const json description = json::parse(server.client().Get("/openapi.json")->body);
  for (const auto& [path, methods] : description["paths"].items()) {
    for (const auto& [method, about] : methods.items()) {
      httplib::Client client = server.client();
      const auto answer = method == "get" ? client.Get(path.c_str()) : client.Post(path.c_str());
      EXPECT_NE(status(answer), 404) << method << " " << path;
      EXPECT_NE(status(answer), 405) << method << " " << path;
    }
  }
  for (const std::string path : {"/api/remove", "/api/scan", "/api/models", "/healthz", "/readyz", "/metrics",
                                 "/openapi.json", "/v1.0/removebg", "/v1.0/account"}) {
    EXPECT_TRUE(description["paths"].contains(path)) << path;
  }
}

TEST(Service, ThePageComesWithItsPolicyAndOnlyOnce) {
  const TestServer server;
  for (const server::PageFile& file : server::page_files()) {
    const std::string path(file.path);
    const auto answer = server.client().Get(path.c_str());
    ASSERT_EQ(status(answer), 200) << path;
    EXPECT_EQ(answer->body, file.content);
    EXPECT_THAT(header(answer, "Content-Security-Policy"), HasSubstr("default-src 'none'"));
    const auto again = server.client().Get(path.c_str(), {{"If-None-Match", header(answer, "ETag")}});
    EXPECT_EQ(status(again), 304);
    EXPECT_EQ(again->body, "");
    const auto head = server.client().Head(path.c_str());
    EXPECT_EQ(status(head), 200);
    EXPECT_EQ(header(head, "Content-Length"), std::to_string(file.content.size()));
  }
  TestServer without([](ServerSettings& settings) { settings.page = false; });
  EXPECT_EQ(status(without.client().Get("/")), 404);
  EXPECT_TRUE(without.answers());
}

TEST(Service, OtherPathsAndMethodsAreRefused) {
  const TestServer server;
  const auto nowhere = server.client().Get("/nowhere");
  EXPECT_EQ(status(nowhere), 404);
  EXPECT_EQ(json::parse(nowhere->body)["code"], "not_found");
  EXPECT_FALSE(header(nowhere, "X-Request-Id").empty());
  const auto wrong = server.client().Delete("/api/remove");
  EXPECT_EQ(status(wrong), 405);
  EXPECT_EQ(header(wrong, "Allow"), "GET, POST");
  EXPECT_EQ(header(server.client().Get("/api/scan"), "Allow"), "POST");
  EXPECT_EQ(status(server.client().Head("/api/scan")), 405);
  EXPECT_EQ(status(server.client().Head("/healthz")), 200);
}

TEST(Service, OtherOriginsAreAnsweredOnlyWhereThatIsAllowed) {
  const TestServer closed;
  const httplib::Headers from{{"Origin", "https://a.example"}};
  EXPECT_EQ(header(closed.client().Get("/healthz", from), "Access-Control-Allow-Origin"), "");
  EXPECT_EQ(status(closed.client().Options("/api/remove", from)), 405);
  TestServer open([](ServerSettings& settings) { settings.cors_origins = {"https://a.example"}; });
  const auto answer = open.client().Get("/healthz", from);
  EXPECT_EQ(header(answer, "Access-Control-Allow-Origin"), "https://a.example");
  EXPECT_THAT(header(answer, "Access-Control-Expose-Headers"), HasSubstr("X-Peel-Size"));
  const auto preflight = open.client().Options("/api/remove", from);
  EXPECT_EQ(status(preflight), 204);
  EXPECT_THAT(header(preflight, "Access-Control-Allow-Methods"), HasSubstr("POST"));
  EXPECT_THAT(header(preflight, "Access-Control-Allow-Headers"), HasSubstr("X-Api-Key"));
  for (const std::string other : {"https://b.example", "https://a.example.evil", "http://a.example", "null", "*"}) {
    EXPECT_EQ(header(open.client().Get("/healthz", {{"Origin", other}}), "Access-Control-Allow-Origin"), "") << other;
  }
  TestServer any([](ServerSettings& settings) { settings.cors_origins = {"*"}; });
  EXPECT_EQ(header(any.client().Get("/healthz", from), "Access-Control-Allow-Origin"), "*");
}

TEST(Service, KeysAreAskedForAndNeverTold) {
  TemporaryFolder folder;
  const std::string key = "k%41ey-0123456789";
  write_text(folder / "keys", "studio = " + key + "\nother = another-key-of-mine\n");
  TestServer server([&](ServerSettings& settings) { settings.api_keys_file = (folder / "keys").string(); });
  const auto ask = [&](const httplib::Headers& headers) {
    return server.client().Post("/api/remove", headers, form_of(disc_bytes()));
  };
  const auto none = ask({});
  EXPECT_EQ(status(none), 401);
  EXPECT_EQ(json::parse(none->body)["code"], "unauthorized");
  EXPECT_EQ(header(none, "WWW-Authenticate"), "Bearer");
  for (const std::string wrong : {"x", "k%41ey-012345678", "kAey-0123456789", "studio"}) {
    EXPECT_EQ(status(ask({{"X-Api-Key", wrong}})), 401) << wrong;
  }
  EXPECT_EQ(status(ask({{"Authorization", "Basic " + key}})), 401);
  EXPECT_EQ(status(ask({{"X-Api-Key", key}})), 200);
  EXPECT_EQ(status(ask({{"Authorization", "Bearer " + key}})), 200);
  EXPECT_EQ(status(server.client().Get("/healthz")), 200);
  EXPECT_EQ(status(server.client().Get("/metrics")), 401);
  EXPECT_EQ(json::parse(server.client().Get("/api/models")->body)["key_required"], true);
  const auto removebg = server.client().Get("/v1.0/account", {{"X-Api-Key", "wrong"}});
  EXPECT_EQ(status(removebg), 403);
  EXPECT_EQ(json::parse(removebg->body)["errors"][0]["code"], "auth_failed");
  std::string all;
  for (const std::string& line : server.log()) all += line + "\n";
  EXPECT_THAT(all, HasSubstr("\"client\":\"studio\""));
  EXPECT_THAT(all, Not(HasSubstr("0123456789")));
}

TEST(Service, ABodyWithoutAKeyIsNotReadAtAll) {
  TemporaryFolder folder;
  write_text(folder / "keys", "a = key-0123456789\n");
  TestServer server([&](ServerSettings& settings) { settings.api_keys_file = (folder / "keys").string(); });
  RawClient client(server.port());
  client.send("POST /api/remove HTTP/1.1\r\nHost: h\r\nContent-Type: image/png\r\nContent-Length: 1000000\r\n\r\n");
  EXPECT_EQ(status_of(client.read_answer()), 401);
  EXPECT_TRUE(client.is_closed());
}

TEST(Service, RequestsAreNamedAndLogged) {
  const TestServer server;
  EXPECT_EQ(header(server.client().Get("/healthz", {{"X-Request-Id", "my-id_1.2"}}), "X-Request-Id"), "my-id_1.2");
  std::set<std::string> made;
  const std::vector<std::string> wrong{
      "", "a b", "a\"b", "a%0d%0aSet-Cookie:x", "<script>", "\xe9", std::string(65, 'a')};
  for (const std::string& bad : wrong) {
    const std::string id = header(server.client().Get("/healthz", {{"X-Request-Id", bad}}), "X-Request-Id");
    EXPECT_NE(id, bad);
    EXPECT_TRUE(made.insert(id).second);
  }
  EXPECT_EQ(status(server.client().Get("/x%0a%22%ff?secret=1")), 404);
  EXPECT_TRUE(server.answers());
  const auto log = server.log();
  ASSERT_EQ(log.size(), 10u);
  for (const std::string& line : log) {
    const json object = json::parse(line, nullptr, false);
    ASSERT_TRUE(object.is_object()) << line;
    EXPECT_EQ(line.find('\n'), std::string::npos);
    for (const char* name : {"time", "id", "client", "method", "path", "status", "bytes_in", "bytes_out", "ms"}) {
      EXPECT_TRUE(object.contains(name)) << name << " in " << line;
    }
    EXPECT_EQ(object["client"], "127.0.0.1");
    EXPECT_THAT(line, Not(HasSubstr("secret")));
  }
  EXPECT_EQ(json::parse(log.front())["id"], "my-id_1.2");
  EXPECT_EQ(json::parse(log.back())["model"], "subject");
}

TEST(Service, BehindAProxyClientsAreKnownByWhatItSays) {
  const auto client_in_log = [](bool behind) {
    TestServer server([&](ServerSettings& settings) { settings.behind_proxy = behind; });
    server.client().Get("/healthz", {{"X-Forwarded-For", "6.6.6.6, 10.1.2.3"}});
    return json::parse(server.log().back())["client"].get<std::string>();
  };
  EXPECT_EQ(client_in_log(false), "127.0.0.1");
  EXPECT_EQ(client_in_log(true), "10.1.2.3");
}

TEST(Service, KeysComeFromOnePlace) {
  ServerSettings settings;
  settings.port = 0;
  settings.api_keys_file = "keys";
  settings.api_keys_variable = "KEYS";
  try {
    const Server server(std::move(settings));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
    EXPECT_THAT(error.what(), HasSubstr("not from both"));
  }
}

TEST(Service, APortThatIsTakenIsTold) {
  const TestServer server;
  ServerSettings settings;
  settings.port = server.port();
  settings.models = {(server.folder() / "subject.onnx").string()};
  EXPECT_ANY_THROW(Server(std::move(settings)));
}

}  // namespace
}  // namespace peel::test
