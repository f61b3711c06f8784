#include "server/scheduler.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <future>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "server/api_error.hpp"
#include "support/comes_about.hpp"

namespace peel::server {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using Clock = std::chrono::steady_clock;

const auto STAYS = [] { return false; };

/// Calls of run(), each on a thread of its own, and what came of them.
class SchedulerTest : public testing::Test {
 protected:
  ~SchedulerTest() override {
    open();
    for (std::thread& thread : threads_) thread.join();
  }
  using Outcome = std::future<std::string>;

  /// "done", "429", "504", "cancelled", or what was thrown.
  static std::string outcome(Scheduler& scheduler, const std::string& client, Clock::duration patience,
                             const std::function<bool()>& gone, std::function<void(const Task&)> work) {
    try {
      scheduler.run(client, Clock::now() + patience, gone, std::move(work));
      return "done";
    } catch (const ApiError& error) {
      EXPECT_TRUE(error.status != 429 || error.retry_after.value_or(0) >= 1);
      return std::to_string(error.status);
    } catch (const Cancelled&) {
      return "cancelled";
    } catch (const std::exception& error) {
      return error.what();
    }
  }
  Outcome submit(const std::string& client, std::function<void(const Task&)> work, Clock::duration patience = 60s,
                 std::function<bool()> gone = STAYS) {
    std::promise<std::string> promise;
    Outcome result = promise.get_future();
    threads_.emplace_back(
        [this, client, work = std::move(work), patience, gone = std::move(gone), told = std::move(promise)]() mutable {
          told.set_value(outcome(*scheduler_, client, patience, gone, std::move(work)));
        });
    return result;
  }
  /// A task that says its name, in the order in which tasks were run. Returns when it waits, or has been refused.
  Outcome queue(const std::string& client, const std::string& name) {
    const std::size_t before = scheduler_->waiting();
    Outcome result = submit(client, [this, name](const Task&) {
      const std::scoped_lock lock(mutex_);
      order_.push_back(name);
    });
    while (scheduler_->waiting() == before && result.wait_for(1ms) != std::future_status::ready) {
    }
    return result;
  }
  /// Keeps a worker until open().
  Outcome block() {
    const std::size_t before = scheduler_->running();
    Outcome result = submit("blocker", [this](const Task&) { opened_.wait(); });
    EXPECT_TRUE(test::comes_about([&] { return scheduler_->running() > before; }));
    return result;
  }
  void open() {
    if (!is_open_) open_.set_value();
    is_open_ = true;
  }
  std::vector<std::string> order() {
    const std::scoped_lock lock(mutex_);
    return order_;
  }

  std::promise<void> open_;
  std::shared_future<void> opened_ = open_.get_future().share();
  bool is_open_ = false;
  std::mutex mutex_;
  std::vector<std::string> order_;
  std::optional<Scheduler> scheduler_;
  std::vector<std::thread> threads_;
};

TEST_F(SchedulerTest, ClientsTakeTurns) {
  scheduler_.emplace(1, 64);
  const Outcome blocked = block();
  std::vector<Outcome> all;
  for (const char* name : {"a1", "a2", "a3", "a4"}) all.push_back(queue("a", name));
  all.push_back(queue("b", "b1"));
  all.push_back(queue("c", "c1"));
  all.push_back(queue("b", "b2"));
  EXPECT_EQ(scheduler_->waiting(), 7u);
  open();
  for (Outcome& each : all) EXPECT_EQ(each.get(), "done");
  EXPECT_THAT(order(), ElementsAre("a1", "b1", "c1", "a2", "b2", "a3", "a4"));
}

TEST_F(SchedulerTest, AFullQueueRefusesAtOnce) {
  scheduler_.emplace(1, 2);
  const Outcome blocked = block();
  Outcome first = queue("a", "1");
  Outcome second = queue("a", "2");
  EXPECT_EQ(queue("a", "3").get(), "429");
  open();
  EXPECT_EQ(first.get(), "done");
  EXPECT_EQ(second.get(), "done");
}

TEST_F(SchedulerTest, AClientWithFewerTasksTakesThePlaceOfTheNewestOfTheOneWithMost) {
  scheduler_.emplace(1, 3);
  const Outcome blocked = block();
  Outcome a1 = queue("a", "a1");
  Outcome a2 = queue("a", "a2");
  Outcome a3 = queue("a", "a3");
  Outcome b1 = submit("b", [](const Task&) {});
  EXPECT_EQ(a3.get(), "429");
  // Two of a and one of b: another of b would only turn that round.
  EXPECT_EQ(queue("b", "b2").get(), "429");
  // And c has none.
  Outcome c1 = submit("c", [](const Task&) {});
  EXPECT_EQ(a2.get(), "429");
  EXPECT_EQ(queue("d", "d1").get(), "429");
  open();
  EXPECT_EQ(a1.get(), "done");
  EXPECT_EQ(b1.get(), "done");
  EXPECT_EQ(c1.get(), "done");
}

TEST_F(SchedulerTest, FreeWorkersAreNoPlacesInTheQueue) {
  scheduler_.emplace(4, 0);
  std::vector<Outcome> all;
  for (int i = 0; i < 4; ++i) all.push_back(submit("a", [this](const Task&) { opened_.wait(); }));
  EXPECT_TRUE(test::comes_about([&] { return scheduler_->running() == 4; }));
  EXPECT_EQ(queue("a", "one too many").get(), "429");
  open();
  for (Outcome& each : all) EXPECT_EQ(each.get(), "done");
}

TEST_F(SchedulerTest, AClientThatIsGoneLeavesTheQueue) {
  scheduler_.emplace(1, 8);
  const Outcome blocked = block();
  std::atomic<bool> gone = false;
  Outcome left = submit(
      "a", [](const Task&) { ADD_FAILURE() << "its client is gone"; }, 60s, [&] { return gone.load(); });
  EXPECT_TRUE(test::comes_about([&] { return scheduler_->waiting() == 1; }));
  gone = true;
  EXPECT_EQ(left.get(), "cancelled");
  EXPECT_EQ(scheduler_->waiting(), 0u);
}

TEST_F(SchedulerTest, ATaskThatIsGivenUpIsToldSo) {
  scheduler_.emplace(1, 8);
  std::atomic<bool> begun = false;
  std::atomic<bool> told = false;
  const auto is_told = [](const Task& task) {
    try {
      task.stop_if_cancelled();
      return false;
    } catch (const Cancelled&) {
      return true;
    }
  };
  // On a busy machine the time may be over before a worker has it.
  for (auto patience = 20ms; !begun; patience *= 2) {
    Outcome late = submit(
        "a",
        [&](const Task& task) {
          begun = true;
          told = test::comes_about([&] { return is_told(task); });
        },
        patience);
    EXPECT_EQ(late.get(), "504");
  }
  EXPECT_TRUE(test::comes_about([&] { return told.load(); }));
  EXPECT_EQ(submit("a", [](const Task&) {}).get(), "done");
}

TEST_F(SchedulerTest, AClientThatWaitsTooLongIsToldSo) {
  scheduler_.emplace(1, 8);
  const Outcome blocked = block();
  EXPECT_EQ(submit(
                "a", [](const Task&) { ADD_FAILURE() << "it is too late"; }, 50ms)
                .get(),
            "504");
  EXPECT_EQ(scheduler_->waiting(), 0u);
}

TEST_F(SchedulerTest, WhatATaskThrowsComesOut) {
  scheduler_.emplace(2, 8);
  EXPECT_EQ(submit("a", [](const Task&) { throw std::runtime_error("of the task"); }).get(), "of the task");
  EXPECT_EQ(submit("a", [](const Task&) { throw ApiError(422, "x", "y"); }).get(), "422");
  EXPECT_EQ(submit("a", [](const Task&) {}).get(), "done");
  EXPECT_EQ(scheduler_->running(), 0u);
}

TEST_F(SchedulerTest, WhatATaskHoldsIsGoneWhenItIsDone) {
  scheduler_.emplace(1, 8);
  const auto held = std::make_shared<int>(1);
  scheduler_->run("a", Clock::now() + 60s, STAYS, [held](const Task&) {});
  EXPECT_EQ(held.use_count(), 1);
}

TEST_F(SchedulerTest, AtTheEndThoseThatWaitAreRefused) {
  scheduler_.emplace(1, 8);
  Outcome running = block();
  Outcome waiting = queue("a", "1");
  Outcome another = queue("b", "2");
  std::thread opening([&] {
    EXPECT_EQ(waiting.get(), "429");
    EXPECT_EQ(another.get(), "429");
    open();
  });
  scheduler_.reset();
  opening.join();
  EXPECT_EQ(running.get(), "done");
  EXPECT_TRUE(order().empty());
}

TEST_F(SchedulerTest, ManyThreadsAtATimeAllGetTheirOwn) {
  scheduler_.emplace(4, 1000);
  std::atomic<int> sum = 0;
  std::vector<std::thread> clients;
  for (int i = 0; i < 16; ++i) {
    clients.emplace_back([&, i] {
      for (int n = 0; n < 50; ++n) {
        int own = 0;
        scheduler_->run("client " + std::to_string(i % 5), Clock::now() + 60s, STAYS,
                        [&own, n](const Task&) { own = n; });
        sum += own;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(sum, 16 * 50 * 49 / 2);
}

}  // namespace
}  // namespace peel::server
