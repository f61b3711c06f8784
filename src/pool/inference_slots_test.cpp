#include "pool/inference_slots.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <future>
#include <numeric>
#include <stdexcept>
#include <thread>

#include "peel/pool.hpp"

namespace peel {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::SizeIs;

/// A picture as wide as its number.
Image numbered(int number) {
  const std::vector<std::uint8_t> row(static_cast<std::size_t>(number), 0);
  return Image::from_pixels({row.data(), number, 1, number, PixelFormat::gray8});
}

/// The network: the mask tells the picture.
std::vector<Mask> echoed(std::span<const Image> pictures) {
  return {pictures.begin(), pictures.end()};
}

TEST(InferenceSlots, EveryPictureGetsItsOwnResultAndSlotsAreNeverShared) {
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;
  std::vector<std::atomic<bool>> used(2);
  InferenceSlots slots(2, 1, [&](std::size_t slot, std::span<const Image> pictures, const Look&) {
    EXPECT_FALSE(used[slot].exchange(true));
    const int now = ++inside;
    if (now > most) most = now;
    std::this_thread::sleep_for(1ms);
    --inside;
    used[slot] = false;
    return echoed(pictures);
  });
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&, thread] {
        for (int i = 0; i < 20; ++i) {
          const int number = 1 + thread * 20 + i;
          slots.expect();
          EXPECT_EQ(slots.see(numbered(number), {}).image.width(), number);
        }
      });
    }
  }
  EXPECT_EQ(most, 2);
}

TEST(InferenceSlots, PicturesOnTheirWayAreWaitedForUpToABatch) {
  std::vector<std::size_t> sizes;
  InferenceSlots slots(1, 3, [&](std::size_t, std::span<const Image> pictures, const Look&) {
    sizes.push_back(pictures.size());
    return echoed(pictures);
  });
  {
    for (int i = 0; i < 3; ++i) slots.expect();
    std::jthread one([&] { EXPECT_EQ(slots.see(numbered(1), {}).image.width(), 1); });
    std::jthread two([&] { EXPECT_EQ(slots.see(numbered(2), {}).image.width(), 2); });
    std::this_thread::sleep_for(30ms);
    EXPECT_THAT(sizes, SizeIs(0)) << "the third was not waited for";
    slots.withdraw();  // it could not be decoded
  }
  EXPECT_THAT(sizes, ElementsAre(2));
}

TEST(InferenceSlots, TheFaultOfOneIsNotThatOfItsBatch) {
  InferenceSlots slots(1, 3, [&](std::size_t, std::span<const Image> pictures, const Look&) {
    for (const Image& picture : pictures) {
      if (picture.width() == 2) throw std::runtime_error("two");
    }
    return echoed(pictures);
  });
  std::atomic<int> good = 0;
  std::atomic<int> bad = 0;
  {
    std::vector<std::jthread> threads;
    for (int number = 1; number <= 3; ++number) {
      threads.emplace_back([&, number] {
        slots.expect();
        try {
          good += slots.see(numbered(number), {}).image.width();
        } catch (const std::runtime_error&) {
          bad += number;
        }
      });
    }
  }
  EXPECT_EQ(good, 1 + 3);
  EXPECT_EQ(bad, 2);
}

TEST(InferenceSlots, OnlyWhatLooksForTheSameGoesTogether) {
  std::vector<std::size_t> upper;
  std::vector<std::size_t> all;
  InferenceSlots slots(1, 3, [&](std::size_t, std::span<const Image> pictures, const Look& look) {
    (look.category == Category::upper ? upper : all).push_back(pictures.size());
    return echoed(pictures);
  });
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) slots.expect();
    for (int number = 1; number <= 4; ++number) {
      const Look look{number == 4 ? Category::upper : Category::all, {}, false};
      threads.emplace_back(
          [&slots, number, look] { EXPECT_EQ(slots.see(numbered(number), look).image.width(), number); });
    }
  }
  EXPECT_THAT(upper, ElementsAre(1));
  EXPECT_EQ(std::accumulate(all.begin(), all.end(), std::size_t{0}), 3U);
}

TEST(InferenceSlots, APictureThatIsNoLongerWantedLeavesTheOthersWaiting) {
  std::promise<void> open;
  std::shared_future<void> opened = open.get_future().share();
  std::promise<void> in_network;
  InferenceSlots slots(1, 1, [&](std::size_t, std::span<const Image> pictures, const Look&) {
    if (pictures.front().width() == 1) {
      in_network.set_value();
      opened.wait();
    }
    return echoed(pictures);
  });
  for (int i = 0; i < 3; ++i) slots.expect();
  std::jthread first([&] { EXPECT_EQ(slots.see(numbered(1), {}).image.width(), 1); });
  in_network.get_future().wait();
  std::stop_source unwanted;
  std::jthread second([&] { EXPECT_THROW(slots.see(numbered(2), {}, unwanted.get_token()), Cancelled); });
  unwanted.request_stop();
  second.join();
  std::jthread third([&] { EXPECT_EQ(slots.see(numbered(3), {}).image.width(), 3); });
  open.set_value();
}

}  // namespace
}  // namespace peel
