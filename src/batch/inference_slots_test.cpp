#include "batch/inference_slots.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <thread>

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

/// The network: the result tells the picture.
std::vector<Result> echoed(std::span<const Image> pictures) {
  std::vector<Result> results(pictures.size());
  for (std::size_t i = 0; i < pictures.size(); ++i) results[i].mask = pictures[i];
  return results;
}

TEST(InferenceSlots, EveryPictureGetsItsOwnResultAndSlotsAreNeverShared) {
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;
  std::vector<std::atomic<bool>> used(2);
  InferenceSlots slots(2, 1, [&](std::size_t slot, std::span<const Image> pictures) {
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
          InferenceSlots::Coming coming(slots);
          EXPECT_EQ(slots.infer(numbered(number), coming).mask.width(), number);
        }
      });
    }
  }
  EXPECT_EQ(most, 2);
}

TEST(InferenceSlots, PicturesOnTheirWayAreWaitedForUpToABatch) {
  std::vector<std::size_t> sizes;
  InferenceSlots slots(1, 3, [&](std::size_t, std::span<const Image> pictures) {
    sizes.push_back(pictures.size());
    return echoed(pictures);
  });
  {
    auto failing = std::make_unique<InferenceSlots::Coming>(slots);
    InferenceSlots::Coming first(slots);
    InferenceSlots::Coming second(slots);
    std::jthread one([&] { EXPECT_EQ(slots.infer(numbered(1), first).mask.width(), 1); });
    std::jthread two([&] { EXPECT_EQ(slots.infer(numbered(2), second).mask.width(), 2); });
    std::this_thread::sleep_for(30ms);
    EXPECT_THAT(sizes, SizeIs(0)) << "the third was not waited for";
    failing.reset();  // it could not be decoded
  }
  EXPECT_THAT(sizes, ElementsAre(2));
}

TEST(InferenceSlots, TheFaultOfOneIsNotThatOfItsBatch) {
  InferenceSlots slots(1, 3, [&](std::size_t, std::span<const Image> pictures) {
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
        InferenceSlots::Coming coming(slots);
        try {
          good += slots.infer(numbered(number), coming).mask.width();
        } catch (const std::runtime_error&) {
          bad += number;
        }
      });
    }
  }
  EXPECT_EQ(good, 1 + 3);
  EXPECT_EQ(bad, 2);
}

}  // namespace
}  // namespace peel
