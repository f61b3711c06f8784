#include "load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <nlohmann/json.hpp>
#include <numeric>
#include <thread>

#include "peel/error.hpp"
#include "report.hpp"
#include "support/raw_server.hpp"

namespace peel::load {
namespace {

TEST(Latency, OfNoneIsZero) {
  const Latency none = latency_of({});
  EXPECT_EQ(none.count, 0u);
  EXPECT_EQ(none.p99, 0);
}

TEST(Latency, HasTheQuantilesWhateverTheOrder) {
  std::vector<double> values(101);
  std::iota(values.begin(), values.end(), 0);
  std::swap(values.front(), values.back());
  const Latency latency = latency_of(values);
  EXPECT_EQ(latency.count, 101u);
  EXPECT_DOUBLE_EQ(latency.least, 0);
  EXPECT_DOUBLE_EQ(latency.p50, 50);
  EXPECT_DOUBLE_EQ(latency.p90, 90);
  EXPECT_DOUBLE_EQ(latency.p99, 99);
  EXPECT_DOUBLE_EQ(latency.most, 100);
}

TEST(Summary, CountsRefusalsApartFromPictures) {
  Outcome outcome;
  outcome.seconds = 2;
  outcome.samples = {{200, 100}, {429, 1}, {200, 300}, {0, 5}, {429, 3}};
  const Summary summary = summarise(outcome);
  EXPECT_EQ(summary.answered.count, 2u);
  EXPECT_DOUBLE_EQ(summary.answered.p50, 200);
  EXPECT_DOUBLE_EQ(summary.per_second, 1);
  EXPECT_EQ(summary.by_status.at(429).count, 2u);
  EXPECT_DOUBLE_EQ(summary.by_status.at(429).most, 3);
  const auto json = to_json(outcome, nullptr);
  EXPECT_EQ(json["by_status"]["no answer"]["count"], 1);
  EXPECT_EQ(json["by_status"]["429"]["latency_ms"]["max"], 3);
  EXPECT_FALSE(json.contains("rss_bytes"));
}

TEST(MemoryWatch, ReadsTheKernelsText) {
  EXPECT_EQ(resident_from("Name:\tpeel\nVmHWM:\t  2048 kB\nVmRSS:\t  1024 kB\nThreads:\t3\n"), 1024u << 10);
  EXPECT_EQ(resident_from("Name:\tzombie\nThreads:\t1\n"), std::nullopt);
  MemoryWatch own(static_cast<int>(getpid()));
  EXPECT_GT(own.look().value_or(0), 0u);
  EXPECT_EQ(own.first(), own.last());
}

TEST(AddressOf, HasTheUsualPathWhereThereIsNone) {
  EXPECT_EQ(address_of("http://127.0.0.1:7000"), "http://127.0.0.1:7000/api/remove");
  EXPECT_EQ(address_of("http://127.0.0.1:7000/"), "http://127.0.0.1:7000/api/remove");
  EXPECT_EQ(address_of("http://h/api/scan?page=a4"), "http://h/api/scan?page=a4");
  EXPECT_THROW(address_of("not an address"), Error);
}

const Requests PICTURE{"multipart/form-data; boundary=b", {"--b\r\n\r\npicture\r\n--b--\r\n"}};

LoadOptions options_for(const test::RawTestServer& server) {
  LoadOptions options;
  options.url = "http://127.0.0.1:" + std::to_string(server.port());
  options.pause = std::chrono::milliseconds(1);
  return options;
}

TEST(RunLoad, SendsSoManyRequestsAndTellsThemApart) {
  std::atomic<int> number = 0;
  const test::RawTestServer server([&](const std::string&, const test::RawConnection& connection) {
    connection.send(test::answer_of(++number % 3 == 0 ? 429 : 200, "answer"));
  });
  LoadOptions options = options_for(server);
  options.clients = 2;
  options.requests = 9;
  const Outcome outcome = run_load(PICTURE, options, nullptr);
  EXPECT_EQ(outcome.samples.size(), 9u);
  EXPECT_EQ(std::ranges::count(outcome.samples, 200, &Sample::status), 6);
  EXPECT_EQ(std::ranges::count(outcome.samples, 429, &Sample::status), 3);
  EXPECT_EQ(outcome.bytes_received, 9 * 6u);
  EXPECT_THAT(outcome.failures, testing::IsEmpty());
}

TEST(RunLoad, AnAnswerThatIsCutShortIsNone) {
  const test::RawTestServer server(test::always("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"));
  LoadOptions options = options_for(server);
  options.requests = 2;
  const Outcome outcome = run_load(PICTURE, options, nullptr);
  EXPECT_EQ(std::ranges::count(outcome.samples, 0, &Sample::status), 2);
  EXPECT_EQ(outcome.failures.size(), 1u);
}

TEST(RunLoad, TimesCountFromWhenARequestWasDue) {
  const test::RawTestServer server([](const std::string&, const test::RawConnection& connection) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // at least
    connection.send(test::answer_of(200, "answer"));
  });
  LoadOptions options = options_for(server);
  options.requests = 4;
  options.rate = 1000;
  const Outcome outcome = run_load(PICTURE, options, nullptr);
  ASSERT_EQ(outcome.samples.size(), 4u);
  EXPECT_GE(outcome.samples.back().milliseconds, 4 * 20 - 3) << "it was due after 3 ms";
  EXPECT_GE(outcome.late, 3u);
}

TEST(RunLoad, EndsWhenTheTimeIsOver) {
  const test::RawTestServer server([](const std::string&, const test::RawConnection& connection) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    connection.send(test::answer_of(200, "answer"));
  });
  LoadOptions options = options_for(server);
  options.time = std::chrono::milliseconds(200);
  const Outcome outcome = run_load(PICTURE, options, nullptr);
  EXPECT_GE(outcome.samples.size(), 1u);
  EXPECT_GE(outcome.seconds, 0.2);
}

}  // namespace
}  // namespace peel::load
