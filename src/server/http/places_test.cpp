// One client that takes all places, and clients that take their time.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server/http/http_server.hpp"
#include "support/test_server.hpp"

namespace peel::test {
namespace {

using namespace std::chrono_literals;

const std::string HEALTH_HEAD = "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n";
const std::string HALF =
    "POST /api/remove HTTP/1.1\r\nHost: h\r\nContent-Type: image/png\r\nExpect: 100-continue\r\n"
    "Content-Length: 1000\r\n\r\n";

int asked(int port, const char* from = "127.0.0.1") {
  RawClient client(port, from);
  client.send(HEALTH_HEAD);
  return status_of(client.read_answer());
}

TEST(Places, OneClientDoesNotTakeThemAll) {
  const TestServer server([](ServerSettings& settings) {
    settings.connections = 8;
    settings.client_connections = 3;
  });
  std::vector<RawClient> bodies;
  for (int i = 0; i < 3; ++i) {
    RawClient& client = bodies.emplace_back(server.port());
    client.send(HALF);
    EXPECT_EQ(status_of(client.read_answer()), 100);
  }
  EXPECT_EQ(asked(server.port()), 503);
  EXPECT_EQ(asked(server.port(), "127.0.0.2"), 200);
  bodies.clear();
  EXPECT_TRUE(comes_about([&] { return asked(server.port()) == 200; }));
}

TEST(Places, AClientsOwnIdleConnectionGivesWay) {
  const TestServer server([](ServerSettings& settings) { settings.client_connections = 2; });
  const RawClient idle(server.port());
  const RawClient other(server.port(), "127.0.0.2");
  RawClient kept(server.port());
  kept.send(HEALTH_HEAD);
  EXPECT_EQ(status_of(kept.read_answer()), 200);
  EXPECT_EQ(asked(server.port()), 200);
  // Which was idle for longer is for the machine to say.
  EXPECT_TRUE(comes_about([&] { return idle.is_closed(10ms) || kept.is_closed(10ms); }));
  EXPECT_FALSE(other.is_closed(0ms));
}

TEST(Places, AClientThatTakesNoAnswerGivesItsPlaceUp) {
  server::HttpOptions options;
  options.connections = 2;
  options.limits.slow = 50ms;
  options.limits.write = 1h;
  server::HttpServer server(options);
  const auto answer = [](std::size_t size) {
    return [size](const httplib::Request&, httplib::Response& response) {
      response.set_content(std::string(size, 'a'), "text/plain");
    };
  };
  server.routes().Get("/healthz", answer(1));
  server.routes().Get("/large", answer(32 << 20));  // more than sockets hold
  server.start();
  std::vector<RawClient> deaf;
  for (int i = 0; i < 2; ++i) deaf.emplace_back(server.port()).send("GET /large HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(comes_about([&] { return asked(server.port()) == 200; }));
}

TEST(AdminPort, HealthIsToldThereHoweverManyClientsThereAre) {
  TestServer server([](ServerSettings& settings) {
    settings.connections = 2;
    settings.admin_port = 0;
  });
  const int admin = server->admin_port();
  ASSERT_GT(admin, 0);
  std::vector<RawClient> bodies;
  for (int i = 0; i < 2; ++i) {
    RawClient& client = bodies.emplace_back(server.port());
    client.send(HALF);
    EXPECT_EQ(status_of(client.read_answer()), 100);
  }
  EXPECT_EQ(asked(server.port()), 503);
  EXPECT_EQ(asked(admin), 200);
  bodies.clear();
  httplib::Client client("127.0.0.1", admin);
  EXPECT_EQ(client.Get("/readyz")->status, 200);
  EXPECT_EQ(client.Get("/metrics")->status, 200);
  EXPECT_EQ(client.Get("/api/models")->status, 404);
  EXPECT_EQ(client.Post("/api/remove", form_of(disc_bytes()))->status, 404);
  EXPECT_TRUE(server.answers_soon());
  EXPECT_EQ(server.client().Get("/metrics")->status, 404);
  EXPECT_EQ(server.client().Get("/healthz")->status, 200);
  EXPECT_TRUE(server->stop(1h));
}

TEST(AdminPort, ThereIsNoneUnlessItIsAskedFor) {
  TestServer server;
  EXPECT_EQ(server->admin_port(), -1);
  EXPECT_EQ(server.client().Get("/metrics")->status, 200);
}

}  // namespace
}  // namespace peel::test
