#include "base/control.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>

#include "base/parallel.hpp"
#include "peel/version.hpp"

namespace peel {
namespace {

TEST(Version, IsTheSameForThePreprocessorAndAtRunTime) {
  EXPECT_EQ(version(), PEEL_VERSION);
  EXPECT_EQ(version(), fmt::format("{}.{}.{}", PEEL_VERSION_MAJOR, PEEL_VERSION_MINOR, PEEL_VERSION_PATCH));
  EXPECT_EQ(PEEL_VERSION_NUMBER, PEEL_VERSION_OF(PEEL_VERSION_MAJOR, PEEL_VERSION_MINOR, PEEL_VERSION_PATCH));
  static_assert(PEEL_VERSION_OF(0, 10, 0) > PEEL_VERSION_OF(0, 9, 999));
  static_assert(PEEL_VERSION_OF(1, 0, 0) > PEEL_VERSION_OF(0, 999, 999));
}

TEST(StopScope, EndsTheWorkOfItsThreadAlone) {
  std::stop_source source;
  source.request_stop();
  EXPECT_NO_THROW(check_stopped());
  {
    const StopScope scope(source.get_token());
    EXPECT_THROW(check_stopped(), Cancelled);
    const StopScope inner(std::stop_token{});  // of a caller that has no stop
    EXPECT_THROW(check_stopped(), Cancelled);
    std::stop_source other;
    const StopScope open(other.get_token());
    EXPECT_NO_THROW(check_stopped());
  }
  EXPECT_NO_THROW(check_stopped());
  EXPECT_FALSE(current_stop().stop_possible());
}

TEST(StopScope, EndsAParallelLoopBetweenTwoParts) {
  for (const int threads : {2, 4}) {
    std::stop_source source;
    const StopScope scope(source.get_token());
    std::atomic<int> parts = 0;
    EXPECT_THROW(parallel_for(0, 1000, 1, threads,
                              [&](std::int64_t, std::int64_t) {
                                ++parts;
                                source.request_stop();
                              }),
                 Cancelled);
    EXPECT_LE(parts, threads);
    EXPECT_THROW(parallel_for(0, 1, 1, 1, [&](std::int64_t, std::int64_t) { ++parts; }), Cancelled);
    EXPECT_LE(parts, threads);
  }
}

TEST(StopScope, EndsALoopOfOneThreadBetweenTwoPartsToo) {
  std::stop_source source;
  const StopScope scope(source.get_token());
  std::int64_t done = 0;
  const auto part = [&](std::int64_t begin, std::int64_t end) {
    EXPECT_EQ(begin, done);
    done = end;
    EXPECT_TRUE(current_stop().stop_possible());
    if (done > 500) source.request_stop();
  };
  EXPECT_THROW(parallel_for(0, 1000, 10, 1, part), Cancelled);
  EXPECT_LT(done, 1000);
}

TEST(Control, AStepIsToldOrTheEnd) {
  std::stop_source source;
  std::string told;
  const Control control{source.get_token(),
                        [&](const Progress& p) { told = fmt::format("{} {}/{}", p.what, p.done, p.total); }};
  begin_step(control, "network", 1, 2);
  EXPECT_EQ(told, "network 1/2");
  source.request_stop();
  try {
    begin_step(control, "mask", 1, 2);
    FAIL() << "it went on";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::cancelled);
  }
  EXPECT_EQ(told, "network 1/2");
}

}  // namespace
}  // namespace peel
