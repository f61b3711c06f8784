#include "base/turnstile.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <numeric>
#include <thread>
#include <vector>

namespace peel {
namespace {

TEST(Turnstile, WorkOfManyThreadsPassesInOrder) {
  constexpr std::uint64_t COUNT = 500;
  Turnstile turnstile;
  std::atomic<std::uint64_t> next = 0;
  std::vector<std::uint64_t> passed;  // guarded by the turnstile alone
  {
    std::vector<std::jthread> threads;
    threads.reserve(4);
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (std::uint64_t number = next++; number < COUNT; number = next++) {
          if (number % 7 == 0) std::this_thread::yield();
          const auto pass = turnstile.pass(number);
          passed.push_back(number);
        }
      });
    }
  }
  std::vector<std::uint64_t> expected(COUNT);
  std::iota(expected.begin(), expected.end(), std::uint64_t{0});
  EXPECT_EQ(passed, expected);
}

TEST(Turnstile, StoppedItTurnsAwayWhoWaitsAndWhoComes) {
  Turnstile turnstile;
  std::atomic<int> turned_away = 0;
  std::jthread waiting([&] {
    if (!turnstile.pass(1)) ++turned_away;
  });
  turnstile.stop();
  waiting.join();
  EXPECT_EQ(turned_away, 1);
  EXPECT_FALSE(turnstile.pass(0));
}

}  // namespace
}  // namespace peel
