#include "load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <numeric>

#include "peel/error.hpp"
#include "report.hpp"

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

}  // namespace
}  // namespace peel::load
