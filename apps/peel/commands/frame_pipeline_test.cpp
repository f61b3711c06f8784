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
    stages_.read = [this](const std::stop_token&) -> std::optional<Image> {
      if (read_ == count_) return std::nullopt;
      const std::uint64_t in_hand = read_ - written_;
      if (in_hand > most_in_hand_) most_in_hand_ = in_hand;
      return pixel(read_++ % 100);
    };
    stages_.find_masks = [this](std::span<const Image> frames) {
      const int running = ++running_;
      for (int most = most_running_; running > most && !most_running_.compare_exchange_weak(most, running);) {
      }
      std::vector<Image> masks;
      for (const Image& frame : frames) {
        // Some take long, so that the others would overtake them.
        if (value_of(frame) % 7 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
        masks.push_back(pixel(200U - value_of(frame)));
      }
      batches_ += frames.size() > 1 ? 1 : 0;
      --running_;
      return masks;
    };
    stages_.steady = [this](const Image& mask) {
      steadied_.push_back(value_of(mask));
      return mask;
    };
    stages_.make = [](const Image& frame, const Image& mask) {
      return DoneFrame{pixel(std::uint64_t{value_of(frame)} + value_of(mask)), {}};
    };
    stages_.write = [this](std::uint64_t number, const DoneFrame& done) {
      EXPECT_EQ(number, written_) << "out of order";
      EXPECT_EQ(std::to_integer<int>(done.bytes().front()), 200) << "the mask of another frame";
      ++written_;
    };
  }

  std::string error_of_run(const FrameLimits& limits) {
    try {
      run_frames(stages_, limits);
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
  std::atomic<int> batches_ = 0;
  std::vector<std::uint8_t> steadied_;
};

TEST_F(FramePipeline, FramesStayInOrderAndFewAreInHand) {
  EXPECT_EQ(run_frames(stages_, {.jobs = 3}), 60U);
  EXPECT_EQ(written_, 60U);
  ASSERT_EQ(steadied_.size(), 60U);
  EXPECT_TRUE(std::is_sorted(steadied_.rbegin(), steadied_.rend()));
  EXPECT_LE(most_running_, 3);
  EXPECT_LE(most_in_hand_, 8U);
}

TEST_F(FramePipeline, FramesGoTogetherInBatches) {
  count_ = 11;
  EXPECT_EQ(run_frames(stages_, {.jobs = 2, .batch = 4}), 11U);
  EXPECT_EQ(batches_, 3) << "4, 4 and 3";
  EXPECT_EQ(steadied_.size(), 11U);
}

TEST_F(FramePipeline, OneJobIsAsManyAsItSays) {
  EXPECT_EQ(run_frames(stages_, {.jobs = 1}), 60U);
  EXPECT_EQ(most_running_, 1);
}

TEST_F(FramePipeline, NoFrameIsNoTrouble) {
  count_ = 0;
  EXPECT_EQ(run_frames(stages_, {.jobs = 2}), 0U);
}

TEST_F(FramePipeline, WhatCannotBeReadComesAfterTheFramesBefore) {
  for (const int batch : {1, 4}) {
    read_ = written_ = 0;
    stages_.read = [this](const std::stop_token&) -> std::optional<Image> {
      if (read_ == 21) throw std::runtime_error("cut short");
      return pixel(read_++);
    };
    EXPECT_EQ(error_of_run({.jobs = 3, .batch = batch}), "cut short");
    EXPECT_EQ(written_, 21U);
  }
}

TEST_F(FramePipeline, AfterAFrameThatFailsNoneIsWritten) {
  count_ = ENDLESS;
  const auto find_masks = stages_.find_masks;
  stages_.find_masks = [&](std::span<const Image> frames) {
    if (value_of(frames[0]) == 30) throw std::runtime_error("no mask");
    return find_masks(frames);
  };
  EXPECT_EQ(error_of_run({.jobs = 3}), "no mask");
  EXPECT_EQ(written_, 30U);
}

TEST_F(FramePipeline, FramesMadeBeforeOneThatFailsAreWritten) {
  count_ = ENDLESS;
  const auto make = stages_.make;
  stages_.make = [&](const Image& frame, const Image& mask) {
    if (value_of(frame) == 30) throw std::runtime_error("not made");
    return make(frame, mask);
  };
  EXPECT_EQ(error_of_run({.jobs = 2, .batch = 4}), "not made");
  EXPECT_EQ(written_, 30U);
}

TEST_F(FramePipeline, AWriterThatFailsEndsTheWaitingForFrames) {
  stages_.read = [this](const std::stop_token& stop) -> std::optional<Image> {
    if (read_ < 10) return pixel(read_++);
    EXPECT_TRUE(test::comes_about([&] { return stop.stop_requested(); }));
    return std::nullopt;
  };
  const auto write = stages_.write;
  stages_.write = [&](std::uint64_t number, const DoneFrame& done) {
    if (number == 5) throw std::runtime_error("full");
    write(number, done);
  };
  EXPECT_EQ(error_of_run({.jobs = 2}), "full");
  EXPECT_EQ(written_, 5U);
}

TEST(DoneFrame, IsAFileWhereOneWasMade) {
  EXPECT_EQ((DoneFrame{pixel(7), {}}).bytes().size(), 1U);
  EXPECT_EQ((DoneFrame{pixel(7), std::vector<std::byte>(9)}).bytes().size(), 9U);
}

}  // namespace
}  // namespace peel::cli
