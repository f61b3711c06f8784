// More work than there are workers for, clients that leave, and the end of a server. The network stands still until the
// test lets it go on, so that nothing here depends on how fast the machine is.

#include <gtest/gtest.h>

#include <cstdlib>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "support/network_gate.hpp"
#include "support/test_server.hpp"
#include "support/text_file.hpp"

namespace peel::test {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t WORKERS = 2;

/// One picture in the network at a time; that makes WORKERS.
void one_at_a_time(ServerSettings& settings) {
  settings.together = 1;
  settings.remover.threads = 1;
  settings.warm = true;
  settings.timeout = 1h;
}

class Overload : public testing::Test {
 protected:
  explicit Overload(const TestServer::Change& change = one_at_a_time) : server_(change) { NetworkGate::close(); }
  ~Overload() override { NetworkGate::open(); }

  /// Sends requests for a cut-out, so many at a time.
  void send(std::size_t count, const httplib::Headers& headers = {}) {
    for (std::size_t i = 0; i < count; ++i) {
      answers_.push_back(std::async(std::launch::async, [this, headers] {
        const auto answer = server_.client().Post("/api/remove", headers, form_of(disc_bytes()));
        if (answer && answer->status == 200) {
          EXPECT_EQ(decoded(answer->body).width(), 64);
        }
        return answer ? answer->status : NO_ANSWER;
      }));
    }
  }
  /// All workers have work, and so many requests wait for one.
  bool queued(std::size_t waiting, const httplib::Headers& headers = {}) const {
    return server_.metric_reaches("peel_queue_running", WORKERS, headers) &&
           server_.metric_reaches("peel_queue_waiting", waiting, headers);
  }
  /// Of all that were sent, in their order; waits for them.
  std::vector<int> statuses() {
    std::vector<int> all;
    for (auto& answer : answers_) all.push_back(answer.get());
    answers_.clear();
    return all;
  }

  static constexpr int NO_ANSWER = 0;
  static std::vector<int> all(std::size_t count, int status) { return std::vector<int>(count, status); }

  NetworkGate gate_;
  TestServer server_;
  std::vector<std::future<int>> answers_;
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
  send(WORKERS + 2);
  ASSERT_TRUE(queued(2));
  const auto refused = server_.client().Post("/api/remove", form_of(disc_bytes()));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 429);
  EXPECT_GE(std::atoi(refused->get_header_value("Retry-After").c_str()), 1);
  EXPECT_NE(refused->body.find("overloaded"), std::string::npos);
  NetworkGate::open();
  EXPECT_EQ(statuses(), all(WORKERS + 2, 200));
}

TEST_F(ShortQueue, AHeaderIsReadInTurnLikeAllElse) {
  send(WORKERS + 2);
  ASSERT_TRUE(queued(2));
  std::string large = disc_bytes();
  large.replace(16, 8, std::string("\0\0\x7f\xff\0\0\x7f\xff", 8));  // in the header: a side of 32767
  const auto refused = server_.client().Post("/api/remove", form_of(large));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 429) << refused->body;
  NetworkGate::open();
  EXPECT_EQ(statuses(), all(WORKERS + 2, 200));
  EXPECT_EQ(server_.client().Post("/api/remove", form_of(large))->status, 413);
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
  const httplib::Headers many{{"X-Api-Key", "key-of-many"}};
  send(WORKERS + 5, many);
  ASSERT_TRUE(queued(5, many));
  send(1, {{"X-Api-Key", "key-of-one"}});
  ASSERT_TRUE(queued(6, many));
  NetworkGate::let(WORKERS);
  ASSERT_TRUE(queued(4, many));
  ASSERT_TRUE(comes_about([] { return NetworkGate::held() == WORKERS; }));
  // Those of the many whose turn it was before, and the one.
  NetworkGate::let(WORKERS);
  EXPECT_EQ(answers_.back().wait_for(PATIENCE), std::future_status::ready) << "it is not the next but one";
  NetworkGate::open();
  EXPECT_EQ(statuses(), all(WORKERS + 6, 200));
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
  send(WORKERS + 1);
  EXPECT_EQ(statuses(), all(WORKERS + 1, 504));
  EXPECT_EQ(server_.client().Get("/healthz")->status, 200);
  NetworkGate::open();
  EXPECT_TRUE(server_.metric_reaches("peel_queue_running", 0));
}

TEST_F(Overload, WhoGoesAwayLeavesTheQueue) {
  const std::size_t files = open_files();
  send(WORKERS + 2);
  ASSERT_TRUE(queued(2));
  {
    RawClient waiting(server_.port());
    waiting.send(remove_request(disc_bytes(), "X-Request-Id: leaves\r\n"));
    ASSERT_TRUE(queued(3));
  }
  EXPECT_TRUE(server_.logs(R"("id":"leaves")"));
  EXPECT_TRUE(server_.logs(R"("status":499)"));
  EXPECT_TRUE(queued(2));
  NetworkGate::open();
  EXPECT_EQ(statuses(), all(WORKERS + 2, 200));
  EXPECT_TRUE(files_settle(files)) << open_files() << " files are open, there were " << files;
}

TEST_F(Overload, WhoGoesAwayWhileHisPictureIsWorkedOnIsForgotten) {
  const std::size_t files = open_files();
  for (std::size_t i = 1; i <= WORKERS; ++i) {
    const RawClient client(server_.port());
    client.send(remove_request(disc_bytes()));
    ASSERT_TRUE(comes_about([i] { return NetworkGate::held() == i; }));
  }
  EXPECT_TRUE(server_.logs(R"("status":499)"));
  NetworkGate::open();
  EXPECT_TRUE(server_.metric_reaches("peel_queue_running", 0));
  EXPECT_TRUE(server_.metric_reaches("peel_in_flight_bytes", 0));
  EXPECT_TRUE(server_.answers());
  EXPECT_TRUE(files_settle(files)) << open_files() << " files are open, there were " << files;
}

TEST_F(Overload, AtTheEndAllThatWasBegunIsAnswered) {
  send(WORKERS + 2);
  ASSERT_TRUE(queued(2));
  // Connected and silent, which keeps nothing up for long.
  const RawClient silent(server_.port());
  RawClient half(server_.port());
  half.send("GET /readyz HTTP/1.1\r\n");
  std::future<bool> stopped = std::async(std::launch::async, [this] { return server_->stop(1h); });
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
  NetworkGate::open();
  EXPECT_EQ(statuses(), all(WORKERS + 2, 200));
  EXPECT_TRUE(stopped.get());
  EXPECT_TRUE(silent.is_closed());
}

TEST_F(Overload, WithoutPatienceItEndsNevertheless) {
  send(WORKERS + 2);
  ASSERT_TRUE(queued(2));
  EXPECT_FALSE(server_->stop(0ms));
  EXPECT_EQ(statuses(), all(WORKERS + 2, NO_ANSWER));
}

TEST_F(Overload, AServerMayBeDestroyedAtAnyTime) {
  send(WORKERS + 2);
  ASSERT_TRUE(queued(2));
  const RawClient silent(server_.port());
  std::thread ending([this] { server_.destroy(); });
  EXPECT_EQ(statuses(), all(WORKERS + 2, NO_ANSWER));
  EXPECT_TRUE(silent.is_closed());
  // Until here for what the network has in hand, which cannot be broken off.
  NetworkGate::open();
  ending.join();
}

TEST(Stop, AnIdleServerStopsAtOnceAndTwice) {
  TestServer server;
  EXPECT_TRUE(server.answers());
  EXPECT_TRUE(server->stop(1h));
  EXPECT_TRUE(server->stop(0ms));
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
