#include "commands/frame_pipeline.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <thread>

#include "support/comes_about.hpp"

namespace peel::cli {
namespace {

constexpr std::uint64_t ENDLESS = ~std::uint64_t{0};

/// One grey pixel: the number of the frame.
Image pixel(std::uint64_t value) {
  const auto level = static_cast<std::uint8_t>(value);
  return Image::from_pixels({&level, 1, 1, 1, PixelFormat::gray8});
}
std::uint8_t value_of(const Image& image) {
  return std::to_integer<std::uint8_t>(image.data()[0]);
}

/// Frames that are numbers; a mask is 200 less the number; what is made of both has to be their sum.
class FramePipeline : public testing::Test {
 protected:
  FramePipeline() {
    stages_.read = [this](const std::stop_token&) -> std::optional<Frame> {
      if (read_ == count_) return std::nullopt;
      const std::uint64_t in_hand = read_ - written_;
      if (in_hand > most_in_hand_) most_in_hand_ = in_hand;
      return Frame{pixel(read_++ % 100), nullptr};
    };
    stages_.see = [this](const Frame& frame) {
      const int running = ++running_;
      for (int most = most_running_; running > most && !most_running_.compare_exchange_weak(most, running);) {
      }
      // Some take long, so that the others would overtake them.
      if (value_of(frame.image) % 7 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
      Mask mask(pixel(200U - value_of(frame.image)));
      --running_;
      return mask;
    };
    stages_.steady = [this](Mask mask) {
      steadied_.push_back(value_of(mask.image));
      return mask;
    };
    stages_.finish = [](const Image& frame, const Mask& mask) {
      return DoneFrame{pixel(std::uint64_t{value_of(frame)} + value_of(mask.image)), {}};
    };
    stages_.write = [this](std::uint64_t number, const DoneFrame& done) {
      EXPECT_EQ(number, written_) << "out of order";
      EXPECT_EQ(std::to_integer<int>(done.bytes().front()), 200) << "the mask of another frame";
      ++written_;
    };
  }

  std::string error_of_run(int in_hand) {
    try {
      run_frames(stages_, in_hand);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "none";
  }

  std::uint64_t count_ = 60;
  FrameStages stages_;
  std::uint64_t read_ = 0;
  std::atomic<std::uint64_t> written_ = 0;
  std::uint64_t most_in_hand_ = 0;
  std::atomic<int> running_ = 0;
  std::atomic<int> most_running_ = 0;
  std::vector<std::uint8_t> steadied_;
};

TEST_F(FramePipeline, FramesStayInOrderAndFewAreInHand) {
  EXPECT_EQ(run_frames(stages_, 6), 60U);
  EXPECT_EQ(written_, 60U);
  ASSERT_EQ(steadied_.size(), 60U);
  EXPECT_TRUE(std::is_sorted(steadied_.rbegin(), steadied_.rend()));
  EXPECT_LE(most_running_, 6);
  EXPECT_LE(most_in_hand_, 6U);
}

TEST_F(FramePipeline, NoFrameIsNoTrouble) {
  count_ = 0;
  EXPECT_EQ(run_frames(stages_, 2), 0U);
}

TEST_F(FramePipeline, WhatCannotBeReadComesAfterTheFramesBefore) {
  for (const int in_hand : {1, 5}) {
    read_ = written_ = 0;
    stages_.read = [this](const std::stop_token&) -> std::optional<Frame> {
      if (read_ == 21) throw std::runtime_error("cut short");
      return Frame{pixel(read_++), nullptr};
    };
    EXPECT_EQ(error_of_run(in_hand), "cut short");
    EXPECT_EQ(written_, 21U);
  }
}

TEST_F(FramePipeline, AfterAFrameThatFailsNoneIsWritten) {
  count_ = ENDLESS;
  const auto see = stages_.see;
  stages_.see = [&](const Frame& frame) {
    if (value_of(frame.image) == 30) throw std::runtime_error("no mask");
    return see(frame);
  };
  EXPECT_EQ(error_of_run(6), "no mask");
  EXPECT_EQ(written_, 30U);
}

TEST_F(FramePipeline, FramesFinishedBeforeOneThatFailsAreWritten) {
  count_ = ENDLESS;
  const auto finish = stages_.finish;
  stages_.finish = [&](const Image& frame, const Mask& mask) {
    if (value_of(frame) == 30) throw std::runtime_error("not finished");
    return finish(frame, mask);
  };
  EXPECT_EQ(error_of_run(5), "not finished");
  EXPECT_EQ(written_, 30U);
}

TEST_F(FramePipeline, AWriterThatFailsEndsTheWaitingForFrames) {
  stages_.read = [this](const std::stop_token& stop) -> std::optional<Frame> {
    if (read_ < 10) return Frame{pixel(read_++), nullptr};
    EXPECT_TRUE(test::comes_about([&] { return stop.stop_requested(); }));
    return std::nullopt;
  };
  const auto write = stages_.write;
  stages_.write = [&](std::uint64_t number, const DoneFrame& done) {
    if (number == 5) throw std::runtime_error("full");
    write(number, done);
  };
  EXPECT_EQ(error_of_run(5), "full");
  EXPECT_EQ(written_, 5U);
}

TEST(DoneFrame, IsAFileWhereOneWasMade) {
  EXPECT_EQ((DoneFrame{pixel(7), {}}).bytes().size(), 1U);
  EXPECT_EQ((DoneFrame{pixel(7), std::vector<std::byte>(9)}).bytes().size(), 9U);
}

}  // namespace
}  // namespace peel::cli
