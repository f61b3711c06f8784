// More work than there are workers for, and the end of a server.

#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "support/test_server.hpp"
#include "support/text_file.hpp"

namespace peel::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr int SIDE = 800;

/// One picture in the network at a time, and two workers.
void one_at_a_time(ServerSettings& settings) {
  settings.together = 1;
  settings.remover.threads = 1;
}

class Overload : public testing::Test {
 protected:
  explicit Overload(const TestServer::Change& change = one_at_a_time) : server_(change) {}

  /// Takes a worker for a while. "STATUS Retry-After".
  std::future<std::string> slow_request(const httplib::Headers& headers = {}) const {
    return std::async(std::launch::async, [this, headers] {
      static const std::string picture = noise_bytes(SIDE);
      const auto answer = server_.client().Post("/api/remove?effort=small&putalpha=1", headers, form_of(picture));
      if (!answer) return std::string("no answer");
      if (answer->status == 200) {
        EXPECT_EQ(decoded(answer->body).width(), SIDE);
      }
      const std::string when = answer->get_header_value("Retry-After");
      return std::to_string(answer->status) + (when.empty() ? "" : " " + when);
    });
  }
  bool metric_reaches(const std::string& name, int value) const {
    return comes_about(
        [&] {
          const auto answer = server_.client().Get("/metrics", {{"X-Api-Key", "key-of-many"}});
          return answer && answer->body.find("\n" + name + " " + std::to_string(value) + "\n") != std::string::npos;
        },
        30s);
  }

  TestServer server_;
};

class ShortQueue : public Overload {
 protected:
  ShortQueue()
      : Overload([](ServerSettings& settings) {
          one_at_a_time(settings);
          settings.queue = 2;
        }) {}
};

TEST_F(ShortQueue, AFullQueueIsToldAtOnceAndTheOthersAreAnswered) {
  EXPECT_TRUE(server_.answers());
  std::vector<std::future<std::string>> all;
  for (int i = 0; i < 4; ++i) all.push_back(slow_request());
  ASSERT_TRUE(metric_reaches("peel_queue_waiting", 2));
  const auto refused = server_.client().Post("/api/remove", form_of(disc_bytes()));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 429);
  EXPECT_GE(std::stoi(refused->get_header_value("Retry-After")), 1);
  EXPECT_NE(refused->body.find("overloaded"), std::string::npos);
  for (auto& each : all) EXPECT_EQ(each.get(), "200");
}

class TwoClients : public Overload {
 protected:
  TwoClients()
      : Overload([](ServerSettings& settings) {
          one_at_a_time(settings);
          write_text(folder_ / "keys", "many = key-of-many\none = key-of-one\n");
          settings.api_keys_file = (folder_ / "keys").string();
        }) {}
  // Made before the server reads its keys.
  struct Folder : TemporaryFolder {};
  static inline const Folder folder_;
};

TEST_F(TwoClients, WhoAsksForOneIsNotKeptWaitingForAnothersMany) {
  std::vector<std::future<std::string>> many;
  for (int i = 0; i < 7; ++i) many.push_back(slow_request({{"X-Api-Key", "key-of-many"}}));
  ASSERT_TRUE(metric_reaches("peel_queue_waiting", 5));
  const auto one = server_.client().Post("/api/remove", {{"X-Api-Key", "key-of-one"}}, form_of(disc_bytes()));
  ASSERT_TRUE(one);
  EXPECT_EQ(one->status, 200);
  const auto left = std::count_if(many.begin(), many.end(), [](const std::future<std::string>& each) {
    return each.wait_for(0s) != std::future_status::ready;
  });
  EXPECT_GE(left, 1) << "it was the last one";
  for (auto& each : many) EXPECT_EQ(each.get(), "200");
}

class ShortTime : public Overload {
 protected:
  ShortTime()
      : Overload([](ServerSettings& settings) {
          one_at_a_time(settings);
          settings.timeout = 1ms;
        }) {}
};

TEST_F(ShortTime, WhatTakesTooLongIsGivenUp) {
  EXPECT_EQ(slow_request().get(), "504");
  EXPECT_EQ(slow_request().get(), "504");
  EXPECT_EQ(server_.client().Get("/healthz")->status, 200);
}

TEST_F(Overload, AtTheEndAllThatWasBegunIsAnswered) {
  EXPECT_TRUE(server_.answers());
  std::vector<std::future<std::string>> all;
  for (int i = 0; i < 4; ++i) all.push_back(slow_request());
  ASSERT_TRUE(metric_reaches("peel_queue_waiting", 2));
  // Connected and silent, which keeps nothing up for long.
  const RawClient silent(server_.port());
  RawClient half(server_.port());
  half.send("GET /readyz HTTP/1.1\r\n");
  std::future<bool> stopped = std::async(std::launch::async, [this] { return server_->stop(60s); });
  // Nobody new comes in; until the socket is closed a connection may still be taken and answered.
  EXPECT_TRUE(comes_about([this] {
    try {
      const RawClient late(server_.port());
      return false;
    } catch (const std::runtime_error&) {
      return true;
    }
  }));
  half.send("Host: h\r\n\r\n");
  EXPECT_EQ(status_of(half.read_all()), 503);
  for (auto& each : all) EXPECT_EQ(each.get(), "200");
  EXPECT_TRUE(stopped.get());
  EXPECT_TRUE(silent.is_closed());
}

TEST_F(Overload, WithoutPatienceItEndsNevertheless) {
  EXPECT_TRUE(server_.answers());
  std::vector<std::future<std::string>> all;
  for (int i = 0; i < 4; ++i) all.push_back(slow_request());
  ASSERT_TRUE(metric_reaches("peel_queue_waiting", 2));
  const auto start = Clock::now();
  EXPECT_FALSE(server_->stop(0ms));
  EXPECT_LT(Clock::now() - start, 30s);
  for (auto& each : all) EXPECT_EQ(each.get(), "no answer");
}

TEST_F(Overload, AServerMayBeDestroyedAtAnyTime) {
  std::vector<std::future<std::string>> all;
  for (int i = 0; i < 4; ++i) all.push_back(slow_request());
  const RawClient silent(server_.port());
  ASSERT_TRUE(metric_reaches("peel_queue_waiting", 2));
  server_.destroy();
  for (auto& each : all) EXPECT_EQ(each.get(), "no answer");
  EXPECT_TRUE(silent.is_closed());
}

TEST_F(Overload, AnIdleServerStopsAtOnceAndTwice) {
  EXPECT_TRUE(server_.answers());
  EXPECT_TRUE(server_->stop(30s));
  EXPECT_TRUE(server_->stop(0ms));
}

TEST(Stop, AServerThatWasNeverStartedEndsToo) {
  TemporaryFolder folder;
  ServerSettings settings;
  settings.port = 0;
  settings.models = {TestServer::add_model(folder, "subject")};
  Server server(std::move(settings));
  EXPECT_GT(server.port(), 0);
  EXPECT_TRUE(server.stop(0ms));
}

}  // namespace
}  // namespace peel::test
