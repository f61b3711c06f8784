#include "pool/memory_budget.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "peel/pool.hpp"

namespace peel {
namespace {

using namespace std::chrono_literals;

TEST(MemoryBudget, NeverMoreThanThereIs) {
  MemoryBudget budget(100);
  std::atomic<int> taken = 0;
  std::atomic<int> most = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        for (int n = 0; n < 200; ++n) {
          const int bytes = 10 + (i * 31 + n * 17) % 60;
          const MemoryBudget::Share share(budget, static_cast<std::uint64_t>(bytes));
          const int now = taken += bytes;
          for (int before = most; now > before && !most.compare_exchange_weak(before, now);) continue;
          std::this_thread::yield();
          taken -= bytes;
        }
      });
    }
  }
  EXPECT_LE(most, 100);
  EXPECT_GT(most, 69) << "two never shared it";
  EXPECT_EQ(budget.taken(), 0U);
}

TEST(MemoryBudget, WhatIsLargerThanAllIsTakenAlone) {
  MemoryBudget budget(100);
  auto small = std::make_unique<MemoryBudget::Share>(budget, 1);
  std::atomic<bool> got = false;
  std::jthread large([&] {
    const MemoryBudget::Share share(budget, 1000);
    got = true;
  });
  std::this_thread::sleep_for(20ms);
  EXPECT_FALSE(got);
  small.reset();
  large.join();
  EXPECT_TRUE(got);
}

TEST(MemoryBudget, SmallOnesDoNotOvertakeALargeOneForEver) {
  MemoryBudget budget(100);
  auto first = std::make_unique<MemoryBudget::Share>(budget, 60);
  std::vector<int> order;
  std::jthread large([&] {
    const MemoryBudget::Share share(budget, 90);
    order.push_back(90);
  });
  std::this_thread::sleep_for(20ms);
  std::jthread small([&] {
    const MemoryBudget::Share share(budget, 30);
    order.push_back(30);
  });
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(budget.taken(), 60U) << "the small one went first";
  first.reset();
  large.join();
  small.join();
  EXPECT_EQ(order, (std::vector{90, 30}));
}

TEST(MemoryBudget, ALargerTotalEndsAWait) {
  MemoryBudget budget(10);
  const MemoryBudget::Share first(budget, 10);
  std::atomic<bool> got = false;
  std::jthread second([&] {
    const MemoryBudget::Share share(budget, 10);
    got = true;
  });
  std::this_thread::sleep_for(20ms);
  EXPECT_FALSE(got);
  budget.set_total(20);
  second.join();
  EXPECT_TRUE(got);
}

TEST(MemoryBudget, AWaitThatIsCancelledTakesNothingAndLetsTheNextGo) {
  MemoryBudget budget(100);
  const MemoryBudget::Share first(budget, 60);
  std::stop_source unwanted;
  std::jthread large([&] { EXPECT_THROW(MemoryBudget::Share(budget, 90, unwanted.get_token()), Cancelled); });
  unwanted.request_stop();
  large.join();
  const MemoryBudget::Share small(budget, 30);
  EXPECT_EQ(budget.taken(), 90U);
}

TEST(MemoryBudget, GrowingNeverWaitsAndTellsWhereItIsTooMuch) {
  MemoryBudget budget(100);
  {
    MemoryBudget::Share share(budget);
    EXPECT_TRUE(share.grow(100));
    EXPECT_FALSE(share.grow(1));
    EXPECT_EQ(budget.taken(), 101U) << "it is counted";
    share.shrink(50);
    EXPECT_EQ(share.bytes(), 51U);
    EXPECT_TRUE(share.grow(49));
  }
  EXPECT_EQ(budget.taken(), 0U);
}

}  // namespace
}  // namespace peel
